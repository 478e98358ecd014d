import { build, type Histogram } from 'hdr-histogram-js'
import type { LatencySummary } from '../record/samples.ts'

/** Later than this is recorded as this: ten minutes is longer than any drill waits. */
export const LATENCY_CAP_MS = 600_000

export class Latency {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_CAP_MS,
    numberOfSignificantValueDigits: 3,
  })

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(LATENCY_CAP_MS, Math.max(0, Math.round(ms))))
  }

  add(other: Latency): void {
    this.#histogram.add(other.#histogram)
  }

  /** Percentiles since the last call; all zero when nothing was recorded. */
  take(): LatencySummary {
    const histogram = this.#histogram
    const n = histogram.totalCount
    const summary = {
      n,
      p50: n === 0 ? 0 : histogram.getValueAtPercentile(50),
      p95: n === 0 ? 0 : histogram.getValueAtPercentile(95),
      p99: n === 0 ? 0 : histogram.getValueAtPercentile(99),
      max: n === 0 ? 0 : histogram.maxValue,
    }
    histogram.reset()
    return summary
  }
}
