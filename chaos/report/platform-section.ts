import type { PlatformBehaviour } from '../record/platform-behaviour.ts'
import { bytes, clockTime, ms, plural, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
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
${table({
  label: 'Waits',
  rows: waits,
  columns: [
    ['What waited', ({ id }) => id ?? 'the timeline'],
    ['From', ({ t }) => clockTime(t - zero), 'n'],
    ['For', ({ forMs }) => (forMs === null ? 'the rest of the run' : ms(forMs)), 'n'],
    ['Because', ({ why }) => why],
  ],
})}
<p class="source">journal.jsonl ${waits.map(({ line }) => `line ${line}`).join(' · ')} → measurements.json /platform/waits</p>`
}

function storageTable(storage: NonNullable<PlatformBehaviour['storage']>): Html {
  return html`<h3>Between brokers and their store, by the brokers’ own metrics</h3>
<p class="lead">While the fleet sent, from the timeline’s beginning. A broker is asked each ten seconds, so that the most that was pending may have been more. Requests and bytes as the store’s own link saw them are under traffic.</p>
${table({
  label: 'Brokers and their store',
  rows: storage,
  columns: [
    ['Broker', ({ node }) => node],
    ['Most acknowledged, not yet uploaded', ({ mostPendingBytes }) => shown(mostPendingBytes, bytes), 'n'],
    ['Uploaded', ({ uploadedBytes }) => shown(uploadedBytes, bytes), 'n'],
    ['Downloaded', ({ downloadedBytes }) => shown(downloadedBytes, bytes), 'n'],
    ['Passed on by the zone router', ({ routedBytes }) => shown(routedBytes, bytes), 'n'],
  ],
})}
<p class="source">samples/broker-metrics.jsonl → measurements.json /platform/storage</p>`
}

/** No fault had taken these processes, and no heal brought them back. */
function restartsTable(restarts: PlatformBehaviour['restarts'], zero: number): Html {
  return html`<p class="lead">${plural(restarts.length, 'broker process', 'broker processes')} ended though nothing of the drill ended ${restarts.length === 1 ? 'it' : 'them'}. A restart policy, as systemd or Kubernetes would, started ${restarts.length === 1 ? 'it' : 'them'} again.</p>
${table({
  label: 'Brokers that ended by themselves',
  rows: restarts,
  columns: [
    ['Broker', ({ node }) => node],
    ['At', ({ t }) => clockTime(t - zero), 'n'],
    ['Started again after', ({ afterMs }) => (afterMs === null ? 'not any more' : ms(afterMs)), 'n'],
    ['Its last words', ({ lastWords }) => html`<code>${lastWords.at(-1) ?? 'nothing'}</code>`],
  ],
})}
<p class="source">journal.jsonl ${restarts.map(({ line }) => `line ${line}`).join(' · ')} → measurements.json /platform/restarts</p>`
}

function failoversTable(failovers: PlatformBehaviour['failovers'], zero: number): Html {
  const at = (t: number | null) => (t === null ? 'not reported' : clockTime(t - zero))
  return html`<h3>Failovers, as the brokers’ logs tell them</h3>
${table({
  label: 'Failovers',
  rows: failovers,
  columns: [
    ['Failed', ({ failedNode }) => `broker ${failedNode}`],
    ['Taken over by', ({ target }) => (target === null ? 'not reported' : `broker ${target}`)],
    ['Fenced', ({ fencedAt }) => at(fencedAt), 'n'],
    ['Assigned', ({ assignedAt }) => at(assignedAt), 'n'],
    ['Begun', ({ startedAt }) => at(startedAt), 'n'],
    ['Complete', ({ completedAt }) => at(completedAt), 'n'],
    ['Noted', ({ closedAt }) => at(closedAt), 'n'],
  ],
})}
<p class="source">logs/broker-*.log → measurements.json /platform/failovers</p>`
}
