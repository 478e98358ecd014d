import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { platformSection } from '../../../chaos/report/platform-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import type { PlatformBehaviour } from '../../../chaos/record/platform-behaviour.ts'

function page(platform: PlatformBehaviour | undefined): string {
  const data = { measurements: { platform }, zero: 10_000 } as unknown as ReportData
  return platformSection.when?.(data) ? platformSection.body(data).text : ''
}

const restart = { node: 3, t: 75_000, afterMs: 2100, attempt: 1, lastWords: ['…', 'halt'], line: 41 }

describe('what the platform did by itself, in the report', () => {
  it('is left out where it did nothing, and for runs from before it was kept', () => {
    assert.equal(page({ restarts: [], failovers: [] }), '')
    assert.equal(page(undefined), '')
  })

  it('names each broker that ended, when, its last words and the line of the journal', () => {
    const text = page({ restarts: [restart], failovers: [] })
    for (const part of ['1 broker process ended', '1:05', '2.1 s', '<code>halt</code>', 'line 41'])
      assert.ok(text.includes(part), part)
  })

  it('says that one is not started any more', () => {
    assert.match(page({ restarts: [{ ...restart, afterMs: null }], failovers: [] }), /not any more/)
  })

  it('tells failovers as far as the logs do', () => {
    const failover = { failedNode: 2, target: 1, fencedAt: 20_000, assignedAt: 21_000, startedAt: null }
    const text = page({ restarts: [], failovers: [{ ...failover, completedAt: null, closedAt: null }] })
    assert.match(text, /broker 2<\/th><td>broker 1/)
    assert.match(text, /not reported/)
  })

  it('names each wait of the drill, why and for how long, also on a platform that did nothing else', () => {
    const waits = [
      { id: null, t: 4000, forMs: 25_000, why: 'broker 1 is 40 s old', line: 9 },
      { id: 'kill', t: 80_000, forMs: null, why: 'broker 2 leads no partition', line: 31 },
    ]
    const text = page({ restarts: [], failovers: [], waits })
    for (const part of [
      'the timeline',
      '−0:06',
      '25 s',
      'broker 1 is 40 s old',
      'kill',
      'the rest of the run',
    ])
      assert.ok(text.includes(part), part)
    assert.match(text, /line 9 · line 31/)
  })

  it('shows what brokers say of their store, and no zero for what they did not serve', () => {
    const value = (bytes: number | null) => ({
      value: bytes,
      why: bytes === null ? 'silent' : null,
      from: [],
    })
    const storage = [
      {
        node: 2,
        mostPendingBytes: value(8_400_000),
        uploadedBytes: value(12_000_000),
        downloadedBytes: value(0),
        routedBytes: value(null),
      },
    ]
    const text = page({ restarts: [], failovers: [], storage })
    assert.match(text, /<th scope="row">2<\/th>.*8\.40 MB.*12\.0 MB.*0 B.*not measured/)
  })
})
