import { count, list, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import type { RefusedBatches } from '../record/service-measurement.ts'
import type { ReportData } from './report-data.ts'

const SHOWN = 20

/** What wrong devices left in topics, whose records brokers refused, and who was only in the same batch. */
export const wrongDevicesSection: Section<ReportData> = {
  id: 'wrong-devices',
  label: 'Wrong devices',
  title: 'Devices that were wrong, and what became of their records',
  when: data =>
    data.measurements.service?.refusedBatches !== undefined ||
    faultsOf(data).length > 0 ||
    LEFT.some(([name]) => leftOf(data, name) > 0) ||
    ofWrongClocks(data) > 0,
  body: data => {
    const refused = data.measurements.service?.refusedBatches
    return html`${firmwarePart(data)}${clocksPart(data)}${refused && renderRefused(refused)}`
  },
}

/** What the audit tells apart. */
const LEFT = [
  ['malformed', 'Malformed: bytes in a record’s place, or a version that no consumer reads'],
  ['repaired', 'Repaired: made of such by a repair job'],
  ['repeatedByFirmware', 'Repeated by wrong firmware, which nobody meant'],
  ['sequenceRestarted', 'Sequence restarted: other records under an id that is in use'],
  [
    'orderNotJudged',
    'Order not judged: of devices whose sequence restarted, and repaired behind later records',
  ],
] as const

const leftOf = ({ audit }: ReportData, name: string): number => Number(audit?.counts[name] ?? 0)

const faultsOf = ({ measurements }: ReportData) =>
  measurements.faults.filter(({ kind }) => kind === 'bad-firmware' || kind === 'schema-mistake')

function firmwarePart(data: ReportData): Html | null {
  const faults = faultsOf(data)
  if (faults.length === 0 && LEFT.every(([name]) => leftOf(data, name) === 0)) return null
  const restarts = (data.audit?.anomalies['sequence-restarted'] ?? []).flatMap(example =>
    typeof example === 'object' && example !== null && 'what' in example ? [String(example.what)] : [],
  )
  return html`<p class="lead">${faults.map(({ summary }) => html`Wrong firmware on ${summary}. `)}None of what follows counts as lost, or as a repeat or disorder of a healthy device.</p>
${table({
  label: 'What wrong firmware left in topics',
  rows: LEFT,
  columns: [
    ['What is stored', ([, what]) => what],
    ['Records', ([name]) => (data.audit ? count(leftOf(data, name)) : 'not audited'), 'n'],
  ],
})}
${restarts.length > 0 && html`<ul class="notes">${restarts.map(what => html`<li>${what}</li>`)}</ul>`}
<p class="source">audit.json /counts</p>`
}

const ofWrongClocks = ({ samples }: ReportData): number =>
  samples.fleet.rows.reduce((sum, { wrongClocks = 0 }) => sum + wrongClocks, 0)

function clocksPart(data: ReportData): Html | null {
  const records = ofWrongClocks(data)
  if (records === 0) return null
  return html`<p class="lead">${plural(records, 'acknowledged record')} came from devices whose clock was wrong. Latencies leave them out: a request counts from its first record of another device, and one that has none does not count.</p>
<p class="source">samples/fleet.jsonl /wrongClocks</p>`
}

type Group = readonly [who: string, count: number, devices: Html | string]

function renderRefused(found: RefusedBatches): Html {
  const { bad, healthy, withoutData } = found
  const names = (devices: readonly string[], total: number) => {
    const shown = devices.slice(0, SHOWN)
    const more = total - shown.length
    return list([...shown, ...(more > 0 ? [plural(more, 'more device')] : [])])
  }
  const rows: readonly Group[] = [
    [
      'Refused by themselves',
      found.badDevices,
      names(
        bad.map(({ device, records }) => `${device} (${plural(records, 'record')})`),
        found.badDevices,
      ),
    ],
    ['Healthy, refused with them', found.healthyDevices, names(healthy, found.healthyDevices)],
    [
      '… and never stored afterwards',
      found.withoutDataDevices,
      names(
        withoutData.map(({ device, records }) => `${device} (${records.join(', ')})`),
        found.withoutDataDevices,
      ),
    ],
  ]
  return html`<p class="lead">A broker refuses a whole batch for one bad record. ${plural(found.batches, 'batch was', 'batches were')} refused so; gateways sent their parts apart until the bad record was alone.</p>
${table({
  label: 'Devices whose records were refused',
  rows,
  columns: [
    ['Devices', ([who]) => who],
    ['How many', ([, devices]) => count(devices), 'n'],
    ['Which', ([, devices, which]) => (devices === 0 ? 'none' : which)],
  ],
})}
${found.why !== null && html`<p class="lead">There may be more: ${found.why}.</p>`}
<p class="source">history/gw-*.jsonl → measurements.json /service/refusedBatches</p>`
}
