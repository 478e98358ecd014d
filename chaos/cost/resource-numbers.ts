import { isPlatformName, usesObjectStore } from '../platforms/index.ts'
import type { Unit } from '../core/quantity.ts'
import type { NumberEntry, Numbers } from '../numbers/number.ts'
import type { Measured } from '../record/measured.ts'
import type { RunMeters } from '../record/run-meters.ts'
import { platformBytes, sumOf } from './meters/causes.ts'

export const NO_STORE = 'the platform has no object store'

/** What resource numbers are read from. */
export interface Metered {
  readonly meters: RunMeters
}

const PRICED_LATER = 'a run is metered when it is priced, after its gates were judged'

/** `path` is where `pick` finds it, within `/meters` of `cost.json`. */
const resource = (
  what: string,
  [unit, better]: readonly [Unit, NumberEntry['better']],
  path: string,
  pick: (meters: RunMeters) => Measured,
): NumberEntry<Metered> => ({
  dimension: 'resources',
  what,
  unit,
  better,
  of: 'run',
  read: ({ meters }) => {
    const { value, why, atLeast, applies, from } = pick(meters)
    const proof = [{ file: 'cost.json', selector: `/meters/${path}`, value }, ...from]
    return [
      {
        subject: null,
        value,
        why,
        proof,
        ...(atLeast === undefined ? {} : { atLeast }),
        ...(applies === false ? { applies } : {}),
      },
    ]
  },
  noGate: PRICED_LATER,
})

/** What a run used and moved, over its whole length; ratios are per byte or gigabyte of acknowledged records. */
export const RESOURCE_NUMBERS: Numbers<Metered> = {
  'broker-cpu': resource(
    'CPU seconds of all brokers per GB acknowledged',
    ['s/GB', 'less'],
    'brokers',
    meters => perIngested(meters, sumOf(meters.brokers.map(broker => broker.cpuSeconds)), 1e9),
  ),
  'broker-memory': resource(
    'memory of the largest broker, at the peak',
    ['bytes', 'less'],
    'brokers',
    ({ brokers }) => brokers.map(broker => broker.peakMemoryBytes).reduce(larger, NOTHING),
  ),
  'crossed-per-byte': {
    ...resource(
      'the platform’s own bytes between zones per byte acknowledged',
      ['ratio', 'less'],
      'crossed/byCause',
      meters => perIngested(meters, platformBytes(meters.crossed.byCause), 1),
    ),
    isKey: true,
  },
  'stored-on-brokers': {
    ...resource(
      'kept on all brokers together at the end',
      ['bytes', 'less'],
      'stored/onBrokersBytes',
      ({ stored }) => stored.onBrokersBytes,
    ),
    isKey: true,
  },
  'stored-in-store': {
    ...resource(
      'kept in the object store at the end',
      ['bytes', 'neither'],
      'stored/inObjectStoreBytes',
      meters => storeMeter(meters, meters.stored.inObjectStoreBytes),
    ),
    isKey: true,
  },
  'stored-one-copy': resource(
    'one copy of what is stored, keys and values alone',
    ['bytes', 'neither'],
    'stored/oneCopyBytes',
    ({ stored }) => stored.oneCopyBytes,
  ),
  'operator-steps': resource(
    'steps for an operator: replays started, brokers brought back',
    ['count', 'less'],
    'operatorSteps',
    ({ operatorSteps }) => operatorSteps,
  ),
  'object-store-requests': resource(
    'requests to the object store',
    ['count', 'neither'],
    'objectStore/requests',
    meters => storeMeter(meters, allRequests(meters.objectStore)),
  ),
}

const NOTHING: Measured = { value: null, why: 'no broker was sampled', from: [] }

function larger(a: Measured, b: Measured): Measured {
  return (b.value ?? -1) > (a.value ?? -1) ? b : a
}

/** A store that was metered and never asked was asked zero times. */
function allRequests({ requests, failed }: RunMeters['objectStore']): Measured {
  const each = Object.values(requests)
  if (each.length > 0) return sumOf(each)
  return failed.value === null ? failed : { value: 0, why: null, from: failed.from }
}

/** `part` for each `bytes` of acknowledged keys and values. */
export function perIngested({ ingest }: RunMeters, part: Measured, bytes: number): Measured {
  if (part.value === null) return part
  if (!ingest.bytes.value)
    return { value: null, why: ingest.bytes.why ?? 'nothing was acknowledged', from: [] }
  return { value: (part.value / ingest.bytes.value) * bytes, why: null, from: part.from }
}

/** A platform without a store has nothing that could have been metered. */
export function storeMeter({ platform }: Pick<RunMeters, 'platform'>, measured: Measured): Measured {
  if (!isPlatformName(platform) || usesObjectStore(platform)) return measured
  return { value: null, why: NO_STORE, from: [] }
}
