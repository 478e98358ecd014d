import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { mirroredName, type RegionName, type RegionsSpec } from '../core/regions.ts'
import type { Drill } from '../core/drill.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import type { Dial } from '../core/network.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import type { ConsumerSample } from '../record/samples.ts'
import type { ClientPrincipal } from '../core/security-settings.ts'
import type { Topology } from '../core/topology.ts'
import type { Clients } from '../drivers/driver.ts'
import type { SecondRegion, StartedEnvironment } from '../drivers/environment.ts'
import { finalRead, type StoredRange } from '../replay/final-read.ts'
import { StallGrace } from '../replay/stall-grace.ts'
import type { ReaderOptions } from '../replay/reading.ts'
import type { ReplayResult } from '../replay/replay.ts'
import type { ReplayTerms } from '../replay/replay-thread.ts'
import { StoredWatch } from '../replay/stored-watch.ts'
import { type StartedTail, startTail } from '../replay/tail.ts'
import { Replays } from './replays.ts'

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

/** The consumers that are part of every drill, and the last read of all. */
export interface Readers {
  /** One source per consumer that reads now. */
  samples(): readonly (() => Omit<ConsumerSample, 't'>)[]
  /**
   * Reads for that action of the timeline, once. Two consumers may read at once.
   * @throws AftershockError `refused` while its consumer still reads another replay
   */
  replay(id: string, terms: ReplayTerms, signal: AbortSignal): Promise<ReplayResult>
  /** By its shard. */
  processOf(id: string): string
  /** How brokers know whoever reads for that action. */
  clientOf(id: string): string
  /** What the tail is given of these devices: of what brokers have stored, and of nothing else. */
  readonly stored: Clients['stored']
  /** What the group of consumers in that region has committed, by `topic/partition`; null: nothing, or nobody is there. @param region @default a */
  committed(region?: RegionName): CommittedPlaces | null
  /** Records that are stored in that region and not read; null: not known. */
  lagIn(region: RegionName): number | null
  /** The consumers of that region end. @returns what they had committed */
  leave(region: RegionName): Promise<CommittedPlaces | null>
  /**
   * A second tail, in region b, from these offsets on; where there is none, from the oldest record. Its history is
   * beside the run's, in `regions/`.
   */
  followIn(
    cluster: Pick<SecondRegion, 'topology' | 'dial'>,
    spec: RegionsSpec,
    starts: Readonly<Record<string, number>>,
  ): Promise<{ records(): number }>
  /**
   * The same in region a, after consumers had left it; what it is told is in `regions/` as well.
   * @param process its shard
   */
  followBack(
    starts: Readonly<Record<string, number>>,
    process: 'tail-back' | 'tail-remains',
  ): Promise<{ records(): number }>
  /** Everything that region b has, into `regions/stored.jsonl`. */
  finalReadIn(
    cluster: Pick<SecondRegion, 'topology' | 'dial'>,
    spec: RegionsSpec,
    signal: AbortSignal,
  ): Promise<{ partitions: number; records: number; complete: boolean }>
  /** Where a job stands that reads and writes beside the tail, from the first zone. */
  readonly jobPlace: ReaderOptions
  /** Until then, in ms of the run, a reader that is given nothing is not replaced. */
  leaveAloneUntil(untilMs: number): void
  finalRead(signal: AbortSignal): Promise<{
    partitions: number
    records: number
    complete: boolean
    replayed: Record<string, StoredReplay>
  }>
  close(): Promise<void>
}

export interface CommittedPlaces {
  readonly group: string
  readonly offsets: Readonly<Record<string, number>>
}

/** What one replay should have read, as it is stored; by `topic/partition`, null: not known. */
export interface StoredReplay {
  readonly sha256: Record<string, string | null>
  readonly records: Record<string, number | null>
}

