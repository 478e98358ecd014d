import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import type { SourceSpec } from '../../../core/connectors.ts'
import { messageOf } from '../../../core/errors.ts'
import { waitFor } from '../../../core/wait.ts'
import { portions } from '../../../record/digested-lines.ts'
import { type SourceLine, type SourceRecord, writeSourceEvidence } from '../../../record/source-evidence.ts'
import { askOwner } from '../database/database-node.ts'
import type { StartedLab } from '../lab/lab.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import { forgetTopics } from '../lab/lab-parts.ts'
import { outboxTopic } from '../../../platforms/connect.ts'
import { OUTBOX_PARTITIONS, readOutboxRecords } from './outbox-records.ts'
import { OutboxWriter } from './outbox-writer.ts'
import { idsStatement, outboxRows, outboxStatements, readsStatement } from './source-configuration.ts'

const ROWS_TIMEOUT_MS = 60_000
const READY_MS = 60_000
/** A dead worker's task waits for a session and a delayed rebalance, its transaction for a minute. */
const DRAIN_MS = 90_000
const LOOK_EVERY_MS = 3000
/** Ids are given before rows are committed: the application commits some of them seconds later. */
const LATE_ROWS = 300

interface SourceOptions {
  readonly lab: StartedLab
  readonly sources: readonly SourceSpec[]
  readonly exactlyOnce: boolean
  /** Of a topic of the platform. */
  readonly copies: number
  readonly runDir: string
  readonly clock: Clock
}

/** What a run has of sources besides their connectors: outbox tables, the application that fills them, and topics. */
export class RunSources {
  readonly #options: SourceOptions
  readonly #writers: readonly OutboxWriter[]

  constructor(options: SourceOptions) {
    this.#options = options
    this.#writers = options.sources.map(source => new OutboxWriter(options.lab, source))
  }

  /** Tables and topics, new and empty, before any connector. */
  async make(): Promise<void> {
    const { lab, sources, copies, clock } = this.#options
    if (sources.length === 0) return
    await askOwner(lab, sources.map(outboxStatements).join(' '), 10_000)
    const topics = sources.map(({ name }) => outboxTopic(name))
    await withLabAdmin(lab.layout, async admin => {
      await forgetTopics(admin, 'earlier sources', topic => topics.includes(topic), clock)
      const configEntries = [
        { name: 'min.insync.replicas', value: String(Math.min(copies, 2)) },
        { name: 'message.timestamp.type', value: 'LogAppendTime' },
      ]
      const made = { numPartitions: OUTBOX_PARTITIONS, replicationFactor: copies, configEntries }
      await admin.createTopics({ waitForLeaders: false, topics: topics.map(topic => ({ topic, ...made })) })
    })
  }

  /** Once connectors run: the application begins when a source of the database's log reads it. */
  async begin(signal: AbortSignal): Promise<void> {
    const { lab, sources, clock } = this.#options
    for (const { name } of sources.filter(({ reads }) => reads === 'log'))
      await waitFor(
        `the source ${name} to read the log of the database`,
        async () => (await askOwner(lab, readsStatement(name), 3000).catch(() => [])).length > 0,
        { clock, deadlineMs: READY_MS, everyMs: 250, signal },
      )
    for (const writer of this.#writers) writer.start()
  }

  /** Ends the application, gives the sources time to have what it wrote, and keeps both. */
  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
    /** Whose brokers have the records in the end. */
    of: StartedLab = this.#options.lab,
  ) {
    const told = []
    for (const [index, { name }] of this.#options.sources.entries()) {
      try {
        await this.#writers[index]?.stop()
      } catch (error) {
        progress(`the application could not write all it meant to the outbox ${name}: ${messageOf(error)}`)
      }
      told.push(await this.#keep(name, of, signal, progress))
    }
    return told
  }

  /**
   * By source, the first row that these brokers have no record of, less what may be committed late: by content, because a
   * place in the database's log is ahead of what a mirror had copied.
   */
  async firstMissing({ layout }: StartedLab): Promise<ReadonlyMap<string, number>> {
    const { lab, sources, clock } = this.#options
    const found = new Map<string, number>()
    for (const { name } of sources) {
      const records = await readOutboxRecords(layout, outboxTopic(name), 'before', clock)
      const there = new Set(records.map(([, , id]) => id))
      const ids = (await askOwner(lab, idsStatement(name), ROWS_TIMEOUT_MS)).map(([id]) => Number(id))
      const first = ids.find(id => !there.has(id)) ?? (ids.at(-1) ?? 0) + 1
      found.set(name, Math.max(1, first - LATE_ROWS))
    }
    return found
  }

  /** However the run ends. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#writers.map(writer => writer.stop()))
  }

  /** What cannot be read is not written: the file is missing then, and what rests on it is inconclusive. */
  async #keep(source: string, of: StartedLab, signal: AbortSignal, progress: (line: string) => void) {
    const { lab, runDir, exactlyOnce } = this.#options
    const topic = outboxTopic(source)
    try {
      const rows = (await askOwner(lab, outboxRows(source), ROWS_TIMEOUT_MS)).map(rowOf)
      const ids = new Set(rows.map(([id]) => id))
      const records = await this.#untilComplete(source, of, ids, { signal, progress })
      mkdirSync(join(runDir, 'sources'), { recursive: true })
      writeSourceEvidence(runDir, [
        { kind: 'header', format: 1, source, topic, exactlyOnce },
        ...Array.from(portions(rows), (part): SourceLine => ({ kind: 'rows', rows: part })),
        ...Array.from(portions(records), (part): SourceLine => ({ kind: 'records', records: part })),
      ])
      return { source, rows: rows.length, records: records.length, kept: true }
    } catch (error) {
      signal.throwIfAborted()
      progress(`what the source ${source} made could not be kept: ${messageOf(error)}`)
      return { source, rows: null, records: null, kept: false }
    }
  }

  async #untilComplete(
    source: string,
    { layout }: StartedLab,
    ids: ReadonlySet<number>,
    { signal, progress }: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
  ): Promise<SourceRecord[]> {
    const { clock } = this.#options
    const begin = clock.now()
    for (let reading = 1; ; reading++) {
      const records = await readOutboxRecords(layout, outboxTopic(source), String(reading), clock)
      const left = new Set(ids)
      for (const [, , id] of records) if (id !== null) left.delete(id)
      if (left.size === 0 || clock.now() - begin >= DRAIN_MS) return records
      progress(`the source ${source} has ${left.size} rows to send`)
      await clock.sleep(LOOK_EVERY_MS, signal)
    }
  }
}

const rowOf = ([id, aggregate, sequence, committed]: readonly (string | null)[]) =>
  [Number(id), aggregate ?? '', Number(sequence), Number(committed)] as const
