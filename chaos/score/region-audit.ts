import { mirroredName, type MirrorSpec, type RegionName } from '../core/regions.ts'
import type { StoredRecord } from './stored-records.ts'

/**
 * What two clusters hold together, held against what devices were told. Pure: histories in, findings out. A record is
 * known by the fleet's name of its topic and by its id, wherever it is stored.
 */
export interface AckedRecord {
  readonly region: RegionName
  readonly topic: string
  readonly partition: number
  readonly id: string
  /** When its device was told, milliseconds of the run. */
  readonly at: number
}

/** What one cluster had in the end, in the order of each partition; topics as the fleet calls them. */
export interface ClusterLog {
  readonly region: RegionName
  readonly records: readonly StoredRecord[]
}

export interface DeviceFindings {
  readonly device: string
  lost: number
  repeated: number
  outOfOrder: number
}

export interface ClustersAudit {
  readonly acked: number
  readonly stored: number
  /** Acknowledged by either, and in neither. */
  readonly lost: number
  /** Copies beyond the first, within one cluster: a mirrored copy is no repeat. */
  readonly repeated: number
  /** First copies that stand behind a later one of their device, within a partition. */
  readonly outOfOrder: number
  /** Only devices with a finding, the worst first. */
  readonly devices: readonly DeviceFindings[]
  readonly examples: { readonly lost: string[]; readonly repeated: string[]; readonly outOfOrder: string[] }
}

const EXAMPLES = 5

/** One cluster or two: with an empty second one it finds what it finds with the first alone. */
export function auditClusters(acked: readonly AckedRecord[], logs: readonly ClusterLog[]): ClustersAudit {
  const devices = new Map<string, DeviceFindings>()
  const examples = { lost: [] as string[], repeated: [] as string[], outOfOrder: [] as string[] }
  const found = { lost: 0, repeated: 0, outOfOrder: 0 }
  const note = (what: keyof typeof found, id: string, where: string): void => {
    found[what]++
    if (examples[what].length < EXAMPLES) examples[what].push(`${where} ${id}`)
    const device = deviceOf(id)
    const mine = devices.get(device) ?? { device, lost: 0, repeated: 0, outOfOrder: 0 }
    mine[what]++
    devices.set(device, mine)
  }
  const anywhere = new Set<string>()
  for (const { records, region } of logs) {
    const here = new Set<string>()
    const newest = new Map<string, readonly [epoch: number, sequence: number]>()
    for (const { topic, partition, id } of records) {
      if (!isOfFleet(id)) continue
      const key = `${topic} ${id}`
      anywhere.add(key)
      if (here.has(key)) {
        note('repeated', id, `${region}: ${topic}/${partition}`)
        continue
      }
      here.add(key)
      const lane = `${topic}/${partition} ${deviceOf(id)}`
      const place = placeOf(id)
      const before = newest.get(lane)
      if (before && isBefore(place, before)) note('outOfOrder', id, `${region}: ${topic}/${partition}`)
      else newest.set(lane, place)
    }
  }
  const told = new Set<string>()
  for (const { topic, id } of acked) {
    const key = `${topic} ${id}`
    if (told.has(key)) continue
    told.add(key)
    if (!anywhere.has(key)) note('lost', id, topic)
  }
  return {
    acked: told.size,
    stored: logs.reduce((sum, { records }) => sum + records.length, 0),
    ...found,
    devices: [...devices.values()].toSorted(
      (a, b) => b.lost - a.lost || b.repeated - a.repeated || b.outOfOrder - a.outOfOrder,
    ),
    examples,
  }
}

/** The point in time that the other region goes on from. */
export interface RecoveryPoint {
  /** Acknowledged by the one region, before or after the cut, and missing in the other. */
  readonly missing: number
  readonly newestAckedAt: number | null
  /** Of the missing. */
  readonly oldestMissing: AckedRecord | null
  readonly newestMissing: AckedRecord | null
  /** From the first missing acknowledgement to the newest that there is: 0 where nothing is missing. */
  readonly ms: number
  /**
   * Of the missing those that the other region has later ones of, in the same partition: a mirror that is only behind
   * leaves none, and one that was overtaken by retention jumps.
   */
  readonly holes: number
  /** Missing records by device, the worst first. */
  readonly devices: readonly (readonly [device: string, missing: number])[]
}

