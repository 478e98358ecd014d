import type { PlatformBehaviour } from '../record/measurements.ts'
import { bytes, clockTime, ms, plural, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'

/**
 * What brokers did by themselves, what the drill waited for, and how a shared platform used its store. Empty where
 * nothing of the kind was seen, which is what most runs have.
 */
export const platformSection: Section<ReportData> = {
  id: 'platform',
  label: 'Platform',
  title: 'What the platform did by itself',
  when: ({ measurements: { platform = { restarts: [], failovers: [] } } }) =>
    [platform.restarts, platform.failovers, platform.waits, platform.storage].some(
      seen => (seen ?? []).length > 0,
    ),
  body: renderPlatform,
}

function renderPlatform({ measurements, zero }: ReportData): Html {
  const { restarts = [], failovers = [], waits = [], storage = [] } = measurements.platform ?? {}
  return html`${restarts.length > 0 && restartsTable(restarts, zero)}
${failovers.length > 0 && failoversTable(failovers, zero)}
${waits.length > 0 && waitsTable(waits, zero)}
${storage.length > 0 && storageTable(storage)}`
}

function waitsTable(waits: NonNullable<PlatformBehaviour['waits']>, zero: number): Html {
  return html`<h3>What the drill waited for</h3>
<p class="lead">A fault on a broker that is too young, or that leads nothing, would not show what it is for. While one waited, nothing else of the timeline began: all that follows is later by as much.</p>
<div class="scroll" role="region" aria-label="Waits" tabindex="0"><table>
<thead><tr><th scope="col">What waited</th><th scope="col" class="n">From</th><th scope="col" class="n">For</th><th scope="col">Because</th></tr></thead>
<tbody>${waits.map(
    ({ id, t, forMs, why }) =>
      html`<tr><th scope="row">${id ?? 'the timeline'}</th><td class="n">${clockTime(t - zero)}</td><td class="n">${forMs === null ? 'the rest of the run' : ms(forMs)}</td><td>${why}</td></tr>`,
  )}</tbody></table></div>
<p class="source">journal.jsonl ${waits.map(({ line }) => `line ${line}`).join(' · ')} → measurements.json /platform/waits</p>`
}

function storageTable(storage: NonNullable<PlatformBehaviour['storage']>): Html {
  return html`<h3>Between brokers and their store, by the brokers’ own metrics</h3>
<p class="lead">While the fleet sent, from the timeline’s beginning. A broker is asked each ten seconds, so that the most that was pending may have been more. Requests and bytes as the store’s own link saw them are under traffic.</p>
<div class="scroll" role="region" aria-label="Brokers and their store" tabindex="0"><table>
<thead><tr><th scope="col">Broker</th><th scope="col" class="n">Most acknowledged, not yet uploaded</th><th scope="col" class="n">Uploaded</th><th scope="col" class="n">Downloaded</th><th scope="col" class="n">Passed on by the zone router</th></tr></thead>
<tbody>${storage.map(
    one =>
      html`<tr><th scope="row">${one.node}</th>${[one.mostPendingBytes, one.uploadedBytes, one.downloadedBytes, one.routedBytes].map(value => html`<td class="n">${shown(value, bytes)}</td>`)}</tr>`,
  )}</tbody></table></div>
<p class="source">samples/broker-metrics.jsonl → measurements.json /platform/storage</p>`
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
