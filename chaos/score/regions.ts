import { mirroredName, type MirrorSpec } from '../core/regions.ts'
import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import { CHECKPOINTS_FILE } from '../record/region-evidence.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import type { DrillFile } from '../record/run-header.ts'
import type { Evidence } from './evidence.ts'
import { asFleetCalls, auditClusters, checkpointAge, type ClusterLog, recoveryPoint } from './region-audit.ts'
import { measureMoves, mostOf, sumOf } from './region-moves.ts'
import type { RegionEvidence } from './region-histories.ts'
import type { StoredRecord } from './stored-records.ts'
import { flowsWithin } from './link-bytes.ts'
import type { RunTimeline } from './timeline.ts'

const DEVICES = 20
const REGION_CUT = 'region-cut'

type Spec = NonNullable<DrillFile['regions']>
type Steps = RegionMeasurement['steps']

/** Both clusters against what devices and consumers were told. What is not whole proves nothing, and nothing is guessed. */
export function measureRegions(
  evidence: Evidence,
  spec: Spec,
  regions: RegionEvidence,
  timeline: RunTimeline,
): RegionMeasurement {
  const { header, shards } = evidence
  const policy = spec.mirror.policy
  const topics = Object.keys(header.drill.contract.topics)
  const a: ClusterLog = { region: 'a', records: regions.a.records }
  const b: ClusterLog = { region: 'b', records: asFleetCalls(regions.b.records, policy, topics) }
  const torn = shards.find(({ role, trouble }) => role === 'gateway' && trouble !== null)
  const trouble =
    storedTrouble('region a', regions.a) ??
    storedTrouble('region b', regions.b) ??
    (torn ? `${torn.file}: ${torn.trouble}` : null) ??
    (regions.acked.length === 0 ? 'nothing was acknowledged' : null)
  const of = (value: number, selector: string, file = regions.b.file): Measured =>
    trouble === null ? known(value, { file, selector, value }) : notKnown(trouble)
  const audit = auditClusters(regions.acked, [a, b])
  const fault = timeline.faults.find(({ kind }) => kind === REGION_CUT)
  const injectedAt = fault?.injectedAt ?? null
  const cut = fault === undefined || injectedAt === null ? null : { id: fault.id, at: injectedAt }
  const steps = stepsOf(evidence)
  const moves = measureMoves({
    journal: evidence.journal,
    timeline,
    steps,
    acked: regions.acked,
    logs: { a, b },
    mirroredInB: committed => mirroredInB(policy, regions.b.records, committed),
    cut,
    of: (value, selector, region) => of(value, selector, region === 'b' ? regions.b.file : regions.a.file),
  })
  // Where nobody goes, region b is held against region a in the end.
  const still = recoveryPoint(regions.acked, b)
  const points = moves.length === 0 ? [still] : moves.map(({ point }) => point)
  const worst = points.find(({ missing }) => missing > 0) ?? points[0] ?? still
  const noOffsets = notKnown('nobody looked at the offsets of a group')
  return {
    brokers: spec.brokers,
    policy,
    offsets: spec.offsets,
    cut,
    moves: moves.map(({ move }) => (trouble === null ? move : { ...move, partitions: [] })),
    steps,
    acked: {
      a: regions.acked.filter(({ region }) => region === 'a').length,
      b: regions.acked.filter(({ region }) => region === 'b').length,
    },
    lost: sumOf(moves, ({ lost }) => lost) ?? of(still.missing, 'acknowledged by region a and missing here'),
    holes: of(
      points.reduce((sum, { holes }) => sum + holes, 0),
      'lost, with later ones of its partition there',
    ),
    lostMs:
      mostOf(moves, ({ lostMs }) => lostMs) ??
      of(still.ms, 'from the first missing acknowledgement to the newest'),
    oldestMissing: trouble === null ? recordOf(worst.oldestMissing) : null,
    newestMissing: trouble === null ? recordOf(worst.newestMissing) : null,
    newestAckedAt: worst.newestAckedAt,
    lostEverywhere: of(audit.lost, 'acknowledged, and in neither region'),
    repeated: of(audit.repeated, 'copies beyond the first within a region'),
    outOfOrder: of(audit.outOfOrder, 'behind a later record of its device'),
    recoveryMs:
      mostOf(moves, ({ recoveryMs }) => recoveryMs) ??
      notKnown(cut ? 'nobody failed over' : 'region a was never cut off'),
    reread: sumOf(moves, ({ reread }) => reread) ?? noOffsets,
    skipped: sumOf(moves, ({ skipped }) => skipped) ?? noOffsets,
    ...checkpoints(evidence, regions, policy, cut?.at ?? timeline.endsAt),
    isQuiet: keptOf(evidence)?.quiet ?? null,
    bytesBetween: bytesBetween(evidence, timeline),
    devices: trouble === null ? devicesOf(worst.devices, audit.devices) : [],
    bySecond: bySecond(evidence, regions),
  }
}

