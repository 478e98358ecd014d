import { known, type Measured, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { ProcessorMeasurement, WriterMeasurement } from '../../../chaos/record/processor-measurement.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import { goodProcessor } from './good-processor.ts'

type Plant = (measurements: Measurements) => void
interface ProcessorCase {
  readonly limit: Partial<GateFile>
  readonly good: Plant
  readonly fail: Plant
  readonly lose: Plant
}
type Count = 'repeated' | 'missing' | 'unasked' | 'unacknowledged' | 'mismatched' | 'unprocessed'
type FaultNumber = 'behindMs' | 'rebuildMs' | 'takeoverMs' | 'downloadMs' | 'downloadedRecords' | 'replayMs'

const lost = notKnown('planted')
const good: Plant = m => void (m.processor = goodProcessor(m))
const processorOf = (m: Measurements) => m.processor as ProcessorMeasurement
const writerOf = (m: Measurements) => processorOf(m).writer as WriterMeasurement
const underFault = (m: Measurements) => processorOf(m).faults[0] as ProcessorMeasurement['faults'][number]

/** Of a run with a processor. */
const counted = (count: Count): ProcessorCase => ({
  limit: { atMost: 0 },
  good,
  fail: m => void (processorOf(m)[count] = known(1)),
  lose: m => void (processorOf(m)[count] = lost),
})
/** Of a run whose processor went to the other region. */
const inRegionB = (): ProcessorCase => {
  const issued =
    (count: Measured): Plant =>
    m => {
      m.processor = { ...goodProcessor(m), inRegionB: { issuedTwice: count, handedAgain: known(3) } }
    }
  return { limit: { atMost: 0 }, good: issued(known(0)), fail: issued(known(1)), lose: issued(lost) }
}
const wrote = (count: 'late' | 'missing' | 'uncommitted' | 'refused'): ProcessorCase => ({
  limit: { atMost: 12 },
  good,
  fail: m => void (writerOf(m)[count] = known(13)),
  lose: m => void (writerOf(m)[count] = lost),
})
const timed = (number: FaultNumber, atMost: number, bad: number): ProcessorCase => ({
  limit: { atMost },
  good,
  fail: m => void (underFault(m)[number] = known(bad)),
  lose: m => void (underFault(m)[number] = lost),
})

/** Gates about a stateful processor, each on a run that has one. */
export const PROCESSOR_CASES: Readonly<Record<string, ProcessorCase>> = {
  'commands-repeated': counted('repeated'),
  'commands-issued-twice': inRegionB(),
  'commands-missing': counted('missing'),
  'commands-unasked': counted('unasked'),
  'commands-unacknowledged': counted('unacknowledged'),
  'twin-mismatches': counted('mismatched'),
  'processor-unprocessed-records': counted('unprocessed'),
  'writer-late-records': wrote('late'),
  'writer-missing-records': wrote('missing'),
  'writer-uncommitted-records': wrote('uncommitted'),
  'writer-refused-records': wrote('refused'),
  'rebuild-seconds': timed('rebuildMs', 30, 30_001),
  'processor-behind-seconds': timed('behindMs', 30, 30_001),
  'rebuild-takeover-seconds': timed('takeoverMs', 30, 30_001),
  'rebuild-download-seconds': timed('downloadMs', 30, 30_001),
  'rebuild-downloaded-records': timed('downloadedRecords', 1000, 1001),
  'rebuild-replay-seconds': timed('replayMs', 30, 30_001),
}
