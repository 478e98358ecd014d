import { formatBytes, formatDuration } from '../core/units.ts'
import type { GateName } from '../core/drill.ts'
import type { GateFile } from '../record/run-header.ts'
import { AUDIT_GATES } from './audit-gates.ts'
import { notKnown } from '../record/measured.ts'
import type { FaultMeasurement } from '../record/measurements.ts'
import { type Judged, type Reading, absent, perFault, perReplay, readingOf } from './gate-reading.ts'

/** One pass condition: what it measures, in which unit, where it belongs, and what to do when it fails. */
export interface GateEntry {
  /** `fault`: the dimension of the fault that was injected. */
  readonly dimension: string
  readonly what: string
  readonly unit: string
  readonly show: (value: number) => string
  readonly measure: (judged: Judged, gate: GateFile) => readonly Reading[]
  /** What a failure asks for; it may depend on why it failed. */
  readonly next: string | ((judged: Judged) => string)
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (value: number): string => formatDuration(value * 1000)
/** What recovery moved can only be more than the steady rate, or nothing. */
const beyondSteady = (value: number): string =>
  value < 0 ? 'none beyond the steady rate' : formatBytes(value)
const records = (value: number): string => `${whole(value)} ${value === 1 ? 'record' : 'records'}`

/** A recovery time, for all clients or without those of one zone. */
const recoveryTime =
  (name: 'firstSuccessMs' | 'sustainedMs' | 'unavailableMs') =>
  (judged: Judged, gate: GateFile): readonly Reading[] =>
    perFault(
      judged,
      gate,
      fault => {
        const zone = gate.outsideOf
        const recovery = zone === undefined ? fault.everyone : fault.outsideOf[zone]
        const path = zone === undefined ? `everyone/${name}` : `outsideOf/${zone}/${name}`
        if (recovery) return { measured: recovery[name], path }
        return { measured: { value: null, why: `there is no zone ${zone}`, from: [] }, path }
      },
      1000,
    ).map(reading => {
      if (name === 'firstSuccessMs') return reading
      const own = withBaseline(judged, reading)
      return name === 'sustainedMs' ? withToolLateness(judged, own) : own
    })

/** What is slow when nothing is broken is no fault's doing. */
function withBaseline({ measurements }: Judged, reading: Reading): Reading {
  const doubt = measurements.slow?.doubt ?? null
  return doubt === null ? reading : { ...reading, confounded: doubt }
}

/**
 * One acknowledgement that was late by a hair puts off sustained recovery to that moment. Where the load generator
 * itself was late by half of what counts as slow, nobody can say whose lateness it was.
 */
function withToolLateness({ measurements }: Judged, reading: Reading): Reading {
  const fault = measurements.faults.find(({ id }) => id === reading.subject)
  const lateMs = fault?.peaks.loopDelayMs.value ?? 0
  if (lateMs < measurements.slowAfterMs / 2) return reading
  return {
    ...reading,
    confounded: `the load generator itself was late by up to ${Math.round(lateMs)} ms in this window`,
  }
}

/** Of the whole load, of one fault's window, or while one replay ran. */
function producerP99(judged: Judged, gate: GateFile): readonly Reading[] {
  const { fleet, replays } = judged.measurements
  const before = notKnown('it was measured before this was')
  if (gate.of === undefined) return [readingOf(fleet.producerP99Ms ?? before, null, '/fleet/producerP99Ms')]
  const index = replays.findIndex(({ id }) => id === gate.of)
  if (index < 0) {
    const pick = (fault: FaultMeasurement) => ({
      measured: fault.producerP99Ms ?? before,
      path: 'producerP99Ms',
    })
    return perFault(judged, gate, pick, 1)
  }
  const during = replays[index]?.phases.findIndex(({ phase }) => phase === 'during') ?? -1
  const p99Ms = replays[index]?.phases[during]?.producer.p99Ms ?? null
  const proof = [
    {
      file: 'measurements.json',
      selector: `/replays/${index}/phases/${during}/producer/p99Ms`,
      value: p99Ms,
    },
  ]
  if (p99Ms === null) return [{ ...absent('nothing was sent while it ran'), subject: gate.of, proof }]
  if (!replays[index]?.phases[during]?.producer.p99IsAtLeast)
    return [{ subject: gate.of, value: p99Ms, why: null, proof }]
  return [{ subject: gate.of, value: null, why: 'some of it never arrived', atLeast: p99Ms, proof }]
}

function secondOutage({ measurements }: Judged): Reading {
  const { answer, why, longestMs } = measurements.secondOutage
  const proof = [{ file: 'measurements.json', selector: '/secondOutage/longestMs', value: longestMs }]
  const longest = longestMs / 1000
  const reading =
    answer === 'unknown'
      ? { subject: null, value: null, why, atLeast: longest, proof }
      : { subject: null, value: longest, why: null, proof }
  // Pauses are told by what counts as slow; an outage is one on every platform.
  return answer === 'yes' ? reading : withBaseline({ measurements, audit: null }, reading)
}

export const GATE_REGISTRY: Readonly<Record<GateName, GateEntry>> = {
  ...AUDIT_GATES,
  'edge-dropped-records': {
    dimension: 'durability',
    what: 'records thrown away because an edge buffer was full',
    unit: 'records',
    show: records,
    measure: ({ measurements }) => [readingOf(measurements.fleet.dropped, null, '/fleet/dropped')],
    next: 'Enlarge the edge buffer, or shorten recovery below what it holds.',
  },
  'refused-records': {
    dimension: 'durability',
    what: 'records that brokers refused for what they are, and devices gave up',
    unit: 'records',
    show: records,
    measure: ({ measurements: { fleet } }) => [
      readingOf(fleet.refused ?? notKnown('it was measured before refusals were'), null, '/fleet/refused'),
    ],
    next: 'Mend the clocks of the devices that the histories name, or widen what the topic accepts (message.timestamp.after.max.ms, max.message.bytes).',
  },
  'first-success-seconds': {
    dimension: 'fault',
    what: 'until the first success on the worst partition',
    unit: 's',
    show: seconds,
    measure: recoveryTime('firstSuccessMs'),
    next: 'Shorten failure detection: broker session, controller election and client request time-outs.',
  },
  'sustained-recovery-seconds': {
    dimension: 'fault',
    what: 'until service was good and stayed so',
    unit: 's',
    show: seconds,
    measure: recoveryTime('sustainedMs'),
    next: 'Find what went on failing or waiting: metadata refresh, time-outs, queues to one leader, backlog at the edge.',
  },
  'unavailable-seconds': {
    dimension: 'fault',
    what: 'without service on the worst partition',
    unit: 's',
    show: seconds,
    measure: recoveryTime('unavailableMs'),
    next: 'Shorten failure detection, or change partitioning so that one leader carries less.',
  },
  'in-sync-seconds': {
    dimension: 'fault',
    what: 'from healing until every replica was in sync',
    unit: 's',
    show: seconds,
    measure: (judged, gate) =>
      perFault(judged, gate, fault => ({ measured: fault.inSyncMs, path: 'inSyncMs' }), 1000),
    next: 'Shorten what a replica must copy: retention on broker disks, or a storage model without replicas.',
  },
  'recovery-bytes-moved': {
    dimension: 'fault',
    what: 'moved between brokers by recovery itself',
    unit: 'bytes',
    show: beyondSteady,
    measure: (judged, gate) =>
      perFault(judged, gate, fault => ({ measured: fault.recoveryBytes.net, path: 'recoveryBytes/net' }), 1),
    next: 'Revisit the storage model: keep less on broker disks, or throttle replication.',
  },
  'replay-incomplete-records': {
    dimension: 'oldest-offset-replay',
    what: 'records that the replay should have read and did not',
    unit: 'records',
    show: records,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({ measured: replay.incompleteRecords, path: 'incompleteRecords' })),
    next: 'Increase retention, and read again from the oldest offset.',
  },
  'replay-margin-records': {
    dimension: 'oldest-offset-replay',
    what: 'between the oldest available and the oldest required record',
    unit: 'records',
    show: records,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({ measured: replay.worstMargin, path: 'worstMargin' })),
    next: 'Increase retention, or shorten the replay target.',
  },
  'replay-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'to read the whole history',
    unit: 's',
    show: seconds,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({ measured: replay.seconds, path: 'seconds' })),
    next: 'Shorten the replay target, or change partitioning so that more readers can share it.',
  },
  'replay-longest-stall-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'the longest time in which the replay was given nothing',
    unit: 's',
    show: seconds,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({
        measured: replay.longestStallSeconds ?? notKnown('it was measured before stalls were'),
        path: 'longestStallSeconds',
      })),
    next: 'Find what readers waited for after the store was back: time-outs of the tier’s client, its back-off, few threads that read.',
  },
  'replay-cold-records': {
    dimension: 'oldest-offset-replay',
    what: 'records of the replay that brokers read from the tier',
    unit: 'records',
    show: records,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({
        measured: replay.sources?.coldRecords ?? notKnown('it was measured before tiers were metered'),
        path: 'sources/coldRecords',
      })),
    next: 'Give closed segments time to reach the tier and to leave the brokers before the replay, or find why they do not.',
  },
  'tier-upload-age-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'how long ago the oldest segment had been closed that was not in the tier yet, at worst',
    unit: 's',
    show: seconds,
    measure: ({ measurements }) => [
      readingOf(
        measurements.tierUploadAgeSeconds ?? notKnown('it was measured before uploads were watched'),
        null,
        '/tierUploadAgeSeconds',
      ),
    ],
    next: 'Find why uploads hang or lag: the brokers’ copier threads, the tier’s client, its time-outs; brokers’ disks grow meanwhile.',
  },
  'replay-producer-p99-ratio': {
    dimension: 'oldest-offset-replay',
    what: 'producers’ p99 during the replay over before',
    unit: 'ratio',
    show: value => `×${value.toFixed(2)}`,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({ measured: replay.producerP99Ratio, path: 'producerP99Ratio' })),
    next: 'Isolate replay traffic: quotas, followers in the reader’s zone, or brokers of its own.',
  },
  'tail-lag-during-replay-seconds': {
    dimension: 'oldest-offset-replay',
    what: 'the live dashboards’ lag during the replay',
    unit: 's',
    show: seconds,
    measure: (judged, gate) =>
      perReplay(judged, gate, replay => ({ measured: replay.tailLagSeconds, path: 'tailLagSeconds' })),
    next: 'Isolate replay traffic: quotas, followers in the reader’s zone, or brokers of its own.',
  },
  'second-outage-seconds': {
    dimension: 'second-outage',
    what: 'the longest loss of service that began only after healing, or during a replay',
    unit: 's',
    show: seconds,
    measure: judged => [secondOutage(judged)],
    next: 'Find what recovery itself overloaded: leaders that move back, catch-up traffic, reconnects, the replay.',
  },
  'device-connects-per-second-peak': {
    dimension: 'device-reconnect-storm',
    what: 'devices connecting, at the peak',
    unit: '/s',
    show: value => `${whole(value)}/s`,
    measure: (judged, gate) =>
      gate.of === undefined
        ? [
            readingOf(
              judged.measurements.fleet.peaks.deviceConnectsPerSecond,
              null,
              '/fleet/peaks/deviceConnectsPerSecond',
            ),
          ]
        : perFault(
            judged,
            gate,
            fault => ({
              measured: fault.peaks.deviceConnectsPerSecond,
              path: 'peaks/deviceConnectsPerSecond',
            }),
            1,
          ),
    next: 'Spread reconnects: full jitter, a larger base, a limit at the gateway.',
  },
  'produce-p99-ms': {
    dimension: 'latency',
    what: 'producers’ p99, what never arrived included',
    unit: 'ms',
    show: formatDuration,
    measure: producerP99,
    next: 'Find where requests wait: linger, batches of the store, replication, queues of one leader.',
  },
}
