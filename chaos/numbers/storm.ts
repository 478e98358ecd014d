import { doesNotApply, type Measured, notKnown } from '../record/measured.ts'
import type { FaultMeasurement } from '../record/measurements.ts'
import type { StormMeasurement } from '../record/storm-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { perFault } from './reading.ts'
import { withBaseline } from './service.ts'

const STORM = 'device-reconnect-storm'
const BEFORE = notKnown('it was measured before storms were')
const NO_STORM = 'no device lost its session, so none came back'

/** Of a fault that took no session away, nothing can be said of how devices come back: it was not meant to, or did not. */
const ofStorm =
  (key: keyof StormMeasurement, perUnit = 1): NumberEntry['read'] =>
  (judged, about) =>
    perFault(judged, about, fault => ({ measured: storming(fault, key), path: `storm/${key}` }), perUnit)

function storming({ storm, dimension }: FaultMeasurement, key: keyof StormMeasurement): Measured {
  if (!storm) return BEFORE
  if (storm.sessionsLost.value !== 0) return storm[key]
  return dimension === STORM
    ? { ...notKnown(NO_STORM), from: storm.sessionsLost.from }
    : doesNotApply(NO_STORM)
}

/** Of any fault: what waited at the edge is there whether or not a session was lost. */
const ofFault =
  (pick: (fault: FaultMeasurement) => Measured | undefined, path: string, perUnit = 1): NumberEntry['read'] =>
  (judged, about) =>
    perFault(judged, about, fault => ({ measured: pick(fault) ?? BEFORE, path }), perUnit)

/** How devices came back after a fault, and what that cost gateways and brokers. */
export const STORM_NUMBERS = {
  'sessions-back-seconds': {
    dimension: 'device-reconnect-storm',
    what: 'from healing until every device had its session back',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: ofStorm('sessionsBackMs', 1000),
    rests: ['fleet'],
    next: 'Spread reconnects (full jitter, a larger base), or let gateways accept more: cheaper authentication, session resumption, more of them.',
  },
  'sessions-refused': {
    dimension: 'device-reconnect-storm',
    what: 'attempts of devices that gateways refused',
    unit: 'count',
    better: 'less',
    of: 'fault',
    read: ofStorm('refused'),
    rests: ['fleet'],
    next: 'Spread reconnects: each attempt that is refused costs a gateway time in which it lets nobody in.',
  },
  'sessions-lost': {
    dimension: 'device-reconnect-storm',
    what: 'devices that lost their session',
    unit: 'count',
    better: 'neither',
    of: 'fault',
    read: ofFault(({ storm }) => storm?.sessionsLost, 'storm/sessionsLost'),
    noGate: 'it is what the fault takes away, not what devices make of it',
  },
  'backlog-drain-seconds': {
    dimension: 'fault',
    what: 'from healing until nothing was overdue at the edge',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: (judged, about) =>
      ofFault(
        ({ storm }) => storm?.drainMs,
        'storm/drainMs',
        1000,
      )(judged, about).map(reading => withBaseline(judged, reading)),
    rests: ['fleet'],
    isKey: true,
    next: 'Find what holds records back: devices without a session, gateways that send too little at once, brokers that are slow to acknowledge.',
  },
  'edge-overdue-peak': {
    dimension: 'fault',
    what: 'waited at the edge for over a second, at the peak',
    unit: 'records',
    better: 'less',
    of: 'fault',
    read: ofFault(({ storm }) => storm?.overduePeak, 'storm/overduePeak'),
    noGate:
      'a fault that keeps devices away for longer leaves more: backlog-drain-seconds says how soon it is gone',
  },
  'oldest-waiting': {
    dimension: 'fault',
    what: 'age of the oldest record that waited, at the peak',
    unit: 's',
    better: 'less',
    of: 'fault',
    read: ofFault(({ storm }) => storm?.oldestMs, 'storm/oldestMs', 1000),
    noGate: 'it has the length of the fault in it: backlog-drain-seconds begins with its healing',
  },
  'edge-drops': {
    dimension: 'fault',
    what: 'thrown away at the edge from then on',
    unit: 'records',
    better: 'less',
    of: 'fault',
    read: ofFault(({ storm }) => storm?.dropped, 'storm/dropped'),
    noGate: 'edge-dropped-records judges the whole run',
  },
  'produce-requests-peak': {
    dimension: 'fault',
    what: 'produce requests a second, at the peak',
    unit: '/s',
    better: 'less',
    of: 'fault',
    read: ofFault(({ peaks }) => peaks.sendsPerSecond, 'peaks/sendsPerSecond'),
    noGate: 'it follows from what waited: backlog-drain-seconds is judged',
  },
  'request-queue-peak': {
    dimension: 'fault',
    what: 'requests that waited at one broker, at the peak',
    unit: 'count',
    better: 'less',
    of: 'fault',
    read: ofFault(({ storm }) => storm?.requestQueue, 'storm/requestQueue'),
    noGate: 'brokers are asked once a second, and a queue comes and goes between',
  },
} satisfies Numbers
