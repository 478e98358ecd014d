import { mirroredName, type MirrorSpec } from '../core/regions.ts'
import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import { CHECKPOINTS_FILE } from '../record/region-evidence.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import type { DrillFile } from '../record/run-header.ts'
import type { Evidence } from './evidence.ts'
import {
  asFleetCalls,
  auditClusters,
  checkpointAge,
  type ClusterLog,
  recoveryPoint,
  translate,
} from './region-audit.ts'
import type { RegionEvidence } from './region-histories.ts'
import type { StoredRecord } from './stored-records.ts'
import { flowsWithin } from './link-bytes.ts'
import type { RunTimeline } from './timeline.ts'

const DEVICES = 20
const REGION_CUT = 'region-cut'
const FAIL_OVER = 'fail-over'

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
  const point = recoveryPoint(regions.acked, b)
  const fault = timeline.faults.find(({ kind }) => kind === REGION_CUT)
  const injectedAt = fault?.injectedAt ?? null
  const cut = fault === undefined || injectedAt === null ? null : { id: fault.id, at: injectedAt }
  const steps = stepsOf(evidence)
  const places = translation(evidence, { policy, a, mirrored: regions.b.records })
  const sum = (pick: (one: (typeof places)[number]) => number) =>
    places.reduce((total, one) => total + pick(one), 0)
  const ofOffsets = (value: number, selector: string): Measured =>
    places.length === 0 ? notKnown('nobody looked at the offsets of a group') : of(value, selector)
  return {
    brokers: spec.brokers,
    policy,
    offsets: spec.offsets,
    cut,
    failOver: failOverOf(timeline),
    steps,
    acked: {
      a: regions.acked.filter(({ region }) => region === 'a').length,
      b: regions.acked.filter(({ region }) => region === 'b').length,
    },
    lost: of(point.missing, 'acknowledged by region a and missing here'),
    lostMs: of(point.ms, 'from the first missing acknowledgement to the newest'),
    oldestMissing: trouble === null ? recordOf(point.oldestMissing) : null,
    newestMissing: trouble === null ? recordOf(point.newestMissing) : null,
    newestAckedAt: point.newestAckedAt,
    lostEverywhere: of(audit.lost, 'acknowledged, and in neither region'),
    repeated: of(audit.repeated, 'copies beyond the first within a region'),
    outOfOrder: of(audit.outOfOrder, 'behind a later record of its device'),
    recoveryMs: recoveryOf(cut, steps, timeline),
    reread: ofOffsets(
      sum(({ reread }) => reread),
      'committed in region a, at or after where the group began',
    ),
    skipped: ofOffsets(
      sum(({ skipped }) => skipped),
      'not committed in region a, before where the group began',
    ),
    partitions: trouble === null ? places : [],
    ...checkpoints(evidence, regions, policy, cut?.at ?? timeline.endsAt),
    bytesBetween: bytesBetween(evidence, timeline),
    devices: trouble === null ? devicesOf(point.devices, audit.devices) : [],
    bySecond: bySecond(evidence, regions),
  }
}

const storedTrouble = (whose: string, { file, trouble, records }: RegionEvidence['a']): string | null => {
  if (trouble !== null) return `${file}: ${trouble}`
  return records.length === 0 ? `${file}: nothing was read from ${whose}` : null
}

const recordOf = (record: RegionMeasurement['newestMissing']): RegionMeasurement['newestMissing'] =>
  record && { topic: record.topic, id: record.id, at: record.at }

