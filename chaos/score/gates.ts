import { formatBytes } from '../core/units.ts'
import type { GateName } from '../core/drill.ts'
import type { GateFile } from './evidence-schemas.ts'
import { notKnown } from './measurements.ts'
import { type Judged, type Reading, auditCount, perFault, perReplay, readingOf } from './gate-reading.ts'

/** One pass condition: what it measures, in which unit, where it belongs, and what to do when it fails. */
export interface GateEntry {
  /** `fault`: the dimension of the fault that was injected. */
  readonly dimension: string
  readonly what: string
  readonly unit: string
  readonly show: (value: number) => string
  readonly measure: (judged: Judged, gate: GateFile) => readonly Reading[]
  readonly next: string
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (value: number): string => `${Number(value.toFixed(2))} s`
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
    ).map(reading => (name === 'sustainedMs' ? withToolLateness(judged, reading) : reading))

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

const audited = (
  what: string,
  [count, anomaly]: readonly [count: string, anomaly: string],
  dimension: string,
  next: string,
): GateEntry => ({
  dimension,
  what,
  unit: 'records',
  show: records,
  measure: judged => auditCount(judged, count, anomaly),
  next,
})

function secondOutage({ measurements }: Judged): Reading {
  const { answer, why, longestMs } = measurements.secondOutage
  const proof = [{ file: 'measurements.json', selector: '/secondOutage/longestMs', value: longestMs }]
  if (answer !== 'unknown') return { subject: null, value: longestMs / 1000, why: null, proof }
  return { subject: null, value: null, why, atLeast: longestMs / 1000, proof }
}

export const GATE_REGISTRY: Readonly<Record<GateName, GateEntry>> = {
  'acked-loss': audited(
    'acknowledged records that are not stored',
    ['lost', 'lost-write'],
    'durability',
    'Revisit the storage model: check acks, min.insync.replicas and unclean leader election.',
  ),
  'stored-twice': audited(
    'records stored more than once',
    ['storedTwice', 'device-duplicate'],
    'order',
    'Adjust connector semantics: sinks must upsert or fence repeated records.',
  ),
  'device-reorder': audited(
    'records stored out of their device’s order',
    ['reordered', 'device-reorder'],
    'order',
    'Change partitioning, or keep one request in flight per partition.',
  ),
  'device-gap': audited(
    'holes in a device’s sequence that nothing explains',
    ['gapsUnexplained', 'device-gap'],
    'order',
    'Find where the records went: compare the examples with the gateways’ histories.',
  ),
  'failed-but-stored': audited(
    'records reported as failed that are stored all the same',
    ['failedButStored', 'failed-but-stored'],
    'durability',
    'Treat the error as unknown in the client, and make consumers tolerate the repeat.',
  ),
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
    show: formatBytes,
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
}
