import type { ProcessorEvidence } from '../record/processor-evidence.ts'
import type { CommandExample, ProcessorMeasurement, TwinExample } from '../record/processor-measurement.ts'
import type { StoredRecord } from './stored-records.ts'
import {
  type Cause,
  foldAcknowledgements,
  foldRecords,
  type FoldedTwin,
  parseId,
  twinText,
} from './twin-fold.ts'

const EXAMPLES = 10

/** The first of each kind. */
export const examplesOf = (all: ProcessorMeasurement['examples']): ProcessorMeasurement['examples'] => ({
  repeated: all.repeated.slice(0, EXAMPLES),
  missing: all.missing.slice(0, EXAMPLES),
  unasked: all.unasked.slice(0, EXAMPLES),
  mismatched: all.mismatched.slice(0, EXAMPLES),
})

export interface ProcessorAudit {
  readonly stored: number
  readonly unprocessed: number
  readonly due: number
  readonly given: number
  readonly takenBack: number
  readonly repeated: number
  readonly missing: number
  readonly unasked: number
  readonly unacknowledged: number
  readonly twins: number
  readonly mismatched: number
  readonly examples: ProcessorMeasurement['examples']
  /** Only where a processor went to region b: commands that stand in the logs of both regions, or in one twice. */
  readonly issuedTwice?: number
  /** Of those, by device: how often beyond the first. */
  readonly issuedAgain?: ReadonlyMap<string, number>
  /** Only there: copies of commands that devices were handed again when they read from an older offset, and knew. */
  readonly handedAgain?: number
  /** By device: how often it was given a command again. */
  readonly again: ReadonlyMap<string, number>
}

/**
 * Every command against what the stored records ask for, and every twin against what they make of it. Only records
 * that were processed ask for anything: what was not is counted apart.
 */
export function auditProcessor(
  evidence: ProcessorEvidence,
  records: readonly StoredRecord[],
  every: number,
): ProcessorAudit {
  const { header, committed } = evidence
  const isProcessed = processedUpTo(evidence)
  const processed = records.filter(isProcessed)
  const { twins: folded, due } = foldRecords(processed, every)
  const answers = committed.flatMap(([topic, partition, offset, id]) =>
    topic === header?.acknowledgements && isProcessed({ topic, partition, offset }) ? [{ id }] : [],
  )
  const given = committed.filter(([topic]) => topic === header?.commands)
  const kept = keptTwins(evidence)
  const commands = auditCommands(
    given.map(([, , , id]) => id),
    due,
  )
  const answered = new Set(answersOf(evidence))
  const mismatched = compareTwins(kept, foldAcknowledgements(folded, answers))
  const { repeated, missing, unasked } = commands
  return {
    stored: records.length,
    unprocessed: records.length - processed.length,
    due: due.size,
    given: given.length,
    takenBack: takenBack(evidence),
    repeated: repeated.reduce((sum, one) => sum + one.given - 1, 0),
    missing: missing.length,
    unasked: unasked.reduce((sum, one) => sum + one.given, 0),
    unacknowledged: commands.names.filter(id => !answered.has(id)).length,
    twins: kept.size,
    mismatched: mismatched.length,
    examples: examplesOf({ repeated, missing, unasked, mismatched }),
    again: againBy(repeated),
  }
}

/** Commands that devices acknowledged, as often as they did. */
export const answersOf = ({ header, committed }: ProcessorEvidence): readonly string[] =>
  committed.flatMap(([topic, , , id]) => (topic === header?.acknowledgements ? [id] : []))

/** Commands that stand in the log and were not committed: an aborted transaction took them back. */
export const takenBack = ({ header, committed, stored }: ProcessorEvidence): number =>
  stored.filter(([topic]) => topic === header?.commands).length -
  committed.filter(([topic]) => topic === header?.commands).length

/** What the instances told in the end, by device. */
export const keptTwins = ({ twins }: Pick<ProcessorEvidence, 'twins'>): ReadonlyMap<string, FoldedTwin> =>
  new Map(
    twins.map(([device, epoch, sequence, issued, acknowledged]) => [
      device,
      { epoch, sequence, issued, acknowledged },
    ]),
  )

/** Whether the group had committed that it was past a record. */
export function processedUpTo({ offsets }: Pick<ProcessorEvidence, 'offsets'>) {
  const next = new Map(
    (offsets?.partitions ?? []).map(([topic, partition, , , to]) => [`${topic}/${partition}`, to ?? 0]),
  )
  return ({ topic, partition, offset }: Omit<StoredRecord, 'id'>): boolean =>
    offset < (next.get(`${topic}/${partition}`) ?? 0)
}

function auditCommands(given: readonly string[], due: ReadonlyMap<string, Cause>) {
  const times = new Map<string, number>()
  for (const id of given) times.set(id, (times.get(id) ?? 0) + 1)
  const example = (id: string): CommandExample => ({
    id,
    given: times.get(id) ?? 0,
    cause: due.get(id) ?? null,
  })
  const names = [...times.keys()]
  return {
    names,
    repeated: names.filter(id => (times.get(id) ?? 0) > 1).map(example),
    missing: [...due.keys()].filter(id => !times.has(id)).map(example),
    unasked: names.filter(id => !due.has(id)).map(example),
  }
}

export function compareTwins(
  kept: ReadonlyMap<string, FoldedTwin>,
  folded: ReadonlyMap<string, FoldedTwin>,
): TwinExample[] {
  const text = (twin: FoldedTwin | undefined) => (twin ? twinText(twin) : null)
  return [...new Set([...kept.keys(), ...folded.keys()])].flatMap(device => {
    const one = { device, kept: text(kept.get(device)), folded: text(folded.get(device)) }
    return one.kept === one.folded ? [] : [one]
  })
}

export function againBy(repeated: readonly CommandExample[]): ReadonlyMap<string, number> {
  const again = new Map<string, number>()
  for (const { id, given } of repeated) {
    const device = parseId(id)?.device ?? id
    again.set(device, (again.get(device) ?? 0) + given - 1)
  }
  return again
}
