import type { Catalog } from './catalog.ts'
import type { Finding } from './findings.ts'
import { countLines } from './line-reader.ts'
import {
  type Batch,
  type Commit,
  type Drop,
  type Faulty,
  type Found,
  fileOf,
  type HistorySink,
  type Interest,
  lineOf,
  type Operation,
  offsetAt,
  type Place,
  placeOf,
  type Repaired,
  type Repeat,
} from './operation.ts'
import type { AuditEvent } from '../record/audit-file.ts'

const NONE: readonly Finding[] = []

const FAULTY_WORDS: Readonly<Record<Faulty['what'], (value: string) => string>> = {
  repeat: value => `wrong firmware published ${value} again`,
  restart: value => `wrong firmware gave ${value} to another record: its sequence restarted`,
  clock: value => `sent ${value} with others of wrong clocks alone`,
  malformed: value => `wrong firmware sent ${value}, which is no record`,
}

/** Lines that only name a value; those that a finding points at are kept beside these. */
const MAX_TRACED = 8

interface Source {
  readonly process: number
  readonly place: Place
  readonly index: number | null
}

/** More of them cost more to look for than the history costs to read. */
const MAX_NEEDLES = 40
const BACKSLASH = 92

/**
 * Reads the history a second time, for the few findings that are shown: which lines name their values, and
 * what the lines say that they point at. The first time nobody could know which records would matter.
 */
export class EvidenceCollector implements HistorySink {
  readonly interest: Interest
  readonly #catalog: Catalog
  readonly #events = new Map<Finding, Map<Place, AuditEvent>>()
  readonly #traced = new Map<Finding, number>()
  readonly #byPlace = new Map<Place, Finding[]>()
  readonly #byHandle = new Map<number, Finding[]>()

