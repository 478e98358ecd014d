import type { SeriesName } from '../record/samples.ts'
import { flatSamples, type FlatValue, seriesNames } from './flat-samples.ts'

/** Of which run values are. */
export interface OfRun {
  readonly run: string
  readonly drill: string
  readonly platform: string
  /** Wall time of the run’s zero. */
  readonly startedAtWallMs: number
}

export interface TimedValue extends FlatValue {
  readonly series: SeriesName
  /** Milliseconds since the run’s zero. */
  readonly t: number
}

/** Every number of every sample of a run, series by series. */
export async function* timedValues(runDir: string): AsyncGenerator<TimedValue> {
  for (const series of seriesNames())
    for await (const { t, values } of flatSamples(runDir, series))
      for (const value of values) yield { ...value, series, t }
}

/**
 * The same for stores in which a series has one value at a time, and times only grow: what would not fit there is
 * passed over. `metric` is `aftershock_<series>_<name>`, and `attributes` are the labels with the run’s own.
 */
export async function* gauges(
  runDir: string,
  { run, drill, platform, startedAtWallMs }: OfRun,
): AsyncGenerator<{
  readonly metric: string
  readonly attributes: Readonly<Record<string, string>>
  readonly wallMs: number
  readonly value: number
}> {
  const newest = new Map<string, number>()
  for await (const { series, name, labels, t, value } of timedValues(runDir)) {
    const metric = `aftershock_${series.replaceAll('-', '_')}_${name}`
    const attributes = sorted({ run, drill, platform, ...labels })
    const key = `${metric}\n${JSON.stringify(attributes)}`
    if (t <= (newest.get(key) ?? Number.NEGATIVE_INFINITY)) continue
    newest.set(key, t)
    yield { metric, attributes, wallMs: startedAtWallMs + t, value }
  }
}

export const sorted = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
