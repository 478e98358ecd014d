import type { FaultMeasurement } from '../record/measurements.ts'
import { notKnown } from '../record/measured.ts'
import type { Numbers } from './number.ts'
import { type About, absent, type Judged, perFault, type Reading, readingOf } from './reading.ts'

function secondOutage({ measurements }: Judged): Reading {
  const { answer, why, longestMs } = measurements.secondOutage
  const proof = [{ file: 'measurements.json', selector: '/secondOutage/longestMs', value: longestMs }]
  const longest = longestMs / 1000
  const reading =
    answer === 'unknown'
      ? { subject: null, value: null, why, atLeast: longest, proof }
      : { subject: null, value: longest, why: null, proof }
  // Pauses are told by what counts as slow; an outage is one on every platform.
  return answer === 'yes' ? reading : withBaseline({ measurements }, reading)
}

/** What is slow when nothing is broken is no fault's doing. */
export function withBaseline({ measurements }: Pick<Judged, 'measurements'>, reading: Reading): Reading {
  const doubt = measurements.slow?.doubt ?? null
  return doubt === null ? reading : { ...reading, confounded: doubt }
}

/** Of the whole load, of one fault's window, or while one replay ran. */
function producerP99(judged: Judged, about: About): readonly Reading[] {
  const { fleet, replays } = judged.measurements
  const before = notKnown('it was measured before this was')
  if (about.of === undefined) return [readingOf(fleet.producerP99Ms ?? before, null, '/fleet/producerP99Ms')]
  const index = replays.findIndex(({ id }) => id === about.of)
  if (index < 0) {
    const pick = (fault: FaultMeasurement) => ({
      measured: fault.producerP99Ms ?? before,
      path: 'producerP99Ms',
    })
    return perFault(judged, about, pick, 1)
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
  if (p99Ms === null) return [{ ...absent('nothing was sent while it ran'), subject: about.of, proof }]
  if (!replays[index]?.phases[during]?.producer.p99IsAtLeast)
    return [{ subject: about.of, value: p99Ms, why: null, proof }]
  return [{ subject: about.of, value: null, why: 'some of it never arrived', atLeast: p99Ms, proof }]
}

/** What devices noticed, whatever the reason. */
export const SERVICE_NUMBERS = {
  'second-outage-seconds': {
    dimension: 'second-outage',
    what: 'the longest loss of service that began only after healing, or during a replay',
    unit: 's',
    better: 'less',
    of: 'run',
    read: judged => [secondOutage(judged)],
    rests: ['histories'],
    isKey: true,
    next: 'Find what recovery itself overloaded: leaders that move back, catch-up traffic, reconnects, the replay.',
  },
  'slow-after': {
    dimension: 'latency',
    what: 'an acknowledgement later than this counts as slow',
    unit: 'ms',
    better: 'neither',
    of: 'run',
    read: ({ measurements: { slowAfterMs } }) => {
      const proof = [{ file: 'measurements.json', selector: '/slowAfterMs', value: slowAfterMs }]
      return [{ subject: null, value: slowAfterMs, why: null, proof }]
    },
    noGate:
      'it is a limit itself: `slowAfterMs` of the drill, or what the platform’s own quiet part makes it',
  },
  'produce-p99-ms': {
    dimension: 'latency',
    what: 'producers’ p99, what never arrived included',
    unit: 'ms',
    better: 'less',
    of: 'run',
    takesOf: true,
    read: producerP99,
    rests: ['histories'],
    next: 'Find where requests wait: linger, batches of the store, replication, queues of one leader.',
  },
} satisfies Numbers