  constructor(catalog: Catalog, findings: Iterable<Finding>) {
    this.#catalog = catalog
    for (const finding of findings) {
      this.#events.set(finding, new Map())
      for (const place of finding.places) append(this.#byPlace, place, finding)
      if (!finding.traceValues) continue
      for (const handle of finding.handles) append(this.#byHandle, handle, finding)
    }
    this.interest = this.#interest()
  }

  /** Looks for the values' texts; where escapes may hide them, everything is read. */
  #interest(): Interest {
    const needles = [...this.#byHandle.keys()].map(handle => Buffer.from(this.#value(handle)))
    const places = [...this.#byPlace.keys()]
    return {
      skips: (bytes, to, file, firstLine) => {
        if (needles.length > MAX_NEEDLES || bytes.includes(BACKSLASH)) return false
        const [first, end] = [placeOf(file, firstLine), placeOf(file, firstLine + countLines(bytes, to))]
        if (places.some(place => place >= first && place < end)) return false
        return !needles.some(needle => bytes.includes(needle))
      },
      awaits: (place, batches) =>
        this.#byPlace.has(place) ||
        batches.some(batch => batch.handles.some(handle => this.#byHandle.has(handle))),
    }
  }

  /** In the order of the history. */
  eventsOf(finding: Finding): AuditEvent[] {
    const events = [...(this.#events.get(finding) ?? [])]
    return events.sort(([a], [b]) => a - b).map(([, event]) => event)
  }

  operation(operation: Operation): void {
    for (const batch of operation.sends) this.#trace(operation, batch, sentWords(operation))
    for (const batch of operation.polls) this.#trace(operation, batch, readWords(operation))
    for (const finding of this.#byPlace.get(operation.place) ?? []) {
      const ofPartition = (batch: Batch) => batch.partition === finding.partition
      for (const batch of operation.sends.filter(ofPartition))
        this.#add(finding, operation, `${sentWords(operation)} ${this.#summary(batch)}`)
      for (const batch of operation.polls.filter(ofPartition))
        this.#add(finding, operation, `${readWords(operation)} ${this.#summary(batch)}`)
    }
  }

  assignment(): void {}

  crash(): void {}

  commit(commit: Commit): void {
    for (const finding of this.#byPlace.get(commit.place) ?? [])
      for (const [partition, offset] of commit.offsets)
        if (partition === finding.partition)
          this.#add(finding, commit, `committed ${offset} for group ${JSON.stringify(commit.group)}`)
  }

  found(found: Found): void {
    for (const finding of this.#byPlace.get(found.place) ?? [])
      for (const [partition, offset] of found.offsets)
        if (partition === finding.partition)
          this.#add(
            finding,
            found,
            `the brokers had ${offset ?? 'nothing'} for group ${JSON.stringify(found.group)}`,
          )
  }

  drop(drop: Drop): void {
    this.#tell(drop, value => `dropped ${value} at the edge`)
  }

  repeat(repeat: Repeat): void {
    this.#tell(repeat, value => `its device published ${value} again on purpose`)
  }

  faulty(faulty: Faulty): void {
    this.#tell(faulty, value => FAULTY_WORDS[faulty.what](value))
  }

  repaired(repaired: Repaired): void {
    this.#tell(repaired, value => `a repair job made ${value} of what no consumer could read`)
  }

  #tell(records: Drop, what: (value: string) => string): void {
    for (const handle of records.handles)
      for (const finding of this.#byHandle.get(handle) ?? [])
        this.#add(finding, { ...records, index: null }, what(this.#value(handle)))
  }

  #trace(operation: Operation, batch: Batch, words: string): void {
    if (this.#byHandle.size === 0) return
    for (let i = 0; i < batch.handles.length; i++) {
      const handle = batch.handles[i] as number
      for (const finding of this.#byHandle.get(handle) ?? NONE) {
        if (!this.#mayTrace(finding, operation.place)) continue
        const offset = offsetAt(batch, i)
        const at = offset === null ? '' : ` at offset ${offset}`
        this.#add(finding, operation, `${words} ${this.#value(handle)}${at} of ${this.#name(batch)}`)
      }
    }
  }

  /** Another record on a line that is shown anyway is welcome. */
  #mayTrace(finding: Finding, place: Place): boolean {
    if (this.#events.get(finding)?.has(place)) return true
    const traced = (this.#traced.get(finding) ?? 0) + 1
    this.#traced.set(finding, traced)
    return traced <= MAX_TRACED
  }

  #value(handle: number): string {
    return JSON.stringify(this.#catalog.values.valueOf(handle))
  }

  #add(finding: Finding, source: Source, what: string): void {
    const events = this.#events.get(finding) as Map<Place, AuditEvent>
    const known = events.get(source.place)
    if (known?.what.includes(what)) return
    events.set(source.place, {
      file: this.#catalog.files[fileOf(source.place)] as string,
      line: lineOf(source.place),
      index: source.index,
      process: this.#catalog.processes[source.process] as string,
      what: known ? `${known.what}; ${what}` : what,
    })
  }

  #summary(batch: Batch): string {
    const offsets = batch.handles.map((_, i) => offsetAt(batch, i)).filter(offset => offset !== null)
    const records = `${batch.handles.length} record${batch.handles.length === 1 ? '' : 's'}`
    if (offsets.length === 0) return `${records} of ${this.#name(batch)}`
    const [first, last] = [offsets[0], offsets.at(-1)]
    const range = first === last ? `offset ${first}` : `offsets ${first} to ${last}`
    return `${records} of ${this.#name(batch)}, ${range}`
  }

  #name(batch: Batch): string {
    return this.#catalog.partitions[batch.partition]?.name ?? '?'
  }
}

function sentWords({ outcome }: Operation): string {
  return outcome === 'ok' ? 'acknowledged:' : outcome === 'fail' ? 'failed to send' : 'outcome unknown: sent'
}

function readWords({ outcome, witness }: Operation): string {
  if (outcome === 'ok') return witness ? 'read' : 'was given'
  return outcome === 'fail' ? 'was given, and then failed:' : 'was given, outcome unknown:'
}

function append<K>(map: Map<K, Finding[]>, key: K, finding: Finding): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [finding])
  else if (!known.includes(finding)) known.push(finding)
}
