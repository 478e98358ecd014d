import { ms } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'

/** What those who recover could have seen, signal by signal and phase by phase. */
export const observabilitySection: Section<ReportData> = {
  id: 'signals',
  label: 'Signals',
  title: 'Signals: what could be seen, and when',
  when: ({ measurements }) => (measurements.observability[0]?.phases ?? []).length > 0,
  body: renderSignals,
}

function renderSignals({ measurements }: ReportData): Html {
  const rows = measurements.observability
  const phases = rows[0]?.phases.map(phase => phase.name) ?? []
  return html`<p class="lead">The share of the samples due in each phase that came; below it, the longest time without one. A broker that is down serves no metrics: whoever recovers it does not see them either.</p>
<div class="scroll" role="region" aria-label="Coverage of signals by phase" tabindex="0"><table>
<thead><tr><th scope="col">Signal</th>${phases.map(name => html`<th scope="col" class="n">${name}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr><th scope="row">${row.signal}</th>${row.phases.map(cell)}</tr>`)}</tbody></table></div>
<p class="source">measurements.json /observability; samples/*.jsonl</p>`
}

function cell({
  share,
  longestGapMs,
}: {
  readonly share: number | null
  readonly longestGapMs: number | null
}): Html {
  if (share === null || longestGapMs === null) return html`<td class="n">not exercised</td>`
  return html`<td class="n">${Math.floor(share * 100)} %<br><small>${ms(longestGapMs)}</small></td>`
}
