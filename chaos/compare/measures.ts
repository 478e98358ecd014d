import { dimensionOfFault } from '../score/dimensions.ts'
import type { GateFile, HeaderFile } from '../record/run-header.ts'
import { auditCount } from '../score/gate-reading.ts'
import { type Measured, notKnown } from '../record/measured.ts'
import type { FaultMeasurement, Recovery, ReplayMeasurement } from '../record/measurements.ts'
import type { Measure, MeasureUnit } from './comparison.ts'
import { coldShare } from './recovery-and-replay.ts'
import { resourceMeasures } from './resource-measures.ts'
import type { JudgedRun } from './run-folder.ts'
import { type Told, told } from './spread.ts'

/** One number that every run is asked for. */
export interface Question extends Omit<Measure, 'perPlatform'> {
  readonly ask: (run: JudgedRun, number: number) => Told
}

type About = Pick<Question, 'dimension' | 'subject' | 'outsideOf'>
type What = readonly [
  measure: string,
  label: string,
  unit: MeasureUnit,
  better: Question['better'],
  key?: 'key',
]

/** Pure: every number of a drill, in the order of its timeline: what faults did, what the replay did, the rest. */
export function questionsOf(drill: HeaderFile['drill']): Question[] {
  const faults = drill.timeline.filter(entry => entry.role === 'fault')
  const replays = drill.timeline.filter(entry => entry.role === 'action' && entry.kind === 'replay')
  return [
    secondOutage,
    slowAfter,
    ...faults.flatMap(({ id, kind }) => faultQuestions(id, kind, zonesLeftOut(id, drill.gates))),
    ...replays.flatMap(({ id }) => replayQuestions(id)),
    ...AUDITED,
    ...resourceMeasures,
  ]
}

/** A zone that cannot succeed is left out where the drill's gates leave it out. */
function zonesLeftOut(id: string, gates: readonly GateFile[]): string[] {
  const zones = gates.flatMap(gate =>
    gate.outsideOf !== undefined && (gate.of === undefined || gate.of === id) ? [gate.outsideOf] : [],
  )
  return [...new Set(zones)]
}

export function question(
  about: About,
  [measure, label, unit, better, key]: What,
  ask: Question['ask'],
): Question {
  return { ...about, measure, label, unit, better, key: key === 'key', ask }
}

const WHOLE: Omit<About, 'dimension'> = { subject: null, outsideOf: null }

const secondOutage = question(
  { ...WHOLE, dimension: 'second-outage' },
  [
    'second-outage',
    'the longest loss of service that began only after healing, or during a replay',
    's',
    'less',
    'key',
  ],
  ({ measurements }, run) => {
    const { answer, why, longestMs } = measurements.secondOutage
    if (answer !== 'unknown') return { run, value: longestMs / 1000, why: null }
    return { run, value: null, why: why ?? 'nothing tells', atLeast: longestMs / 1000 }
  },
)

/** Where a drill gives no limit, slow is what a platform is not when nothing is broken: each has its own. */
const slowAfter = question(
  { ...WHOLE, dimension: 'latency' },
  ['slow-after', 'an acknowledgement later than this counts as slow', 'ms', 'neither'],
  ({ measurements }, run) => ({ run, value: measurements.slowAfterMs, why: null }),
)

function faultQuestions(id: string, kind: string, leftOut: readonly string[]): Question[] {
  const ask = (
    about: About,
    what: What,
    pick: (fault: FaultMeasurement) => Measured | undefined,
    scale = 1,
  ) =>
    question(about, what, ({ measurements }, run) => {
      const fault = measurements.faults.find(candidate => candidate.id === id)
      return fault ? told(run, pick(fault), scale) : { run, value: null, why: 'the fault never began' }
    })
  const about: About = { dimension: dimensionOfFault(kind), subject: id, outsideOf: null }
  const of = (what: What, pick: (fault: FaultMeasurement) => Measured | undefined, scale = 1) =>
    ask(about, what, pick, scale)
  const times = (outsideOf: string | null): Question[] =>
    RECOVERY_TIMES.map(([name, [measure, label, unit, better, key]]) => {
      const pick = (fault: FaultMeasurement) =>
        (outsideOf === null ? fault.everyone : fault.outsideOf[outsideOf])?.[name]
      // Where a zone cannot succeed, what the others saw is the number to look at.
      const isKey = key === 'key' && (leftOut.length === 0 || outsideOf !== null)
      const what: What = isKey ? [measure, label, unit, better, 'key'] : [measure, label, unit, better]
      return ask({ ...about, outsideOf }, what, pick, 1 / 1000)
    })
  return [
    ...times(null),
    ...leftOut.flatMap(times),
    of(
      ['in-sync', 'from healing until every replica was in sync', 's', 'less', 'key'],
      fault => fault.inSyncMs,
      1 / 1000,
    ),
    of(
      ['recovery-bytes-net', 'moved between brokers by recovery itself', 'bytes', 'less', 'key'],
      fault => fault.recoveryBytes.net,
    ),
    of(
      ['recovery-bytes-gross', 'moved between brokers from healing until in sync', 'bytes', 'less'],
      fault => fault.recoveryBytes.gross,
    ),
    of(
      [
        'recovery-bytes-store',
        'moved between brokers and the object store by recovery itself',
        'bytes',
        'less',
      ],
      fault => fault.recoveryBytes.storeNet,
    ),
    of(['leader-moves', 'leaders that moved', 'count', 'neither'], fault => fault.leaderMoves),
    of(
      ['under-replicated-peak', 'partitions without all replicas, at the peak', 'count', 'less'],
      fault => fault.peakUnderReplicated,
    ),
    of(
      ['broker-connects-peak', 'connections to brokers a second, at the peak', '/s', 'less'],
      fault => fault.peaks.brokerConnectsPerSecond,
    ),
  ]
}

