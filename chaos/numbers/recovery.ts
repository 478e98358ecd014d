import type { FaultMeasurement } from '../record/measurements.ts'
import { type Measured, notKnown } from '../record/measured.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { type Judged, perFault, type Reading } from './reading.ts'
import { withBaseline } from './service.ts'

type Read = NumberEntry['read']

/** A recovery time, for all clients or without those of one zone. */
const recoveryTime =
  (name: 'firstSuccessMs' | 'sustainedMs' | 'unavailableMs'): Read =>
  (judged, about) =>
    perFault(
      judged,
      about,
      fault => {
        const zone = about.outsideOf
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

/** `path` is where `pick` finds it, within the fault. */
const ofFault =
  (pick: (fault: FaultMeasurement) => Measured | undefined, path: string, perUnit = 1): Read =>
  (judged, about) =>
    perFault(
      judged,
      about,
      fault => ({ measured: pick(fault) ?? notKnown('it was measured before this was'), path }),
      perUnit,
    )

/** What each fault did, and what its recovery took. */
export const RECOVERY_NUMBERS = {
  'first-success-seconds': {
    dimension: 'fault',
    what: 'until the first success on the worst partition',
    unit: 's',
    better: 'less',
    of: 'fault',
    takesOutsideOf: true,
    read: recoveryTime('firstSuccessMs'),
    rests: ['histories'],
    next: 'Shorten failure detection: broker session, controller election and client request time-outs.',
  },
  'sustained-recovery-seconds': {
    dimension: 'fault',
    what: 'until service was good and stayed so',
    unit: 's',
    better: 'less',
    of: 'fault',
    takesOutsideOf: true,
    read: recoveryTime('sustainedMs'),
    rests: ['histories'],
    isKey: true,
    next: 'Find what went on failing or waiting: metadata refresh, time-outs, queues to one leader, backlog at the edge.',
  },
  'unavailable-seconds': {
    dimension: 'fault',
    what: 'without service on the worst partition',
    unit: 's',
    better: 'less',
    of: 'fault',
    takesOutsideOf: true,
    read: recoveryTime('unavailableMs'),
    rests: ['histories'],
    next: 'Shorten failure detection, or what handing leaders over takes; have one leader carry less.',
  },
  'in-sync-seconds': {
    dimension: 'fault',
    what: 'from healing until every replica was in sync',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.inSyncMs, 'inSyncMs', 1000),
    rests: ['cluster'],
    isKey: true,
    next: 'Shorten what a replica must copy: retention on broker disks, or a storage model without replicas.',
  },
  'recovery-bytes-moved': {
    dimension: 'fault',
    what: 'moved between brokers by recovery itself',
    unit: 'bytes',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.recoveryBytes.net, 'recoveryBytes/net'),
    rests: ['cluster', 'links'],
    isKey: true,
    column: 'recovery-bytes-net',
    next: 'Revisit the storage model: keep less on broker disks, or throttle replication.',
  },
  'recovery-bytes-gross': {
    dimension: 'fault',
    what: 'moved between brokers from healing until in sync',
    unit: 'bytes',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.recoveryBytes.gross, 'recoveryBytes/gross'),
    noGate: 'what moves anyway is in it: recovery-bytes-moved is without that',
  },
  'recovery-bytes-store': {
    dimension: 'fault',
    what: 'moved between brokers and the object store by recovery itself',
    unit: 'bytes',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.recoveryBytes.storeNet, 'recoveryBytes/storeNet'),
    noGate: 'only platforms with an object store have it; it stands beside recovery-bytes-moved',
  },
  'leader-moves': {
    dimension: 'fault',
    what: 'leaders that moved',
    unit: 'count',
    better: 'neither',
    of: 'fault',
    read: ofFault(fault => fault.leaderMoves, 'leaderMoves'),
    noGate: 'it is the means of recovery, not what devices notice of it',
  },
  'under-replicated-peak': {
    dimension: 'fault',
    what: 'partitions without all replicas, at the peak',
    unit: 'count',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.peakUnderReplicated, 'peakUnderReplicated'),
    noGate: 'a fault that takes a broker away leaves as many as that had: in-sync-seconds says for how long',
  },
  'broker-connects-peak': {
    dimension: 'fault',
    what: 'connections to brokers a second, at the peak',
    unit: '/s',
    better: 'less',
    of: 'fault',
    read: ofFault(fault => fault.peaks.brokerConnectsPerSecond, 'peaks/brokerConnectsPerSecond'),
    noGate:
      'its limit depends on the gateways, of which the lab has few: device-connects-per-second-peak is judged',
  },
} satisfies Numbers