/** The tail reads in the first zone, recovery consumers in the last: all cross zones, each over its links. */
export async function openReaders(options: ReadersOptions): Promise<Readers> {
  const { drill, topology, clock } = options
  const grace = new StallGrace()
  const place = placesOf(options, grace)
  const [first, last] = [topology.zones[0] as string, topology.zones.at(-1) as string]
  const watch = new StoredWatch(drill.contract, clock)
  const tail = await startTail(place(first, 'tail', 'processor'), (...given) => watch.read(...given))
  /** Where consumers are; in region a from the beginning. */
  const tails: Record<RegionName, StartedTail | null> = { a: tail, b: null }
  /** What they had committed where they no longer are. */
  const left: Record<RegionName, CommittedPlaces | null> = { a: null, b: null }
  const endings: PromiseLike<void>[] = []
  const committed = (region: RegionName) => {
    const there = tails[region]
    return there ? committedOf(there) : left[region]
  }
  const replays = new Replays(options, (process, role) => place(last, process, role))
  return {
    samples: () => [() => (tails.b ?? tails.a ?? tail).sample(), ...replays.samples()],
    jobPlace: place(first, 'repair', 'repair'),
    stored: (...asked) => watch.listen(...asked),
    committed: (region = 'a') => committed(region),
    lagIn: region => tails[region]?.sample().lagRecords ?? null,
    async leave(region) {
      const there = tails[region]
      if (!there) return left[region]
      left[region] = committedOf(there)
      tails[region] = null
      const ending = there[Symbol.asyncDispose]()
      endings.push(ending)
      await ending
      left[region] = committedOf(there)
      return left[region]
    },
    async followIn(cluster, spec, starts) {
      const there = inSecond(place(first, 'tail-b', 'processor'), cluster, options, spec)
      const reader = await startTail(there, undefined, starts)
      tails.b = reader
      return { records: () => reader.sample().records }
    },
    async followBack(starts, process) {
      const historyDir = join(options.runDir, 'regions')
      const there = { ...place(first, process, 'processor'), historyDir }
      const reader = await startTail(there, undefined, starts, process)
      tails.a = reader
      return { records: () => reader.sample().records }
    },
    async finalReadIn(cluster, spec, signal) {
      const there = inSecond(place(first, 'final-read-b', 'operator'), cluster, options, spec)
      const { isComplete, records, partitions } = await finalRead({ ...there, signal })
      return { partitions: partitions.length, records, complete: isComplete }
    },
    replay: (id, terms, signal) => replays.read(id, terms, signal),
    processOf: id => replays.processOf(id),
    clientOf: id => replays.clientOf(id),
    leaveAloneUntil(untilMs) {
      grace.until(untilMs)
      replays.leaveAloneUntil(untilMs)
    },
    async finalRead(signal) {
      const result = await finalRead({
        ...place(first, 'final-read', 'operator'),
        compareWith: replays.results,
        signal,
      })
      const { isComplete, records, partitions, replayed } = result
      return {
        partitions: partitions.length,
        records,
        complete: isComplete,
        replayed: Object.fromEntries([...replayed].map(([id, stored]) => [id, storedOf(stored)])),
      }
    },
    async close() {
      await replays.close()
      await Promise.allSettled(endings)
      await tails.b?.[Symbol.asyncDispose]()
      await tails.a?.[Symbol.asyncDispose]()
    },
  }
}

/** The same reader in region b: topics as that calls them, and a folder of its own for what it is told. */
function inSecond(
  place: ReaderOptions,
  { topology, dial }: Pick<SecondRegion, 'topology' | 'dial'>,
  { runDir }: ReadersOptions,
  { mirror }: RegionsSpec,
): ReaderOptions {
  const { contract } = place
  const named = (name: string) => {
    const topic = contract.topics[name]
    if (topic === undefined) return []
    return [...new Set([name, mirroredName(mirror.policy, name)])].map(one => [one, topic] as const)
  }
  const topics = Object.fromEntries(Object.keys(contract.topics).flatMap(named))
  return { ...place, topology, dial, contract: { ...contract, topics }, historyDir: join(runDir, 'regions') }
}

function committedOf({ committed }: StartedTail) {
  return committed && { group: committed.group, offsets: Object.fromEntries(committed.offsets) }
}

type Place = (zone: string, groupId: string, role: ClientPrincipal) => ReaderOptions

function placesOf(options: ReadersOptions, grace: StallGrace): Place {
  const { drill, topology, dial, clock, run, runDir, clientIdOf, loginOf, onTrouble, onEvent, onToolSample } =
    options
  return (zone, groupId, role) => ({
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
}

function storedOf(partitions: readonly StoredRange[]): StoredReplay {
  const by = <T>(pick: (range: StoredRange) => T) =>
    Object.fromEntries(partitions.map(one => [`${one.topic}/${one.partition}`, pick(one)]))
  return { sha256: by(({ sha256 }) => sha256), records: by(({ records }) => records) }
}

export function forJournal(result: ReplayResult): unknown {
  const { isComplete, partitions, ...totals } = result
  const rows = partitions.map(row => {
    const { topic, partition, oldestOffset, endOffset, ...rest } = row
    return [`${topic}/${partition}`, { oldest: oldestOffset, end: endOffset, ...rest }] as const
  })
  return { ...totals, complete: isComplete, partitions: Object.fromEntries(rows) }
}
