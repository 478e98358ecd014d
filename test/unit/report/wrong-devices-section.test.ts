import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { wrongDevicesSection } from '../../../chaos/report/wrong-devices-section.ts'
import { assertText } from '../../inline-text.ts'

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
    assertText(
      text,
      `
      A broker refuses a whole batch for one bad record. 12 batches were refused so; gateways sent their parts apart until the bad record was alone.
      Devices | How many | Which
      Refused by themselves | 1 | d40 (9 records)
      Healthy, refused with them | 30 | d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19 and 10 more devices
      … and never stored afterwards | 0 | none
      history/gw-*.jsonl → measurements.json /service/refusedBatches
      `,
    )
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
    assertText(
      text,
      `
      None of what follows counts as lost, or as a repeat or disorder of a healthy device.
      What is stored | Records
      Malformed: bytes in a record’s place, or a version that no consumer reads | 12
      Repaired: made of such by a repair job | 0
      Repeated by wrong firmware, which nobody meant | 3
      Sequence restarted: other records under an id that is in use | 0
      Order not judged: of devices whose sequence restarted, and repaired behind later records | 0
      audit.json /counts
      `,
    )
  })

  it('names the devices whose sequence restarted', () => {
    const what = 'sequence restarted: d2/1 gave 10 ids from 0 to 9 to other records too'
    const audit = { counts: { sequenceRestarted: 10 }, anomalies: { 'sequence-restarted': [{ what }] } }
    assert.match(textOf(wrongDevicesSection.body(dataWith(undefined, { audit }))), /d2\/1 gave 10 ids/)
  })

  it('says whose latencies are left out', () => {
    const data = dataWith(undefined, { samples: { fleet: { rows: [{ wrongClocks: 5 }, {}] } } })
    assert.equal(wrongDevicesSection.when?.(data), true)
    assertText(
      textOf(wrongDevicesSection.body(data)),
      `
      5 acknowledged records came from devices whose clock was wrong. Latencies leave them out: a request counts from its first record of another device, and one that has none does not count.
      samples/fleet.jsonl /wrongClocks
      `,
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