function stepsOf({ journal }: Evidence): Steps {
  return journal.events.flatMap(({ event, line }) =>
    event.kind === 'region.step'
      ? [
          {
            id: event.id,
            step: event.step,
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

function failOverOf({ actions }: RunTimeline): RegionMeasurement['failOver'] {
  const action = actions.find(({ kind }) => kind === FAIL_OVER)
  if (!action) return null
  const { id, startedAt, finishedAt, ok, line } = action
  return { id, startedAt, finishedAt, ok, line }
}

/** With a step that was not completed there is no recovery: it took longer than what was seen. */
function recoveryOf(cut: RegionMeasurement['cut'], steps: Steps, { actions, endsAt }: RunTimeline): Measured {
  const action = actions.find(({ kind }) => kind === FAIL_OVER)
  if (!cut) return notKnown('region a was never cut off')
  if (!action) return notKnown('nobody failed over')
  const last = steps.at(-1)
  const proof = { file: 'journal.jsonl', selector: `line ${last?.line ?? action.line}`, value: action.ok }
  if (action.ok === true && last) return known(last.at - cut.at, proof)
  const seen = Math.max(0, (endsAt ?? action.finishedAt ?? cut.at) - cut.at)
  return longerThan(
    seen,
    last ? `the step ${last.step} was not completed: ${last.proof}` : 'it was not completed',
    proof,
  )
}

/** By content, of the one look at a group's offsets that a fail-over takes. */
function translation(
  { journal }: Evidence,
  of: {
    readonly policy: MirrorSpec['policy']
    readonly a: ClusterLog
    readonly mirrored: readonly StoredRecord[]
  },
): RegionMeasurement['partitions'] {
  const group = journal.events.flatMap(({ event }) =>
    event.kind === 'region.step' && event.group ? [event.group] : [],
  )[0]
  if (!group) return []
  const committed = new Map(Object.entries(group.committed))
  // Records that devices wrote under another name than the mirror’s have offsets of another partition.
  const names = new Map(
    [...committed.keys()].map(key => {
      const slash = key.lastIndexOf('/')
      return [`${mirroredName(of.policy, key.slice(0, slash))}${key.slice(slash)}`, key] as const
    }),
  )
  const inFleetsName = (given: Readonly<Record<string, number>>) =>
    new Map(
      Object.entries(given).flatMap(([key, offset]) => {
        const name = names.get(key)
        return name === undefined ? [] : [[name, offset] as const]
      }),
    )
  const records = of.mirrored.flatMap(record => {
    const name = names.get(`${record.topic}/${record.partition}`)
    return name === undefined ? [] : [{ ...record, topic: name.slice(0, name.lastIndexOf('/')) }]
  })
  return translate({
    committed,
    translated: inFleetsName(group.translated),
    ends: inFleetsName(group.ends),
    a: of.a,
    b: { region: 'b', records },
  })
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
  const between = flowsWithin(links, { fromMs: first.t, toMs }).filter(({ link }) => link.endsWith(':mirror'))
  const moved = between.flatMap(({ toNode, back }) => [toNode, back])
  if (moved.length === 0 || moved.includes(null))
    return notKnown('the links between the regions were not metered')
  const value = moved.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
  return known(value, { file: links.file, selector: `line ${first.line} to line ${last.line}`, value })
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

function bySecond({ regionSamples }: Evidence, { acked }: RegionEvidence): RegionMeasurement['bySecond'] {
  const told = new Map<number, [number, number]>()
  for (const { region, at } of acked) {
    const second = Math.floor(at / 1000)
    const counts = told.get(second) ?? [0, 0]
    counts[region === 'a' ? 0 : 1]++
    told.set(second, counts)
  }
  const stored = new Map<number, number>()
  let before: number | null = null
  for (const { t, ends } of regionSamples.rows) {
    const now = ends && Object.values(ends).reduce((sum, end) => sum + end, 0)
    if (now !== null && before !== null) stored.set(Math.floor(t / 1000), Math.max(0, now - before))
    before = now
  }
  const seconds = [...told.keys(), ...stored.keys()]
  if (seconds.length === 0) return []
  const [first, last] = [Math.min(...seconds), Math.max(...seconds)]
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const second = first + index
    const [ofA, ofB] = told.get(second) ?? [0, 0]
    return [(second + 1) * 1000, ofA, ofB, stored.get(second) ?? null]
  })
}
