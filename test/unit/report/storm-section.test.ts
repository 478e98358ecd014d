import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { known, longerThan, notKnown } from '../../../chaos/record/measured.ts'
import type { StormMeasurement } from '../../../chaos/record/storm-measurement.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { stormSection } from '../../../chaos/report/storm-section.ts'
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
    assert.match(
      text,
      /A gateway accepted 50 sessions a second, each after 100 ms; refusing one took it 10 % of accepting one\./,
    )
    assert.match(text, /full-jitter \| immediate/)
    assert.match(text, /Backlog gone\s*from healing until nothing was overdue \| 6 s \| at least 20 s/)
    assert.match(text, /… refused\s*more than a gateway accepts \| none \| 70,000/)
    assert.match(text, /Requests waiting at a broker, peak\s*sampled once a second \| not measured/)
    assert.match(text, /Devices that have a session/)
  })

  it('say that nothing is known where no device lost its session, and show no rate of zero', () => {
    const text = page([fault('broker-kill', { sessionsLost: known(0) })])
    assert.match(text, /No device lost its session: nothing is known of how they come back\./)
    assert.doesNotMatch(text, /device sessions 0/)
    assert.doesNotMatch(text, /Backlog gone/)
  })

  it('of a run of before sessions were counted are drawn as they were', () => {
    const text = page([], undefined, {})
    assert.match(text, /^Produce requests, connections from gateways to brokers, and sessions from devices/)
    assert.doesNotMatch(text, /Devices that have a session/)
  })
})
