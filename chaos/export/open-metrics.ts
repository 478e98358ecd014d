import { gauges, type OfRun } from './timed-values.ts'

/**
 * All samples of a run as OpenMetrics text with times, as `promtool tsdb create-blocks-from openmetrics` takes it:
 * every metric is a gauge `aftershock_<series>_<name>` with the run, the drill and the platform as labels.
 */
export async function openMetrics(runDir: string, run: OfRun): Promise<string> {
  const families = new Map<string, Map<string, string[]>>()
  for await (const { metric, attributes, wallMs, value } of gauges(runDir, run)) {
    const sets = families.get(metric) ?? new Map<string, string[]>()
    families.set(metric, sets)
    const set = labelText(attributes)
    const points = sets.get(set) ?? []
    sets.set(set, points)
    points.push(`${metric}${set} ${value} ${(wallMs / 1000).toFixed(3)}`)
  }
  const lines = [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([family, sets]) => [`# TYPE ${family} gauge`, ...[...sets.values()].flat()])
  return `${[...lines, '# EOF'].join('\n')}\n`
}

const labelText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${escaped(value)}"`)
    .join(',')}}`

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
