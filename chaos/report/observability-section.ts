import { ms } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { ReportData } from './report-data.ts'

/** What those who recover could have seen, signal by signal and phase by phase. */
export function observabilitySection({ measurements }: ReportData): Html {
  const rows = measurements.observability
  const phases = rows[0]?.phases.map(phase => phase.name) ?? []
  if (phases.length === 0) return html``
  return html`<section id="signals" aria-labelledby="signals-h">
<h2 id="signals-h">Signals: what could be seen, and when</h2>
<p class="lead">The share of the samples due in each phase that came; below it, the longest time without one. A broker that is down serves no metrics: whoever recovers it does not see them either.</p>
<div class="scroll" role="region" aria-label="Coverage of signals by phase" tabindex="0"><table>
<thead><tr><th scope="col">Signal</th>${phases.map(name => html`<th scope="col" class="n">${name}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr><th scope="row">${row.signal}</th>${row.phases.map(cell)}</tr>`)}</tbody></table></div>
<p class="source">measurements.json /observability; samples/*.jsonl</p>
</section>`
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
