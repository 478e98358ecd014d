import { known, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'
import type { SourceMeasurement } from '../../../chaos/record/source-measurement.ts'

type Plant = (measurements: Measurements) => void
interface SourceCase {
  readonly limit: Partial<GateFile>
  readonly good: Plant
  readonly fail: Plant
  readonly lose: Plant
}

const none = known(0)
const goodSource = (): SourceMeasurement => ({
  source: 'outbox',
  topic: 'outbox-outbox',
  exactlyOnce: true,
  file: 'sources/outbox.jsonl',
  rows: known(100),
  lateCommits: known(10),
  records: known(100),
  missing: none,
  missingLate: none,
  repeated: none,
  reordered: none,
  unexplained: none,
  longestDelayMs: known(1500),
  bySecond: [[1000, 100, 100, 0]],
  examples: { missing: [], repeated: [], reordered: [], unexplained: [] },
})
const sourceOf = (m: Measurements) => m.sources?.[0] as SourceMeasurement

const sourced = (
  number: 'missing' | 'repeated' | 'reordered' | 'unexplained' | 'longestDelayMs',
  atMost: number,
  bad: number,
): SourceCase => ({
  limit: { atMost },
  good: m => void (m.sources = [goodSource()]),
  fail: m => void (sourceOf(m)[number] = known(bad)),
  lose: m => void (sourceOf(m)[number] = notKnown('planted')),
})

/** Gates about sources, each on a run that has one. */
export const SOURCE_CASES: Readonly<Record<string, SourceCase>> = {
  'source-missing-rows': sourced('missing', 0, 1),
  'source-repeated-records': sourced('repeated', 0, 1),
  'source-reordered-records': sourced('reordered', 0, 1),
  'source-unexplained-records': sourced('unexplained', 0, 1),
  'source-longest-delay-seconds': sourced('longestDelayMs', 30, 30_001),
}
