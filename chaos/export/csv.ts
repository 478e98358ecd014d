import type { SeriesName } from '../record/samples.ts'
import { flatSamples, type FlatValue } from './flat-samples.ts'

/** A series as one table: `t_ms`, then a column for each number that any of its samples has; null where it has none. */
export async function seriesCsv(runDir: string, series: SeriesName): Promise<string | null> {
  const columns: string[] = []
  const places = new Map<string, number>()
  const rows: (readonly [number, ReadonlyMap<number, number>])[] = []
  for await (const { t, values } of flatSamples(runDir, series)) {
    const row = new Map<number, number>()
    for (const value of values) {
      const column = columnOf(value)
      let place = places.get(column)
      if (place === undefined) {
        place = columns.push(column) - 1
        places.set(column, place)
      }
      row.set(place, value.value)
    }
    rows.push([t, row])
  }
  if (rows.length === 0) return null
  const lines = rows.map(([t, row]) => [t, ...columns.map((_, place) => row.get(place) ?? '')].join(','))
  return `${['t_ms', ...columns].map(cell).join(',')}\n${lines.join('\n')}\n`
}

/** `latency_p99{zone=az-a}` */
function columnOf({ name, labels }: FlatValue): string {
  const entries = Object.entries(labels)
  return entries.length === 0
    ? name
    : `${name}{${entries.map(([key, value]) => `${key}=${value}`).join(';')}}`
}

/** RFC 4180; what a spreadsheet would take for a formula begins with a quote. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
