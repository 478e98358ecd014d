import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { platformBehaviour } from '../../../chaos/score/platform-behaviour.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const controllerLog = {
  node: 1,
  text: [
    '[2026-11-23 10:00:03,000] INFO [QuorumController id=1] Fencing broker 2 because its session has timed out. (c)',
    '[2026-11-23 10:00:03,500] INFO [ADD_NEW_FAILOVER],context=FailoverContext{nodeId=2, target=1, nodeEpoch=17} (c)',
  ].join('\n'),
}
const startedAtWallMs = Date.parse('2026-11-23T10:00:00Z')

function on(platform: string, changes: Partial<Evidence> = {}): Evidence {
  const evidence = evidenceOf({ nodeLogs: [controllerLog], ...changes })
  return { ...evidence, header: { ...evidence.header, platform, startedAtWallMs } }
}

describe('what a platform does by itself', () => {
  it('has the failovers of a shared platform, on the clock of the run', () => {
    const { failovers } = platformBehaviour(on('automq'))
    assert.deepEqual(
      failovers.map(({ failedNode, target, fencedAt, assignedAt }) => [
        failedNode,
        target,
        fencedAt,
        assignedAt,
      ]),
      [[2, 1, 3000, 3500]],
    )
  })

  it('does not take lines for failovers where there are none', () => {
    assert.deepEqual(platformBehaviour(on('kafka')).failovers, [])
  })

  it('names every broker that ended by itself, with its last words', () => {
    const event = {
      kind: 'node.restarted',
      node: 3,
      why: 'ended by itself',
      lastWords: ['halt'],
      attempt: 1,
      afterMs: 2100,
      seq: 4,
      t: 9000,
      at: '',
      prev: '',
    } as const
    const journal = { events: [{ event, line: 5 }], broken: null, skipped: [], lines: 1, head: '' }
    const { restarts } = platformBehaviour(on('kafka', { journal }))
    assert.deepEqual(restarts, [
      { node: 3, t: 9000, afterMs: 2100, attempt: 1, lastWords: ['halt'], line: 5 },
    ])
  })

  it('has what the drill waited for, until the journal says the next thing of it', () => {
    const line = { seq: 0, at: '', prev: '' }
    const said = [
      { ...line, kind: 'timeline.waiting', t: 1000, why: 'broker 1 is 40 s old' },
      { ...line, kind: 'steady-state', t: 26_000, when: 'before', verdict: 'pass', probes: [] },
      { ...line, kind: 'timeline.started', t: 26_000 },
      { ...line, kind: 'fault.waiting', t: 30_000, id: 'kill', why: 'broker 2 leads no partition' },
      { ...line, kind: 'fault.healed', t: 33_000, id: 'another' },
      { ...line, kind: 'fault.unproven', t: 35_000, id: 'kill', observations: [], reason: '' },
      { ...line, kind: 'fault.waiting', t: 40_000, id: 'cut', why: 'no broker says who leads what' },
    ] as const
    const events = said.map((event, index) => ({ event, line: index + 1 }))
    const journal = { events, broken: null, skipped: [], lines: said.length, head: '' }
    assert.deepEqual(platformBehaviour(on('kafka', { journal })).waits, [
      { id: null, t: 1000, forMs: 25_000, why: 'broker 1 is 40 s old', line: 1 },
      { id: 'kill', t: 30_000, forMs: 5000, why: 'broker 2 leads no partition', line: 4 },
      { id: 'cut', t: 40_000, forMs: null, why: 'no broker says who leads what', line: 7 },
    ])
  })
})

describe('how a shared platform used its store', () => {
  const uploaded = 'kafka_stream_upload_size_bytes_total'
  const pending = 'kafka_stream_wal_pending_upload_bytes'
  const line = { seq: 0, at: '', prev: '' }
  const events = [
    { event: { ...line, kind: 'timeline.started', t: 15_000 }, line: 1 },
    { event: { ...line, kind: 'fleet.stopped', t: 60_000, buffered: 0 }, line: 2 },
  ] as const
  const journal = { events: [...events], broken: null, skipped: [], lines: 2, head: '' }
  const rows = [
    { t: 0, node: 1, metrics: { [uploaded]: 5, [pending]: 900 } },
    { t: 10_000, node: 1, metrics: { [uploaded]: 100, [pending]: 800 } },
    { t: 20_000, node: 1, metrics: { [uploaded]: 150, [pending]: 7 } },
    // Its process ended meanwhile: the counter begins anew.
    { t: 40_000, node: 1, metrics: { [uploaded]: 30, [pending]: 40 } },
    { t: 50_000, node: 1, metrics: { [uploaded]: 40, [pending]: 2 } },
    { t: 70_000, node: 1, metrics: { [uploaded]: 9000, [pending]: 9000 } },
    { t: 20_000, node: 2, metrics: {} },
  ]
  const brokerMetrics = seriesOf('broker-metrics', 10_000, rows)

  it('is counted from the timeline’s beginning to the end of the load, over restarts of a broker', () => {
    const { storage } = platformBehaviour(on('automq', { journal, brokerMetrics }))
    const [one] = storage ?? []
    assert.deepEqual([one?.uploadedBytes.value, one?.mostPendingBytes.value], [90, 40])
    assert.equal(one?.uploadedBytes.from[0]?.selector, 'line 2')
  })

  it('is not known of a broker that did not say, and not asked of platforms with replicas', () => {
    const { storage } = platformBehaviour(on('automq', { journal, brokerMetrics }))
    assert.equal(storage?.[1]?.uploadedBytes.value, null)
    assert.match(storage?.[1]?.mostPendingBytes.why ?? '', /did not serve kafka_stream_wal_pending/)
    assert.equal(platformBehaviour(on('kafka', { journal, brokerMetrics })).storage, undefined)
  })
})
