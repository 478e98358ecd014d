import type { RunMeters } from '../record/run-meters.ts'
import { usesObjectStore, isPlatform } from '../core/platform.ts'
import type { Measured } from '../record/measured.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Measure, MeasureUnit } from './comparison.ts'
import type { JudgedRun } from './run-folder.ts'
import { NO_STORE } from './recovery-and-replay.ts'
import { type Told, told } from './spread.ts'
import { platformBytes, sumOf } from './zone-causes.ts'

type Resource = Omit<Measure, 'perPlatform'> & { readonly ask: (run: JudgedRun, number: number) => Told }

const resource = (
  measure: string,
  label: string,
  unit: MeasureUnit,
  better: Measure['better'],
  ask: Resource['ask'],
  key = false,
): Resource => ({
  dimension: 'resources',
  subject: null,
  outsideOf: null,
  measure,
  label,
  unit,
  better,
  key,
  ask,
})

const fleet =
  (pick: (fleet: Measurements['fleet']) => Measured): Resource['ask'] =>
  ({ measurements }, run) =>
    told(run, pick(measurements.fleet))

/** What a run used and moved, over its whole length; ratios are per byte or gigabyte of acknowledged records. */
export const resourceMeasures: readonly Resource[] = [
  resource(
    'acked-rate',
    'records acknowledged a second',
    'records/s',
    'more',
    fleet(({ ackedPerSecond }) => ackedPerSecond),
  ),
  resource(
    'steady-p50',
    'latency before the first fault, p50',
    'ms',
    'less',
    fleet(({ steadyP50Ms }) => steadyP50Ms),
  ),
  resource(
    'steady-p99',
    'latency before the first fault, p99',
    'ms',
    'less',
    fleet(({ steadyP99Ms }) => steadyP99Ms),
    true,
  ),
  resource(
    'device-connects-peak',
    'devices connecting a second, at the peak',
    '/s',
    'less',
    fleet(({ peaks }) => peaks.deviceConnectsPerSecond),
  ),
  resource(
    'broker-cpu',
    'CPU seconds of all brokers per GB acknowledged',
    's/GB',
    'less',
    ({ meters }, run) =>
      perIngested(run, meters, sumOf(meters.brokers.map(broker => broker.cpuSeconds)), 1e9),
  ),
  resource('broker-memory', 'memory of the largest broker, at the peak', 'bytes', 'less', ({ meters }, run) =>
    told(run, meters.brokers.map(broker => broker.peakMemoryBytes).reduce(larger, NOTHING)),
  ),
  resource(
    'crossed-per-byte',
    'the platform’s own bytes between zones per byte acknowledged',
    'ratio',
    'less',
    ({ meters }, run) => perIngested(run, meters, platformBytes(meters.crossed.byCause), 1),
    true,
  ),
  resource(
    'stored-on-brokers',
    'kept on all brokers together at the end',
    'bytes',
    'less',
    ({ meters }, run) => told(run, meters.stored.onBrokersBytes),
    true,
  ),
  resource(
    'stored-in-store',
    'kept in the object store at the end',
    'bytes',
    'neither',
    ({ meters }, run) => told(run, storeMeter(meters, meters.stored.inObjectStoreBytes)),
    true,
  ),
  resource(
    'stored-one-copy',
    'one copy of what is stored, keys and values alone',
    'bytes',
    'neither',
    ({ meters }, run) => told(run, meters.stored.oneCopyBytes),
  ),
  resource(
    'operator-steps',
    'steps for an operator: replays started, brokers brought back',
    'count',
    'less',
    ({ meters }, run) => told(run, meters.operatorSteps),
  ),
  resource('object-store-requests', 'requests to the object store', 'count', 'neither', ({ meters }, run) =>
    told(run, storeMeter(meters, allRequests(meters.objectStore))),
  ),
]

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

export function perIngested(run: number, meters: RunMeters, part: Measured, bytes: number): Told {
  const ingested = meters.ingest.bytes
  if (part.value === null) return told(run, part)
  if (!ingested.value) return { run, value: null, why: ingested.why ?? 'nothing was acknowledged' }
  return { run, value: (part.value / ingested.value) * bytes, why: null }
}

/** A platform without a store has nothing that could have been metered. */
export function storeMeter({ platform }: Pick<RunMeters, 'platform'>, measured: Measured): Measured {
  if (!isPlatform(platform) || usesObjectStore(platform)) return measured
  return { value: null, why: NO_STORE, from: [] }
}