const storedTrouble = (whose: string, { file, trouble, records }: RegionEvidence['a']): string | null => {
  if (trouble !== null) return `${file}: ${trouble}`
  return records.length === 0 ? `${file}: nothing was read from ${whose}` : null
}

const recordOf = (record: RegionMeasurement['newestMissing']): RegionMeasurement['newestMissing'] =>
  record && { topic: record.topic, id: record.id, at: record.at }

function keptOf({ journal }: Evidence) {
  return journal.events.flatMap(({ event }) => (event.kind === 'regions.kept' ? [event] : []))[0]
}

function stepsOf({ journal, links }: Evidence): Steps {
  return journal.events.flatMap(({ event, line }) =>
    event.kind === 'region.step'
      ? [
          {
            bytesBetween: movedBetween(links, { fromMs: event.t - event.tookMs, toMs: event.t }),
            id: event.id,
            step: event.step,
            to: event.to ?? 'b',
            owner: event.owner,
            ok: event.ok,
            at: event.t,
            tookMs: event.tookMs,
            proof: event.proof,
            line,
          },
        ]
      : [],
  )
}

/** Records that devices wrote under another name than the mirror’s have offsets of another partition. */
function mirroredInB(
  policy: MirrorSpec['policy'],
  stored: readonly StoredRecord[],
  committed: readonly string[],
) {
  const names = new Map(
    committed.map(key => {
      const slash = key.lastIndexOf('/')
      return [`${mirroredName(policy, key.slice(0, slash))}${key.slice(slash)}`, key] as const
    }),
  )
  const records = stored.flatMap(record => {
    const name = names.get(`${record.topic}/${record.partition}`)
    return name === undefined ? [] : [{ ...record, topic: name.slice(0, name.lastIndexOf('/')) }]
  })
  return {
    log: { region: 'b', records } as const,
    named: (given: ReadonlyMap<string, number>) =>
      new Map(
        [...given].flatMap(([key, offset]) => {
          const name = names.get(key)
          return name === undefined ? [] : [[name, offset] as const]
        }),
      ),
  }
}

/** Of the group whose offsets count: that of the fail-over, or the one that committed last. */
function checkpoints(
  { journal, header }: Evidence,
  { commits, checkpoints: { rows, trouble } }: RegionEvidence,
  policy: MirrorSpec['policy'],
  atMs: number | null,
): Pick<RegionMeasurement, 'checkpointMs' | 'withoutCheckpoint'> {
  const looked = journal.events.flatMap(({ event }) =>
    event.kind === 'region.step' && event.group ? [event.group.group] : [],
  )[0]
  const group = looked ?? [...commits.keys()].at(-1)
  const none = (why: string) => ({ checkpointMs: notKnown(why), withoutCheckpoint: [] })
  if (group === undefined || atMs === null) return none('no group had committed anything')
  if (trouble !== null) return none(`${CHECKPOINTS_FILE}: ${trouble}`)
  const topics = Object.keys(header.drill.contract.topics)
  const named = new Map(topics.map(topic => [mirroredName(policy, topic), topic]))
  const places = rows.flatMap(([of, topic, partition, upstream, , wallMs]) =>
    of === group
      ? [
          {
            partition: `${named.get(topic) ?? topic}/${partition}`,
            offset: upstream,
            at: wallMs - header.startedAtWallMs,
          },
        ]
      : [],
  )
  const age = checkpointAge(commits.get(group) ?? [], places, atMs)
  const proof = { file: CHECKPOINTS_FILE, selector: age.partition ?? 'checkpoints', value: places.length }
  return {
    checkpointMs:
      age.ms === null
        ? longerThan(
            atMs - Math.min(...(commits.get(group) ?? []).map(({ at }) => at), atMs),
            age.without.length > 0
              ? `${age.without.length} partitions that the group had committed have no checkpoint: ${age.without.slice(0, 3).join(', ')}`
              : 'there is no checkpoint',
            proof,
          )
        : known(age.ms, proof),
    withoutCheckpoint: [...age.without],
  }
}

