import { type Measured, notKnown } from '../record/measured.ts'
import type { Measurements } from '../record/measurements.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { perFault, readingOf } from './reading.ts'

/** `path` is where `pick` finds it, within `/fleet`. */
const ofFleet =
  (
    pick: (fleet: Measurements['fleet']) => Measured | undefined,
    path: string,
    before = 'it was measured before this was',
  ): NumberEntry['read'] =>
  ({ measurements }) => [readingOf(pick(measurements.fleet) ?? notKnown(before), null, `/fleet/${path}`)]

/** What the fleet sent, and what became of it at the edge. */
export const LOAD_NUMBERS = {
  'edge-dropped-records': {
    dimension: 'durability',
    what: 'records thrown away because an edge buffer was full',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofFleet(fleet => fleet.dropped, 'dropped'),
    rests: ['histories'],
    next: 'Enlarge the edge buffer, or shorten recovery below what it holds.',
  },
  'refused-records': {
    dimension: 'durability',
    what: 'records that brokers refused for what they are, and devices gave up',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofFleet(fleet => fleet.refused, 'refused', 'it was measured before refusals were'),
    rests: ['histories'],
    next: 'Mend the clocks of the devices that the histories name, or widen what the topic accepts (message.timestamp.after.max.ms, max.message.bytes).',
  },
  'device-connects-per-second-peak': {
    dimension: 'device-reconnect-storm',
    what: 'devices connecting, at the peak',
    unit: '/s',
    better: 'less',
    of: 'run',
    takesOf: true,
    read: (judged, about) =>
      about.of === undefined
        ? [
            readingOf(
              judged.measurements.fleet.peaks.deviceConnectsPerSecond,
              null,
              '/fleet/peaks/deviceConnectsPerSecond',
            ),
          ]
        : perFault(
            judged,
            about,
            ({ peaks }) => ({
              measured: peaks.deviceConnectsPerSecond,
              path: 'peaks/deviceConnectsPerSecond',
            }),
            1,
          ),
    rests: ['fleet'],
    column: 'device-connects-peak',
    next: 'Spread reconnects: full jitter, a larger base, a limit at the gateway.',
  },
  'acked-rate': {
    dimension: 'resources',
    what: 'records acknowledged a second',
    unit: 'records/s',
    better: 'more',
    of: 'run',
    read: ofFleet(fleet => fleet.ackedPerSecond, 'ackedPerSecond'),
    noGate: 'the fleet sends what the drill asks for: acked-loss and all-delivered judge what became of it',
  },
  'steady-p50': {
    dimension: 'resources',
    what: 'latency before the first fault, p50',
    unit: 'ms',
    better: 'less',
    of: 'run',
    read: ofFleet(fleet => fleet.steadyP50Ms, 'steadyP50Ms'),
    noGate: 'the steady state of a drill can ask for it, before anything is broken',
  },
  'steady-p99': {
    dimension: 'resources',
    what: 'latency before the first fault, p99',
    unit: 'ms',
    better: 'less',
    of: 'run',
    read: ofFleet(fleet => fleet.steadyP99Ms, 'steadyP99Ms'),
    isKey: true,
    noGate: 'the steady state of a drill can ask for it, before anything is broken',
  },
} satisfies Numbers
