import { count, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import { instantOf, momentId, momentLink } from './moments.ts'
import type { ReportData } from './report-data.ts'
import type { Said } from './said.ts'

/** What brokers wrote into their logs in the seconds of the timeline. */
export const saidSection: Section<ReportData> = {
  id: 'said',
  label: 'Logs',
  title: 'What brokers said, second by second',
  when: ({ said }) => (said?.lines.length ?? 0) > 0,
  body: renderSaid,
}

/** The address of the first line of a second, where a second’s values lead to. */
export const saidId = (data: ReportData, instant: number): string => `said-${momentId(data, instant)}`

/** The seconds of which there are lines. */
export function saidInstants(data: ReportData): ReadonlySet<number> {
  return new Set((data.said?.lines ?? []).map(({ t }) => instantOf(data, t)))
}

function renderSaid(data: ReportData): Html {
  const { lines = [], more = 0 } = data.said ?? {}
  const named = new Set<string>()
  const idOf = ({ t }: Said) => {
    const id = saidId(data, instantOf(data, t))
    if (named.has(id)) return undefined
    named.add(id)
    return id
  }
  return html`<p class="lead">Warnings and errors of the brokers’ own logs, from the steady state to the end. A time leads to what was measured in that second.${
    more > 0 && ` Left out: ${plural(more, 'further line')}, where one broker wrote many in a second.`
  }</p>
<details${lines.length <= 30 ? html` open` : ''}><summary>${count(lines.length)} lines</summary>${table({
    label: 'Lines of logs',
    kind: 'values said',
    rows: lines,
    idOf,
    columns: [
      ['Time', ({ t }) => momentLink(data, t)],
      ['Broker', ({ node }) => node, 'n'],
      ['Level', ({ level }) => level],
      ['What it said', ({ words }) => html`<code>${words}</code>`],
    ],
  })}</details>
<p class="source">logs/broker-*.log</p>`
}
