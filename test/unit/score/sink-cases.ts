import { known, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import type { SinkMeasurement } from '../../../chaos/record/sink-measurement.ts'
import { goodSink } from './good-sink.ts'
import { SOURCE_CASES } from './source-cases.ts'

type Plant = (measurements: Measurements) => void
interface SinkCase {
  readonly limit: Partial<GateFile>
  readonly good: Plant
  readonly fail: Plant
  readonly lose: Plant
}

const lost = notKnown('planted')

/** Of a run with one sink. */
const sunk = (
  count:
    | 'missing'
    | 'undelivered'
    | 'repeated'
    | 'reordered'
    | 'unexplained'
    | 'deadLetters'
    | 'rebalances'
    | 'doubled'
    | 'wronglyAside'
    | 'unrepaired',
): SinkCase => ({
  limit: { atMost: 0 },
  good: m => void (m.sinks = [goodSink(m)]),
  fail: m => void (sinkOf(m)[count] = known(1)),
  lose: m => void (sinkOf(m)[count] = lost),
})
const sunkUnderFault = (
  number: 'runningMs' | 'firstRowMs' | 'runningToRowMs' | 'peakRowsPerSecond',
  atMost: number,
  bad: number,
): SinkCase => ({
  limit: { atMost },
  good: m => void (m.sinks = [goodSink(m)]),
  fail: m => void (underFault(m)[number] = known(bad)),
  lose: m => void (underFault(m)[number] = lost),
})
const sinkOf = (m: Measurements) => m.sinks?.[0] as SinkMeasurement
const underFault = (m: Measurements) => sinkOf(m).faults[0] as SinkMeasurement['faults'][number]

/** Gates about sinks and sources, each on a run that has one. */
export const CONNECTOR_CASES: Readonly<Record<string, SinkCase>> = {
  ...SOURCE_CASES,
  'sink-missing-records': sunk('missing'),
  'sink-undelivered-records': sunk('undelivered'),
  'sink-repeated-rows': sunk('repeated'),
  'sink-reordered-records': sunk('reordered'),
  'sink-unexplained-rows': sunk('unexplained'),
  'sink-dead-letters': sunk('deadLetters'),
  'sink-wrong-dead-letters': sunk('wronglyAside'),
  'sink-unrepaired-records': sunk('unrepaired'),
  'sink-doubled-records': sunk('doubled'),
  'sink-rebalances': sunk('rebalances'),
  'sink-running-seconds': sunkUnderFault('runningMs', 30, 30_001),
  'sink-first-row-seconds': sunkUnderFault('firstRowMs', 60, 60_001),
  'sink-running-to-row-seconds': sunkUnderFault('runningToRowMs', 30, 30_001),
  'sink-rows-per-second-peak': sunkUnderFault('peakRowsPerSecond', 1000, 1001),
}
