import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { textOf } from '../../../chaos/page/html.ts'
import { platformSection } from '../../../chaos/report/platform-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import type { PlatformBehaviour } from '../../../chaos/record/platform-behaviour.ts'
import { assertText } from '../../inline-text.ts'

function page(platform: PlatformBehaviour | undefined): string {
  const data = { measurements: { platform }, zero: 10_000 } as unknown as ReportData
  return platformSection.when?.(data) ? textOf(platformSection.body(data)) : ''
}

const restart = { node: 3, t: 75_000, afterMs: 2100, attempt: 1, lastWords: ['…', 'halt'], line: 41 }

describe('what the platform did by itself, in the report', () => {
  it('is left out where it did nothing, and for runs from before it was kept', () => {
    assert.equal(page({ restarts: [], failovers: [] }), '')
    assert.equal(page(undefined), '')
  })

  it('names each broker that ended, when, its last words and the line of the journal', () => {
    const text = page({ restarts: [restart], failovers: [] })
    assertText(
      text,
      `
      1 broker process ended though nothing of the drill ended it. A restart policy, as systemd or Kubernetes would, started it again.
      Broker | At | Started again after | Its last words
      3 | 1:05 | 2.1 s | halt
      journal.jsonl line 41 → measurements.json /platform/restarts
      `,
    )
  })

  it('says that one is not started any more', () => {
    assert.match(page({ restarts: [{ ...restart, afterMs: null }], failovers: [] }), /not any more/)
  })

  it('tells failovers as far as the logs do', () => {
    const failover = { failedNode: 2, target: 1, fencedAt: 20_000, assignedAt: 21_000, startedAt: null }
    const text = page({ restarts: [], failovers: [{ ...failover, completedAt: null, closedAt: null }] })
    assertText(
      text,
      `
      Failovers, as the brokers’ logs tell them
      Failed | Taken over by | Fenced | Assigned | Begun | Complete | Noted
      broker 2 | broker 1 | 0:10 | 0:11 | not reported | not reported | not reported
      logs/broker-*.log → measurements.json /platform/failovers
      `,
    )
  })

  it('names each wait of the drill, why and for how long, also on a platform that did nothing else', () => {
    const waits = [
      { id: null, t: 4000, forMs: 25_000, why: 'broker 1 is 40 s old', line: 9 },
      { id: 'kill', t: 80_000, forMs: null, why: 'broker 2 leads no partition', line: 31 },
    ]
    const text = page({ restarts: [], failovers: [], waits })
    assertText(
      text,
      `
      What the drill waited for
      A fault on a broker that is too young, or that leads nothing, would not show what it is for. While one waited, nothing else of the timeline began: all that follows is later by as much.
      What waited | From | For | Because
      the timeline | −0:06 | 25 s | broker 1 is 40 s old
      kill | 1:10 | the rest of the run | broker 2 leads no partition
      journal.jsonl line 9 · line 31 → measurements.json /platform/waits
      `,
    )
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
    assertText(
      text,
      `
      Between brokers and their store, by the brokers’ own metrics
      While the fleet sent, from the timeline’s beginning. A broker is asked each ten seconds, so that the most that was pending may have been more. Requests and bytes as the store’s own link saw them are under traffic.
      Broker | Most acknowledged, not yet uploaded | Uploaded | Downloaded | Passed on by the zone router
      2 | 8.40 MB | 12.0 MB | 0 B | not measured
      samples/broker-metrics.jsonl → measurements.json /platform/storage
      `,
    )
  })
})
