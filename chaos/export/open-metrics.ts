import { flatSamples, seriesNames } from './flat-samples.ts'

interface Point {
  readonly seconds: number
  readonly value: number
}

/**
 * All samples of a run as OpenMetrics text with times, as `promtool tsdb create-blocks-from openmetrics` takes it:
 * every metric is a gauge `aftershock_<series>_<name>` with the run, the drill and the platform as labels.
 */
export async function openMetrics(
  runDir: string,
  {
    startedAtWallMs,
    labels,
  }: { readonly startedAtWallMs: number; readonly labels: Readonly<Record<string, string>> },
): Promise<string> {
  const families = new Map<string, Map<string, Point[]>>()
  for (const series of seriesNames())
    for await (const { t, values } of flatSamples(runDir, series))
      for (const value of values) {
        const family = `aftershock_${series.replaceAll('-', '_')}_${value.name}`
        const sets = families.get(family) ?? new Map<string, Point[]>()
        families.set(family, sets)
        const set = labelText({ ...labels, ...value.labels })
        const points = sets.get(set) ?? []
        sets.set(set, points)
        const seconds = (startedAtWallMs + t) / 1000
        // A series has one value at a time, and times only grow.
        if (points.length === 0 || (points.at(-1) as Point).seconds < seconds)
          points.push({ seconds, value: value.value })
      }
  const lines = [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([family, sets]) => [
      `# TYPE ${family} gauge`,
      ...[...sets].flatMap(([set, points]) =>
        points.map(({ seconds, value }) => `${family}${set} ${value} ${seconds.toFixed(3)}`),
      ),
    ])
  return `${[...lines, '# EOF'].join('\n')}\n`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${key}="${escaped(value)}"`).join(',')}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
