import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { wrongDevicesSection } from '../../../chaos/report/wrong-devices-section.ts'

const dataWith = (refusedBatches?: object) =>
  ({ measurements: { service: { refusedBatches } } }) as unknown as ReportData

describe('what brokers refused, in the report', () => {
  it('names the devices that are wrong, those that were in the same batch, and those left without data', () => {
    const names = Array.from({ length: 30 }, (_, device) => `d${device}`)
    const data = dataWith({
      batches: 12,
      badDevices: 1,
      bad: [{ device: 'd40', records: 9 }],
      healthyDevices: 30,
      healthy: names,
      withoutDataDevices: 0,
      withoutData: [],
      why: null,
      file: 'history/gw-az-a-1.jsonl',
    })
    assert.equal(wrongDevicesSection.when?.(data), true)
    const text = textOf(wrongDevicesSection.body(data))
    assert.match(text, /12 batches were refused so/)
    assert.match(text, /Refused by themselves \| 1 \| d40 \(9 records\)/)
    assert.match(text, /Healthy, refused with them \| 30 \| d0, d1, .*d19 and 10 more devices/)
    assert.match(text, /never stored afterwards \| 0 \| none/)
  })

  it('is left out where no batch was refused', () => {
    assert.equal(wrongDevicesSection.when?.(dataWith()), false)
  })
})