/** Both directions of every link between the regions, for as long as the timeline went on. */
function bytesBetween({ links }: Evidence, { endsAt }: RunTimeline): Measured {
  const last = links.rows.at(-1)
  const first = links.rows[0]
  if (!first || !last) return notKnown(links.trouble ?? 'the links were not metered')
  const toMs = Math.min(last.t, endsAt ?? last.t)
  const value = movedBetween(links, { fromMs: first.t, toMs })
  if (value === null) return notKnown('the links between the regions were not metered')
  return known(value, { file: links.file, selector: `line ${first.line} to line ${last.line}`, value })
}

function movedBetween(
  links: Evidence['links'],
  span: { readonly fromMs: number; readonly toMs: number },
): number | null {
  const between = flowsWithin(links, span).filter(({ link }) => link.endsWith(':mirror'))
  const moved = between.flatMap(({ toNode, back }) => [toNode, back])
  if (moved.length === 0 || moved.includes(null)) return null
  return moved.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

function devicesOf(
  missing: readonly (readonly [string, number])[],
  found: ReturnType<typeof auditClusters>['devices'],
): RegionMeasurement['devices'] {
  const devices = new Map(
    found.map(({ device, repeated, outOfOrder }) => [device, { device, lost: 0, repeated, outOfOrder }]),
  )
  for (const [device, lost] of missing)
    devices.set(device, { ...(devices.get(device) ?? { device, repeated: 0, outOfOrder: 0 }), lost })
  return [...devices.values()]
    .toSorted((x, y) => y.lost - x.lost || y.repeated - x.repeated || y.outOfOrder - x.outOfOrder)
    .slice(0, DEVICES)
}

/** By second, the mean between two looks that region b answered: on a busy machine they are seconds apart. */
function newInB({ rows }: Evidence['regionSamples']): ReadonlyMap<number, number> {
  const looks = rows.flatMap(({ t, ends }) =>
    ends === null ? [] : [{ t, end: Object.values(ends).reduce((sum, end) => sum + end, 0) }],
  )
  const stored = new Map<number, number>()
  for (const [index, { t, end }] of looks.entries()) {
    const before = looks[index - 1]
    if (!before) continue
    const perSecond = (Math.max(0, end - before.end) * 1000) / Math.max(1000, t - before.t)
    const last = Math.floor(t / 1000)
    for (let at = Math.min(last, Math.floor(before.t / 1000) + 1); at <= last; at++)
      stored.set(at, Math.round(perSecond * 10) / 10)
  }
  return stored
}

function bySecond({ regionSamples }: Evidence, { acked }: RegionEvidence): RegionMeasurement['bySecond'] {
  const told = new Map<number, [number, number]>()
  for (const { region, at } of acked) {
    const second = Math.floor(at / 1000)
    const counts = told.get(second) ?? [0, 0]
    counts[region === 'a' ? 0 : 1]++
    told.set(second, counts)
  }
  const stored = newInB(regionSamples)
  const seconds = [...told.keys(), ...stored.keys()]
  if (seconds.length === 0) return []
  const [first, last] = [Math.min(...seconds), Math.max(...seconds)]
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const second = first + index
    const [ofA, ofB] = told.get(second) ?? [0, 0]
    return [(second + 1) * 1000, ofA, ofB, stored.get(second) ?? null]
  })
}