/** @param to what the other region has @param from the one that acknowledged */
export function recoveryPoint(
  acked: readonly AckedRecord[],
  to: ClusterLog,
  from: RegionName = 'a',
): RecoveryPoint {
  const there = new Set(to.records.map(({ topic, id }) => `${topic} ${id}`))
  const ofFrom = acked.filter(({ region }) => region === from)
  const told = new Set<string>()
  const missing = ofFrom.filter(({ topic, id }) => {
    const key = `${topic} ${id}`
    if (there.has(key) || told.has(key)) return false
    told.add(key)
    return true
  })
  const byTime = missing.toSorted((x, y) => x.at - y.at)
  const newestThere = new Map<string, number>()
  for (const { topic, partition, id, at } of ofFrom) {
    if (!there.has(`${topic} ${id}`)) continue
    const lane = `${topic}/${partition}`
    newestThere.set(lane, Math.max(newestThere.get(lane) ?? 0, at))
  }
  const newestAckedAt = ofFrom.length === 0 ? null : ofFrom.reduce((most, { at }) => Math.max(most, at), 0)
  const devices = new Map<string, number>()
  for (const { id } of missing) devices.set(deviceOf(id), (devices.get(deviceOf(id)) ?? 0) + 1)
  const oldestMissing = byTime[0] ?? null
  return {
    missing: missing.length,
    holes: missing.filter(({ topic, partition, at }) => at < (newestThere.get(`${topic}/${partition}`) ?? 0))
      .length,
    newestAckedAt,
    oldestMissing,
    newestMissing: byTime.at(-1) ?? null,
    ms: oldestMissing && newestAckedAt !== null ? newestAckedAt - oldestMissing.at : 0,
    devices: [...devices].toSorted((x, y) => y[1] - x[1]),
  }
}

/** By `topic/partition`, with the fleet's name of the topic. */
export type Offsets = ReadonlyMap<string, number | null>

export interface TranslatedPartition {
  readonly partition: string
  /** What the group had committed in region a; null: nothing. */
  readonly committed: number | null
  /** Where it began in region b; null: nothing was translated, and it began at the oldest record. */
  readonly began: number
  /** null: nothing was translated. */
  readonly translated: number | null
  /** The first offset in region b that holds, by content, what it had not committed. */
  readonly right: number
  readonly reread: number
  readonly skipped: number
  /** Where region b ended then; null: nobody asked. */
  readonly end: number | null
  readonly isBeyondEnd: boolean
}

export interface Translation {
  readonly committed: Offsets
  readonly translated: Offsets
  /** Ends of region b when its offsets were looked at. */
  readonly ends: ReadonlyMap<string, number>
  /** Where consumers began, where that is not what was translated. @default that, or the oldest record */
  readonly starts?: ReadonlyMap<string, number>
  /** What consumers had committed in the region that is gone to, when they were there before. @default nothing */
  readonly done?: ReadonlyMap<string, number>
  /** The region that is left. */
  readonly from: ClusterLog
  /** The one that is gone to. */
  readonly to: ClusterLog
}

/**
 * Group offsets by content and not by number: whatever stands below the committed offset in the region that is left was
 * dealt with, and everything else was not. Copies of the former at or after where the group began in the other are read
 * again; anything else below it is skipped.
 */