const RECOVERY_TIMES: readonly (readonly [keyof Omit<Recovery, 'untried' | 'partitions'>, What])[] = [
  ['firstSuccessMs', ['first-success', 'until the first success on the worst partition', 's', 'less']],
  ['sustainedMs', ['sustained-recovery', 'until service was good and stayed so', 's', 'less', 'key']],
  ['unavailableMs', ['unavailable', 'without service on the worst partition', 's', 'less']],
]

function replayQuestions(id: string): Question[] {
  const about = { dimension: 'oldest-offset-replay', subject: id, outsideOf: null }
  const of = (what: What, pick: (replay: ReplayMeasurement) => Measured): Question =>
    question(about, what, ({ measurements }, run) => {
      const replay = measurements.replays.find(candidate => candidate.id === id)
      return replay ? told(run, pick(replay)) : { run, value: null, why: 'the replay never began' }
    })
  return [
    of(['replay-seconds', 'to read the whole history', 's', 'less', 'key'], replay => replay.seconds),
    of(['replay-records', 'records that the replay read', 'records', 'neither'], replay => replay.records),
    of(
      ['cold-share', 'of the records read, those that came from the object store', 'ratio', 'neither'],
      coldShare,
    ),
    of(
      ['replay-longest-stall', 'the longest time for which the replay was given nothing', 's', 'less'],
      replay => replay.longestStallSeconds ?? notKnown('it was measured before stalls were'),
    ),
    of(['replay-rate', 'records read a second', 'records/s', 'more'], replay => replay.recordsPerSecond),
    of(['replay-bytes-rate', 'bytes read a second', 'bytes/s', 'more'], replay => replay.bytesPerSecond),
    of(
      ['producer-p99-ratio', 'producers’ p99 during the replay over before', 'ratio', 'less', 'key'],
      replay => replay.producerP99Ratio,
    ),
    of(
      ['tail-lag-during-replay', 'the live dashboards’ lag during the replay', 's', 'less', 'key'],
      replay => replay.tailLagSeconds,
    ),
    of(
      ['replay-margin', 'between the oldest available and the oldest required record', 'records', 'more'],
      replay => replay.worstMargin,
    ),
    of(
      ['replay-incomplete', 'records that the replay should have read and did not', 'records', 'less'],
      replay => replay.incompleteRecords,
    ),
  ]
}

const audited = (dimension: string, what: What, [count, anomaly]: readonly [string, string]): Question =>
  question({ ...WHOLE, dimension }, what, ({ audit, measurements }, run) => {
    const [reading] = auditCount({ audit, measurements }, count, anomaly)
    if (!reading) return { run, value: null, why: 'the run was not audited' }
    return { run, value: reading.value, why: reading.why, atLeast: reading.atLeast }
  })

const AUDITED: readonly Question[] = [
  audited(
    'durability',
    ['acked-loss', 'acknowledged records that are not stored', 'records', 'less', 'key'],
    ['lost', 'lost-write'],
  ),
  audited(
    'oldest-offset-replay',
    ['removed-in-window', 'records removed before their replay window had passed', 'records', 'less'],
    ['removedInWindow', 'removed-in-window'],
  ),
  audited(
    'consumer-groups',
    ['unread', 'records that a consumer group passed over and never read', 'records', 'less'],
    ['unread', 'unread'],
  ),
  audited(
    'consumer-groups',
    ['poll-skip', 'jumps of a reader over records that are known', 'count', 'less'],
    ['poll-skip', 'poll-skip'],
  ),
  audited(
    'consumer-groups',
    ['commit-lost', 'commits of a group that brokers no longer had', 'count', 'less'],
    ['commit-lost', 'commit-lost'],
  ),
  audited(
    'order',
    ['stored-twice', 'records stored more than once', 'records', 'less'],
    ['storedTwice', 'device-duplicate'],
  ),
  audited(
    'order',
    ['device-reorder', 'records stored out of their device’s order', 'records', 'less'],
    ['reordered', 'device-reorder'],
  ),
]
