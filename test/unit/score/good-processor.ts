import { known } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { ProcessorMeasurement } from '../../../chaos/record/processor-measurement.ts'

const FILE = 'processor/device-twin.jsonl'
const proven = (value: number) => known(value, { file: FILE, selector: 'sent', value })

/** A processor that did all that it should under every fault of a run. */
export function goodProcessor({ faults }: Pick<Measurements, 'faults'>): ProcessorMeasurement {
  return {
    file: FILE,
    topic: 'telemetry',
    guarantee: 'exactly_once_v2',
    standbys: 1,
    every: 10,
    stored: proven(200),
    unprocessed: proven(0),
    due: proven(20),
    given: proven(20),
    takenBack: proven(3),
    repeated: proven(0),
    devicesRepeated: proven(0),
    missing: proven(0),
    unasked: proven(0),
    unacknowledged: proven(0),
    twins: proven(2),
    mismatched: proven(0),
    examples: { repeated: [], missing: [], unasked: [], mismatched: [] },
    repeatedDevices: [],
    writer: {
      fencing: 'epoch',
      written: proven(200),
      late: proven(0),
      setBack: proven(0),
      missing: proven(0),
      uncommitted: proven(0),
      refused: proven(12),
      examples: { late: [], missing: [] },
    },
    faults: faults.map(({ id }) => ({
      fault: id,
      rebuildMs: proven(14_000),
      worstPartition: 'telemetry/2',
      behindMs: proven(15_000),
      takeoverMs: proven(10_500),
      downloadMs: proven(800),
      downloadedRecords: proven(120),
      replayMs: proven(1500),
    })),
  }
}
