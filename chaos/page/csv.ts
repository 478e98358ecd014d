import { type Html, html } from './html.ts'

export type CsvCell = string | number | null

/** A link to a file of values that the page itself holds: no script and no request is needed for it. */
export function csvLink(name: string, head: readonly string[], rows: readonly (readonly CsvCell[])[]): Html {
  const text = [head, ...rows].map(row => row.map(cell).join(',')).join('\n')
  return html`<a href="data:text/csv;charset=utf-8,${encodeURIComponent(`${text}\n`)}" download="${name}.csv">${name}.csv</a>`
}

/** Numbers as they were measured, not as they are shown; what is not known is empty. */
const cell = (value: CsvCell): string =>
  value === null ? '' : typeof value === 'number' ? String(value) : `"${value.replaceAll('"', '""')}"`
