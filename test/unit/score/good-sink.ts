import { known } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { SinkMeasurement } from '../../../chaos/record/sink-measurement.ts'

const proven = (value: number) => known(value, { file: 'connectors/rows.jsonl', selector: 'rows', value })

/** A sink that did all that it should under every fault of a run. */
export function goodSink({ faults }: Pick<Measurements, 'faults'>): SinkMeasurement {
  return {
    connector: 'rows',
    mode: 'upsert',
    file: 'connectors/rows.jsonl',
    partitions: [{ partition: 'integration/0', low: 0, high: 10, committed: 10, missing: 0 }],
    stored: proven(10),
    committed: proven(10),
    rows: proven(10),
    deadLetters: proven(0),
    missing: proven(0),
    undelivered: proven(0),
    repeated: proven(0),
    reordered: proven(0),
    unexplained: proven(0),
    doubled: proven(0),
    wronglyAside: proven(0),
    unrepaired: proven(0),
    rebalances: proven(0),
    examples: { missing: [], undelivered: [], repeated: [], reordered: [], unexplained: [] },
    faults: faults.map(({ id }) => ({
      fault: id,
      committedBefore: { 'integration/0': 4 },
      committedAfter: { 'integration/0': 10 },
      runningMs: proven(4000),
      firstRowMs: proven(21_000),
      runningToRowMs: proven(17_000),
      worstPartition: 'integration/0',
      peakRowsPerSecond: proven(800),
      rebalances: proven(0),
    })),
  }
}
