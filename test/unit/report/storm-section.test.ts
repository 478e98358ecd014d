import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { known, longerThan, notKnown } from '../../../chaos/record/measured.ts'
import type { StormMeasurement } from '../../../chaos/record/storm-measurement.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { stormSection } from '../../../chaos/report/storm-section.ts'
import { assertText } from '../../inline-text.ts'
import { evidenceOf, fleetRows, seriesOf } from '../score/evidence-of.ts'

const COUNTED = { sessions: 500, sessionsLost: 0, sessionsOpened: 0, sessionsRefused: 0 }
const PEAKS = {
  deviceConnectsPerSecond: known(9000),
  brokerConnectsPerSecond: known(0),
  sendsPerSecond: known(120),
  loopDelayMs: known(12),
}

function page(faults: object[], sessions?: object, counted: object = COUNTED): string {
  const { header, cluster, consumers } = evidenceOf()
  const { drill } = header
  const data = {
    header: { ...header, drill: { ...drill, fleet: { ...drill.fleet, sessions } } },
    samples: {
      fleet: seriesOf(
        'fleet',
        1000,
        fleetRows(0, 40_000, () => counted),
      ),
      cluster,
      consumers,
    },
    measurements: { faults, replays: [], fleet: { peaks: PEAKS } },
    scorecard: { rows: [] },
    zero: 0,
    from: 0,
    to: 40_000,
  } as unknown as ReportData
  return textOf(stormSection.body(data))
}

/** Without what stands in the drawing: that is its labels, and the values of each second. */
const aroundDrawing = (text: string): string => text.split('\n0\n', 1).join('')

function fault(id: string, storm: Partial<StormMeasurement>): object {
  const calm: StormMeasurement = {
    sessionsLost: known(500),
    attempts: known(4000),
    refused: known(0),
    sessionsBackMs: known(4000),
    drainMs: known(6000),
    overduePeak: known(3000),
    oldestMs: known(12_000),
    dropped: known(0),
    requestQueue: notKnown('brokers were not asked'),
  }
  return {
    id,
    kind: 'gateway-outage',
    intendedAt: 10_000,
    healedAt: 20_000,
    peaks: PEAKS,
    storm: { ...calm, ...storm },
  }
}

describe('reconnects, in the report', () => {
  it('stand side by side where devices lost their sessions more than once, with what a session costs', () => {
    const text = page(
      [
        fault('full-jitter', {}),
        fault('immediate', {
          refused: known(70_000),
          drainMs: longerThan(20_000, 'it was so when the load ended'),
        }),
      ],
      { handshakeMs: 100, maxAcceptPerSecond: 50, refusalCost: 0.1 },
    )
    assertText(
      aroundDrawing(text),
      `
      Devices that lose their session seek another by their policy. A gateway accepted 50 sessions a second, each after 100 ms; refusing one took it 10 % of accepting one. It is over when all are back and what they held is delivered; requests that are at their old rate while the backlog stays are not.
      | full-jitter | immediate
      Devices without a session | 500 | 500
      All sessions back from healing | 4 s | 4 s
      Backlog gone from healing until nothing was overdue | 6 s | at least 20 s
      Attempts | 4,000 | 4,000
      … refused more than a gateway accepts | none | 70,000
      … a second, peak | 9,000/s | 9,000/s
      Overdue at the edge, peak | 3,000 records | 3,000 records
      Oldest record, peak age before it was acknowledged | 12 s | 12 s
      Thrown away at the edge | none | none
      Produce requests, peak | 120/s | 120/s
      Connections to brokers, peak | 0/s | 0/s
      Requests waiting at a broker, peak sampled once a second | not measured | not measured
      `,
    )
    assert.match(text, /Devices that have a session/)
  })

  it('say that nothing is known where no device lost its session, and show no rate of zero', () => {
    const text = page([fault('broker-kill', { sessionsLost: known(0) })])
    assertText(
      aroundDrawing(text),
      `
      No device lost its session: nothing is known of how they come back. Requests and connections from gateways to brokers, per second.
      `,
    )
    assert.doesNotMatch(text, /device sessions 0/)
    assert.doesNotMatch(text, /Backlog gone/)
  })

  it('of a run of before sessions were counted are drawn as they were', () => {
    const text = page([], undefined, {})
    assertText(
      aroundDrawing(text),
      `
      Produce requests, connections from gateways to brokers, and sessions from devices to gateways, per second.
      `,
    )
    assert.doesNotMatch(text, /Devices that have a session/)
  })
})
