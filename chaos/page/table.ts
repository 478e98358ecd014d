import { type Html, html } from './html.ts'

type Content = Html | string | number

/**
 * What is said of each row, and over it; null leaves the corner empty. `kind`: classes of its cells; `n` for numbers,
 * which stand to the right.
 */
type TableColumn<Row> = readonly [head: Content | null, cell: (row: Row) => Content, kind?: string]

interface Table<Row> {
  /** Names the region that scrolls, for screen readers. */
  readonly label: string
  readonly rows: readonly Row[]
  /** The first is the head of its row. */
  readonly columns: readonly TableColumn<NoInfer<Row>>[]
  /** A last row that sums up: a cell for each column. */
  readonly foot?: readonly Content[]
  /** Classes of the table. */
  readonly kind?: string
  /** Addresses of its rows within the page. @default none */
  readonly idOf?: (row: NoInfer<Row>) => string | undefined
}

/** A row for each of what is listed, a column for each thing that is said of it. */
export function table<Row>({ label, columns, rows, foot, kind = '', idOf }: Table<Row>): Html {
  const kinds = columns.map(([, , own = '']) => own)
  return scrolling(
    label,
    html`<table${classOf(kind)}>
<thead><tr>${columns.map(([head, , own = '']) => headCell(head, own))}</tr></thead>
<tbody>${rows.map(row =>
      tableRow(
        kinds,
        columns.map(([, cell]) => cell(row)),
        idOf?.(row),
      ),
    )}</tbody>${foot && html`\n<tfoot>${tableRow(kinds, foot)}</tfoot>`}</table>`,
  )
}

/** On a narrow screen a table scrolls by itself, also by keyboard, and the page does not. */
export function scrolling(label: string, wide: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${wide}</div>`
}

function headCell(head: Content | null, kind: string): Html {
  return head === null ? html`<td></td>` : html`<th scope="col"${classOf(kind)}>${head}</th>`
}

function tableRow(kinds: readonly string[], [first = '', ...others]: readonly Content[], id?: string): Html {
  return html`<tr${id === undefined ? '' : html` id="${id}"`}><th scope="row">${first}</th>${others.map(
    (cell, index) => html`<td${classOf(kinds[index + 1] ?? '')}>${cell}</td>`,
  )}</tr>`
}

const classOf = (kind: string): Html | string => (kind === '' ? '' : html` class="${kind}"`)
