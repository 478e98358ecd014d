import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import type { Dial } from '../core/network.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import type { ConsumerSample } from '../record/samples.ts'
import { AftershockError } from '../core/errors.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import type { ClientPrincipal } from '../core/security-settings.ts'
import type { Topology } from '../core/topology.ts'
import type { Clients } from '../drivers/driver.ts'
import type { StartedEnvironment } from '../drivers/environment.ts'
import { finalRead } from '../replay/final-read.ts'
import { StallGrace } from '../replay/stall-grace.ts'
import type { ReaderOptions } from '../replay/reading.ts'
import type { ReplayPartition, ReplayResult, StartedReplay } from '../replay/replay.ts'
import { type PreparedReplay, prepareReplay } from '../replay/replay-thread.ts'
import { StoredWatch } from '../replay/stored-watch.ts'
import { startTail } from '../replay/tail.ts'

export interface ReadersOptions {
  readonly drill: Drill
  readonly topology: Topology
  readonly dial: Dial
  readonly clock: Clock
  readonly run: string
  readonly runDir: string
  readonly clientIdOf?: ((zone: string) => string) | undefined
  /** @default brokers let in every client */
  readonly loginOf?: StartedEnvironment['loginOf']
  readonly onTrouble: (message: string) => void
  /** What was done to readers, for the journal. @default nobody is told */
  readonly onEvent?: (event: ReaderEvent) => void
  /** What threads of readers had to do. @default nobody is told */
  readonly onToolSample?: (sample: ToolSample) => void
}

export interface GovernedRead {
  readonly scope: ReplayScope
  /** Prefix of its consumer groups' ids. */
  readonly group: string
  /** Wall ms. */
  readonly mayReadUntil: number
}

/** The consumers that are part of every drill, and the last read of all. */
export interface Readers {
  /** One source per consumer that reads now. */
  samples(): readonly (() => Omit<ConsumerSample, 't'>)[]
  replay(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly result: unknown }>
  /** What the tail is given of these devices: of what brokers have stored, and of nothing else. */
  readonly stored: Clients['stored']
  /** Where a job stands that reads and writes beside the tail, from the first zone. */
  readonly jobPlace: ReaderOptions
  /** Reads this much and no more, as the principal that was given the right. */
  governed(read: GovernedRead, signal: AbortSignal): Promise<ReplayResult>
  /** Until then, in ms of the run, a reader that is given nothing is not replaced. */
  leaveAloneUntil(untilMs: number): void
  finalRead(signal: AbortSignal): Promise<{
    partitions: number
    records: number
    complete: boolean
    storedSha256: Record<string, string | null>
    storedRecords: Record<string, number | null>
  }>
  close(): Promise<void>
}

/** The tail reads in the first zone, the recovery consumer in the last: both cross zones, each over its links. */
export async function openReaders({
  drill,
  topology,
  dial,
  clock,
  run,
  runDir,
  clientIdOf,
  loginOf,
  onTrouble,
  onEvent,
  onToolSample,
}: ReadersOptions): Promise<Readers> {
  const grace = new StallGrace()
  const place = (zone: string, groupId: string, role: ClientPrincipal): ReaderOptions => ({
    topology,
    dial,
    zone,
    clientId: clientIdOf?.(zone),
    login: loginOf?.(role),
    contract: drill.contract,
    clock,
    historyDir: join(runDir, 'history'),
    groupId: `aftershock-${run}-${groupId}`,
    grace,
    onTrouble,
    onEvent,
    onToolSample,
  })
  const [first, last] = [topology.zones[0] as string, topology.zones.at(-1) as string]
  const watch = new StoredWatch(drill.contract, clock)
  const tail = await startTail(place(first, 'tail', 'processor'), (...given) => watch.read(...given))
  let replaying: StartedReplay | undefined
  let replayed: readonly ReplayPartition[] = []
  let replays = 0
  let governed = 0
  const prepareNext = (): PreparedReplay | undefined => {
    if (drill.timeline.filter(entry => entry.kind === 'replay').length <= replays) return undefined
    const process = replays === 0 ? 'recovery' : `recovery-${replays + 1}`
    return prepareReplay({ ...place(last, process, 'replay'), process })
  }
  let prepared = prepareNext()
  let thread: PreparedReplay | undefined
  let graceUntil = Number.NEGATIVE_INFINITY
  return {
    samples() {
      const recovery = replaying?.sample()
      return [() => tail.sample(), ...(recovery ? [() => recovery] : [])]
    },
    jobPlace: place(first, 'repair', 'repair'),
    stored: (...asked) => watch.listen(...asked),
    async replay(signal) {
      if (replaying) return { ok: false, result: { error: 'another replay is still under way' } }
      if (!prepared) return { ok: false, result: { error: 'the drill has no such replay' } }
      const own = prepared
      thread = own
      prepared = undefined
      replays++
      own.extendGrace(graceUntil)
      replaying = own.start(signal)
      try {
        const result = await replaying.result
        replayed = result.partitions
        return { ok: result.isComplete, result: forJournal(result) }
      } finally {
        replaying = undefined
        thread = undefined
        await own.close()
        prepared = prepareNext()
      }
    },
    async governed({ scope, group, mayReadUntil }, signal) {
      if (replaying)
        throw new AftershockError('refused', 'another replay is still under way', {
          hint: 'begin it later in the timeline: there is one at a time',
        })
      const process = governed === 0 ? 'governed' : `governed-${governed + 1}`
      governed++
      const topics = Object.fromEntries(scope.topics.map(topic => [topic, drill.contract.topics[topic]]))
      const contract = { ...drill.contract, topics } as Drill['contract']
      const own = prepareReplay({
        ...place(last, process, 'replay'),
        process,
        contract,
        scope,
        mayReadUntil,
        groupId: group,
      })
      thread = own
      own.extendGrace(graceUntil)
      replaying = own.start(signal)
      try {
        const result = await replaying.result
        replayed = result.partitions
        return result
      } finally {
        replaying = undefined
        thread = undefined
        await own.close()
      }
    },
    leaveAloneUntil(untilMs) {
      if (untilMs === graceUntil) return
      graceUntil = untilMs
      grace.until(untilMs)
      thread?.extendGrace(untilMs)
    },
    async finalRead(signal) {
      const result = await finalRead({
        ...place(first, 'final-read', 'operator'),
        compareWith: replayed,
        signal,
      })
      const digests = result.partitions.map(
        row => [`${row.topic}/${row.partition}`, row.sha256OfReplayed] as const,
      )
      return {
        partitions: result.partitions.length,
        records: result.records,
        complete: result.isComplete,
        storedSha256: Object.fromEntries(digests),
        storedRecords: Object.fromEntries(
          result.partitions.map(row => [`${row.topic}/${row.partition}`, row.recordsOfReplayed] as const),
        ),
      }
    },
    async close() {
      await prepared?.close()
      await tail[Symbol.asyncDispose]()
    },
  }
}

export function forJournal(result: ReplayResult): unknown {
  const { isComplete, partitions, ...totals } = result
  const rows = partitions.map(row => {
    const { topic, partition, oldestOffset, endOffset, ...rest } = row
    return [`${topic}/${partition}`, { oldest: oldestOffset, end: endOffset, ...rest }] as const
  })
  return { ...totals, complete: isComplete, partitions: Object.fromEntries(rows) }
}
