import type { PlatformBehaviour } from '../score/measurements.ts'
import { clockTime, ms, plural } from './format.ts'
import { type Html, html } from './html.ts'
import type { ReportData } from './report-data.ts'

/** What brokers did by themselves. Empty where nothing of the kind was seen, which is what most runs have. */
export function platformSection({ measurements, zero }: ReportData): Html {
  const { restarts = [], failovers = [] } = measurements.platform ?? {}
  if (restarts.length + failovers.length === 0) return html``
  return html`<section id="platform" aria-labelledby="platform-h">
<h2 id="platform-h">What the platform did by itself</h2>
${restarts.length > 0 && restartsTable(restarts, zero)}
${failovers.length > 0 && failoversTable(failovers, zero)}
</section>`
}

/** No fault had taken these processes, and no heal brought them back. */
function restartsTable(restarts: PlatformBehaviour['restarts'], zero: number): Html {
  return html`<p class="lead">${plural(restarts.length, 'broker process', 'broker processes')} ended though nothing of the drill ended ${restarts.length === 1 ? 'it' : 'them'}. A restart policy, as systemd or Kubernetes would, started ${restarts.length === 1 ? 'it' : 'them'} again.</p>
<div class="scroll" role="region" aria-label="Brokers that ended by themselves" tabindex="0"><table>
<thead><tr><th scope="col">Broker</th><th scope="col" class="n">At</th><th scope="col" class="n">Started again after</th><th scope="col">Its last words</th></tr></thead>
<tbody>${restarts.map(
    restart =>
      html`<tr><th scope="row">${restart.node}</th><td class="n">${clockTime(restart.t - zero)}</td><td class="n">${restart.afterMs === null ? 'not any more' : ms(restart.afterMs)}</td><td><code>${restart.lastWords.at(-1) ?? 'nothing'}</code></td></tr>`,
  )}</tbody></table></div>
<p class="source">journal.jsonl ${restarts.map(({ line }) => `line ${line}`).join(' · ')} → measurements.json /platform/restarts</p>`
}

function failoversTable(failovers: PlatformBehaviour['failovers'], zero: number): Html {
  const at = (t: number | null) => (t === null ? 'not told' : clockTime(t - zero))
  return html`<h3>Failovers, as the brokers’ logs tell them</h3>
<div class="scroll" role="region" aria-label="Failovers" tabindex="0"><table>
<thead><tr><th scope="col">Failed</th><th scope="col">Taken over by</th><th scope="col" class="n">Fenced</th><th scope="col" class="n">Assigned</th><th scope="col" class="n">Begun</th><th scope="col" class="n">Complete</th><th scope="col" class="n">Noted</th></tr></thead>
<tbody>${failovers.map(
    one =>
      html`<tr><th scope="row">broker ${one.failedNode}</th><td>${one.target === null ? 'not told' : `broker ${one.target}`}</td>${[one.fencedAt, one.assignedAt, one.startedAt, one.completedAt, one.closedAt].map(t => html`<td class="n">${at(t)}</td>`)}</tr>`,
  )}</tbody></table></div>
<p class="source">logs/broker-*.log → measurements.json /platform/failovers</p>`
}
