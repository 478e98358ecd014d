import { type Html, html } from '../../page/html.ts'
import { scrolling } from '../../page/table.ts'
import type { Column } from './columns.ts'

/** What stands on top of a column, and beside each of its values on a phone. */
export interface Heading {
  readonly name: string
  readonly tag: string | null
  /** Name and tag in one line. */
  readonly label: string
  /** For a phone, and for the axis of a drawing; it says in a word what the tag says. */
  readonly short: string
  /** Below the name. */
  readonly below?: Html
}

export interface PlatformRow<C extends Heading = Column> {
  readonly label: Html | string
  readonly note?: Html | string | null
  readonly cell: (column: C) => Html | string
  /** The first row of a group, with its verdicts, or its sum. */
  readonly leads?: boolean
}

interface PlatformTable<C extends Heading> {
  /** Names the region that scrolls, for those who hear the page. */
  readonly label: string
  readonly first: string
  readonly columns: readonly C[]
  /** A `tbody` each. */
  readonly groups: readonly (readonly PlatformRow<C>[])[]
}

/**
 * Something of each platform, a column each. On a phone every row becomes a small list, in which each value
 * carries its platform's name and whatever must be said beside it.
 */
export function platformTable<C extends Heading>({ label, first, columns, groups }: PlatformTable<C>): Html {
  return scrolling(
    label,
    html`<table class="platforms">
<thead><tr><th scope="col">${first}</th>${columns.map(columnHead)}</tr></thead>
${groups.map(rows => html`<tbody>${rows.map(row => tableRow(row, columns))}</tbody>`)}
</table>`,
  )
}

function columnHead({ name, tag, below }: Heading): Html {
  return html`<th scope="col" class="head"><span class="name">${name}</span>${
    tag && html`<span class="tag">${tag}</span>`
  }${below}</th>`
}

function tableRow<C extends Heading>(
  { label, note, cell, leads }: PlatformRow<C>,
  columns: readonly C[],
): Html {
  return html`<tr class="${leads ? 'leads' : 'under'}"><th scope="row">${label}${note && html`<small>${note}</small>`}</th>${columns.map(
    column => html`<td data-of="${column.short}">${cell(column)}</td>`,
  )}</tr>`
}

/** The numbers behind a drawing, one click away. */
export function collapsible(summary: string, table: Html): Html {
  return html`<details><summary>${summary}</summary>${table}</details>`
}
