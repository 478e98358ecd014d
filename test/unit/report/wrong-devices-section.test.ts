import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { wrongDevicesSection } from '../../../chaos/report/wrong-devices-section.ts'

const dataWith = (refusedBatches?: object, more: object = {}) =>
  ({
    measurements: { service: { refusedBatches }, faults: [] },
    samples: { fleet: { rows: [] } },
    audit: null,
    ...more,
  }) as unknown as ReportData

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

describe('wrong firmware, in the report', () => {
  const counts = { malformed: 12, repeatedByFirmware: 3, sequenceRestarted: 0, orderNotJudged: 0 }

  it('has what it left in topics, each kind by itself', () => {
    const data = dataWith(undefined, { audit: { counts, anomalies: {} } })
    assert.equal(wrongDevicesSection.when?.(data), true)
    const text = textOf(wrongDevicesSection.body(data))
    assert.match(text, /Malformed: [^|]* \| 12/)
    assert.match(text, /Repeated by wrong firmware[^|]* \| 3/)
    assert.match(text, /Sequence restarted[^|]* \| 0/)
  })

  it('names the devices whose sequence restarted', () => {
    const what = 'sequence restarted: d2/1 gave 10 ids from 0 to 9 to other records too'
    const audit = { counts: { sequenceRestarted: 10 }, anomalies: { 'sequence-restarted': [{ what }] } }
    assert.match(textOf(wrongDevicesSection.body(dataWith(undefined, { audit }))), /d2\/1 gave 10 ids/)
  })

  it('says whose latencies are left out', () => {
    const data = dataWith(undefined, { samples: { fleet: { rows: [{ wrongClocks: 5 }, {}] } } })
    assert.equal(wrongDevicesSection.when?.(data), true)
    assert.match(
      textOf(wrongDevicesSection.body(data)),
      /5 acknowledged records came from devices whose clock was wrong/,
    )
  })

  it('is left out where the audit found none of it', () => {
    const none = Object.fromEntries(Object.keys(counts).map(name => [name, 0]))
    assert.equal(
      wrongDevicesSection.when?.(dataWith(undefined, { audit: { counts: none, anomalies: {} } })),
      false,
    )
  })
})