export function translate(of: Translation): TranslatedPartition[] {
  const { committed, translated, ends, starts } = of
  const done = new Set([
    ...idsBelow(of.from.records, committed),
    ...idsBelow(of.to.records, of.done ?? new Map()),
  ])
  const partitions = new Map<string, StoredRecord[]>()
  for (const key of committed.keys()) partitions.set(key, [])
  for (const record of of.to.records) {
    const key = `${record.topic}/${record.partition}`
    const mine = partitions.get(key)
    if (mine) mine.push(record)
    else partitions.set(key, [record])
  }
  return [...partitions]
    .toSorted(([x], [y]) => x.localeCompare(y, 'en', { numeric: true }))
    .map(([partition, records]) => {
      const to = translated.get(partition) ?? null
      const began = starts?.get(partition) ?? to ?? records[0]?.offset ?? 0
      const end = ends.get(partition) ?? null
      const isDone = ({ topic, id }: StoredRecord) => done.has(`${topic} ${id}`)
      const given = new Set<string>()
      let reread = 0
      for (const record of records) {
        if (record.offset < began || !isDone(record) || given.has(record.id)) continue
        given.add(record.id)
        reread++
      }
      const skipped = new Set(
        records.flatMap(record => (record.offset < began && !isDone(record) ? [record.id] : [])),
      )
      for (const { id, offset } of records) if (offset >= began) skipped.delete(id)
      const first = records.find(record => !isDone(record))
      return {
        partition,
        committed: committed.get(partition) ?? null,
        began,
        translated: to,
        right: first?.offset ?? (records.at(-1)?.offset ?? -1) + 1,
        reread,
        skipped: skipped.size,
        end,
        isBeyondEnd: to !== null && end !== null && to > end,
      }
    })
}

const idsBelow = (records: readonly StoredRecord[], places: Offsets): string[] =>
  records.flatMap(({ topic, partition, offset, id }) =>
    offset < (places.get(`${topic}/${partition}`) ?? 0) ? [`${topic} ${id}`] : [],
  )

/** A commit that region a accepted, or a checkpoint that region b has of one. */
export interface PlaceInTime {
  readonly partition: string
  /** In region a. */
  readonly offset: number
  readonly at: number
}

export interface CheckpointAge {
  /** How much older the newest commit that a checkpoint covers is than the newest commit; the worst partition. */
  readonly ms: number | null
  readonly partition: string | null
  /** Partitions with a commit and without a checkpoint. */
  readonly without: readonly string[]
}

/** Mirror lag 0 is no evidence: records may flow while positions do not. Looks at what there was at `atMs`. */
export function checkpointAge(
  commits: readonly PlaceInTime[],
  checkpoints: readonly PlaceInTime[],
  atMs: number,
): CheckpointAge {
  const by = (all: readonly PlaceInTime[]) => {
    const groups = new Map<string, PlaceInTime[]>()
    for (const one of all)
      if (one.at <= atMs) groups.set(one.partition, [...(groups.get(one.partition) ?? []), one])
    return groups
  }
  const checked = by(checkpoints)
  let worst: { readonly ms: number; readonly partition: string } | null = null
  const without: string[] = []
  for (const [partition, all] of by(commits)) {
    const upstream = checked.get(partition)?.reduce((most, { offset }) => Math.max(most, offset), -1)
    if (upstream === undefined) {
      without.push(partition)
      continue
    }
    const newest = all.reduce((most, { at }) => Math.max(most, at), 0)
    const covered = all.filter(({ offset }) => offset <= upstream).map(({ at }) => at)
    // The first commit of all is what an uncovered group would lose.
    const ms = newest - (covered.length > 0 ? Math.max(...covered) : Math.min(...all.map(({ at }) => at)))
    if (worst === null || ms > worst.ms) worst = { ms, partition }
  }
  return {
    ms: without.length > 0 ? null : (worst?.ms ?? null),
    partition: worst?.partition ?? null,
    without,
  }
}

/** Topics as the fleet calls them; what region b has beside is left out. */
export function asFleetCalls(
  records: readonly StoredRecord[],
  policy: MirrorSpec['policy'],
  topics: readonly string[],
): StoredRecord[] {
  const names = new Map(
    topics.flatMap(topic => [[topic, topic] as const, [mirroredName(policy, topic), topic] as const]),
  )
  return records.flatMap(record => {
    const topic = names.get(record.topic)
    return topic === undefined ? [] : [{ ...record, topic }]
  })
}

const deviceOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('/')))
export const isOfFleet = (id: string): boolean => !id.startsWith('?')

function placeOf(id: string): readonly [number, number] {
  const [, epoch = '0', sequence = '0'] = id.split('/')
  return [Number(epoch), Number(sequence)]
}

const isBefore = ([e, s]: readonly [number, number], [epoch, sequence]: readonly [number, number]): boolean =>
  e < epoch || (e === epoch && s < sequence)
