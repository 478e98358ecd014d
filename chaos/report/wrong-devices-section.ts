import { count, list, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import type { RefusedBatches } from '../record/service-measurement.ts'
import type { ReportData } from './report-data.ts'

const SHOWN = 20

/** Whose records brokers refused, and who was only in the same batch. */
export const wrongDevicesSection: Section<ReportData> = {
  id: 'wrong-devices',
  label: 'Wrong devices',
  title: 'What brokers refused, and of whom',
  when: ({ measurements }) => measurements.service?.refusedBatches !== undefined,
  body: ({ measurements }) => renderRefused(measurements.service?.refusedBatches as RefusedBatches),
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
