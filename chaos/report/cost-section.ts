import type { CostFile, CostMeters } from '../record/cost-file.ts'
import { PLATFORM_CAUSES } from '../cost/meters/causes.ts'
import type { Measured } from '../record/measured.ts'
import { billPart } from './cost-bill.ts'
import { bytes, count, seconds, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { scrolling, table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'
import { chip } from '../page/verdict-chip.ts'

type Deviation = CostFile['deviations'][number]
type Cause = (typeof PLATFORM_CAUSES)[number]

/** What the run moved, asked of the store and kept; then what its platform costs for a workload that is stated. */
export const costSection: Section<ReportData> = {
  id: 'cost',
  label: 'Cost',
  title: 'What it moved, and what that costs',
  body: renderCost,
}

function renderCost({ cost, header }: ReportData): Html {
  return html`${
    cost === null || cost.meters === null
      ? html`<p>There is no cost.json in this run: <code>npx . cost runs/${header.run}</code> prices it.</p>`
      : html`${movedPart(cost, cost.meters)}${storePart(cost.meters)}${keptPart(cost.meters)}${billPart(cost, cost.meters)}`
  }`
}

export const CAUSE_WORDS: Readonly<Record<Cause, readonly [name: string, note: string]>> = {
  produce: ['Produce', 'clients to leaders'],
  replicate: ['Replicate', 'leaders to followers'],
  consume: ['Consume', 'to the live readers'],
  replay: ['Replay', 'to the recovery consumer'],
  recovery: ['Recovery', 'replicas that caught up, beyond the steady rate'],
  control: ['Control', 'the quorum'],
  'object-store': ['Object store', 'in no zone: see below'],
  connector: ['Connector', 'between brokers and the worker'],
}

const VERDICTS: Readonly<Record<Deviation['verdict'], readonly [chip: string, word: string]>> = {
  within: ['pass', 'as the formula'],
  explained: ['not-judged', 'explained'],
  flagged: ['inconclusive', 'flagged'],
  unknown: ['not-judged', 'not known'],
}

function movedPart({ deviations }: CostFile, { crossed, ingest }: CostMeters): Html {
  const causes = PLATFORM_CAUSES.filter(
    cause => cause !== 'object-store' && (cause !== 'connector' || crossed.byCause.connector !== undefined),
  )
  const of = (cause: Cause) => deviations.find(({ ratio }) => ratio === cause)
  const told = deviations.filter(({ verdict }) => verdict !== 'within')
  return html`<h3>Bytes that crossed zones, by cause</h3>
<p class="lead">${shown(ingest.bytes, bytes)} of records were ingested, ${shown(ingest.records, count)} of them; ${sumOf(causes, crossed.byCause)} of the platform’s own crossed from one zone to another. The ratios are of the steady part before the first fault, and of the replay while it ran. What the protocol adds to records is in them; headers of TCP and IP, which a cloud bills too, are not: payloads of connections were counted.</p>
${scrolling(
  'Bytes that crossed zones by cause',
  html`<table class="matrix crossings">
<thead><tr><td></td><th scope="col" class="n">Crossed</th><th scope="col" class="n">For each byte</th><th scope="col" class="n">Usual formula</th><th scope="col" class="n">Least possible</th><th scope="col" class="n">Finding</th></tr></thead>
<tbody>${causes.map(cause => causeRow(cause, crossed.byCause[cause], of(cause)))}</tbody>
<tfoot><tr><th scope="row">The platform’s own</th><td class="n">${sumOf(causes, crossed.byCause)}</td><td colspan="4"></td></tr></tfoot></table>`,
)}
<p class="source">Beside these ${shown(crossed.byCause.audit, bytes)} of this program’s own last read, and ${shown(crossed.byCause.unattributed, bytes)} that are unattributed. cost.json /meters/crossed, /deviations</p>
${told.length > 0 && html`<ul class="notes">${told.map(({ ratio, why }) => html`<li><b>${CAUSE_WORDS[ratio as Cause]?.[0] ?? 'Between the regions'}</b>: ${why}</li>`)}</ul>`}`
}

function causeRow(cause: Cause, crossed: Measured | undefined, deviation: Deviation | undefined): Html {
  const [name, note] = CAUSE_WORDS[cause]
  const ratio = (value: number | null) => (value === null ? '–' : value.toFixed(2))
  const [kind, word] = deviation ? VERDICTS[deviation.verdict] : ['', '']
  return html`<tr><th scope="row">${name}<small>${note}</small></th><td class="n">${shown(crossed, bytes)}</td>${
    deviation
      ? html`<td class="n">${ratio(deviation.measured.value)}<small>per ${deviation.per}</small></td><td class="n">${ratio(deviation.formula)}</td><td class="n">${ratio(deviation.least)}</td><td class="n">${chip(kind, word)}</td>`
      : html`<td class="n">–</td><td class="n">–</td><td class="n">–</td><td></td>`
  }</tr>`
}

function sumOf(causes: readonly Cause[], byCause: CostMeters['crossed']['byCause']): string {
  const values = causes.map(cause => byCause[cause]?.value ?? null)
  return values.includes(null)
    ? 'not known'
    : bytes(values.reduce<number>((sum, value) => sum + (value ?? 0), 0))
}

/** Requests depend on the ingest rate more than on bytes, so that the rate stands beside them. */
function storePart({ objectStore }: CostMeters): Html {
  const { requests, failed, ingestBytesPerSecond, toStoreBytes, fromStoreBytes, overLinks } = objectStore
  const operations = Object.entries(requests).toSorted(([, a], [, b]) => (b.value ?? 0) - (a.value ?? 0))
  if (operations.length === 0 && overLinks.length === 0) return html``
  const rate = shown(ingestBytesPerSecond, value => `${bytes(value)}/s`)
  return html`<h3>What the object store was asked</h3>
<p class="lead">At ${rate} of ingest. Requests follow the rate and the clock more than the bytes, so they are not multiplied up: the bill has the model’s own count for the stated rate.</p>
${
  operations.length > 0 &&
  table({
    label: 'Requests to the object store by operation',
    kind: 'compact',
    rows: operations,
    columns: [
      ['Operation', ([name]) => name],
      ['Requests', ([, value]) => shown(value, count), 'n'],
    ],
    foot: ['All', count(operations.reduce((sum, [, { value }]) => sum + (value ?? 0), 0))],
  })
}
<p class="source">${shown(failed, count)} of them were answered with an error or not at all; that something is not there is no error. Bodies: ${shown(toStoreBytes, bytes)} to the store, ${shown(fromStoreBytes, bytes)} from it. samples/object-store.jsonl → cost.json /meters/objectStore</p>`
}

function keptPart({
  stored,
  brokers,
  operatorSteps,
  connectorBytes,
  connector,
  interRegionBytes,
}: CostMeters): Html {
  const rows: readonly (readonly [string, string])[] = [
    ['Kept on brokers, every replica', onBrokers(stored.onBrokersBytes)],
    ['Kept in the object store', orWhy(stored.inObjectStoreBytes)],
    ['One copy, keys and values alone', shown(stored.oneCopyBytes, bytes)],
    [
      'CPU of the brokers',
      brokers.map(({ node, cpuSeconds }) => `broker ${node} ${shown(cpuSeconds, seconds)}`).join(', '),
    ],
    ['Memory of the brokers, peak', brokers.map(memoryWords).join(', ')],
    [
      'Steps for an operator',
      `${shown(operatorSteps, count)}: replays that were started, and brokers that had to be brought back`,
    ],
    ['Connector traffic', orWhy(connectorBytes)],
    ...(interRegionBytes ? [['Between the regions, both ways', orWhy(interRegionBytes)] as const] : []),
    ...(connector ? [['What the connector’s sink has', sinkWords(connector)] as const] : []),
  ]
  return html`<h3>What was kept and used</h3>
<dl class="facts">${rows.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<p class="source">cost.json /meters: each number names the samples that it comes from</p>`
}

/** Twice is a sink's right, since it delivers at least once; less than is stored is what it owes. */
function sinkWords({ storedRecords, sinkLines, sinkBytes }: NonNullable<CostMeters['connector']>): string {
  if (sinkLines.value === null) return orWhy(sinkLines)
  const has = `${count(sinkLines.value)} lines, ${shown(sinkBytes, bytes)}`
  if (storedRecords.value === null) return `${has}; ${storedRecords.why}`
  const missing = storedRecords.value - sinkLines.value
  return `${has}, for ${count(storedRecords.value)} records${missing > 0 ? `: ${count(missing)} of them are missing` : ''}`
}

function orWhy({ value, why }: Measured): string {
  return value === null ? `not known: ${why}` : bytes(value)
}

function onBrokers(kept: Measured): string {
  if (kept.value === null) return orWhy(kept)
  const looked = kept.from.some(({ selector }) => selector.endsWith('/segmentBytes'))
  return `${bytes(kept.value)}, ${looked ? 'at the last look, of one every ten seconds' : 'worked out: one copy times the replicas'}`
}

/** Proportional set size where the system tells it: three brokers share pages of one archive. */
function memoryWords({ node, peakMemoryBytes, memoryIs }: CostMeters['brokers'][number]): string {
  return `broker ${node} ${shown(peakMemoryBytes, bytes)} (${memoryIs.toUpperCase()})`
}
