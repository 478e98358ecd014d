import assert from 'node:assert/strict'
import type { HistoryLine } from '../../../chaos/record/history.ts'
import type { SendReport } from '../../../chaos/fleet/send-outcome.ts'
import { ACKED, FakeGateway, REFUSED, SILENT } from './fake-fleet.ts'

describe('a gateway that sends', () => {
  it('sends the records of all partitions of a leader in one request, and writes invoke and ok', async () => {
    const fake = new FakeGateway()
    fake.now = 10
    for (const device of [0, 1, 2]) fake.record(device)
    fake.now = 30
    fake.record(0)
    fake.flushAt(100)
    assert.deepEqual(fake.sent(), [['d0/1/0', 'd0/1/1', 'd2/1/0'], ['d1/1/0']])
    fake.now = 140
    await fake.requests[0]?.answer(ACKED(50, 70))
    assert.deepEqual((await fake.history()).slice(1), [
      {
        kind: 'invoke',
        op: 0,
        t: 100,
        parts: [
          ['telemetry', 0, 10, ['d0/1/0', 'd0/1/1', 'd2/1/0']],
          ['telemetry', 1, 10, ['d1/1/0']],
        ],
      },
      { kind: 'ok', op: 0, t: 140, offsets: [50, 70] },
    ])
    assert.equal(fake.tally.counts.acked, 4)
    assert.deepEqual([fake.edge.waiting, fake.edge.taken], [0, 0])
  })

  it('has every record of a request in its history, on disk, before the request is sent', async () => {
    const fake = new FakeGateway()
    fake.leaders = [1, 2]
    for (const device of [0, 1, 2]) fake.record(device)
    fake.flushAt(100)
    assert.equal(fake.requests.length, 2)
    for (const [i, { written }] of fake.requests.entries())
      for (const id of fake.sent(i).flat()) assert.ok(written.includes(`"${id}"`), id)
    await fake.requests[0]?.answer(SILENT())
    fake.record(0)
    fake.flushAt(400)
    assert.ok(fake.requests.at(-1)?.written.includes('"d0/1/1"'))
  })

  it('measures latency from when a record was due, not from when it was sent', async () => {
    const fake = new FakeGateway()
    fake.now = 10
    fake.record(0)
    fake.flushAt(500)
    fake.now = 540
    await fake.requests[0]?.answer(ACKED(0))
    assert.equal(fake.tally.latency.take().max, 530)
  })

  it('has at most one request under way to a leader, and the next one holds what came meanwhile', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    fake.record(0)
    fake.record(1)
    fake.flushAt(100)
    assert.equal(fake.requests.length, 1)
    await fake.requests[0]?.answer(ACKED(0))
    fake.flushAt(200)
    assert.deepEqual(fake.sent(1), [['d0/1/1'], ['d1/1/0']])
  })

  it('does not let one leader wait for another', () => {
    const fake = new FakeGateway()
    fake.leaders = [1, 2]
    fake.record(0)
    fake.flushAt(0)
    fake.record(1)
    fake.flushAt(100)
    assert.deepEqual(
      fake.requests.map(request => request.leader),
      [1, 2],
    )
  })

  it('splits a backlog by the limit of a request without mixing up a device', async () => {
    const fake = new FakeGateway({}, 3)
    for (let i = 0; i < 4; i++) fake.record(0)
    fake.record(2)
    fake.flushAt(0)
    assert.deepEqual(fake.sent(), [['d0/1/0', 'd0/1/1', 'd0/1/2']])
    await fake.requests[0]?.answer(ACKED(0))
    fake.flushAt(100)
    assert.deepEqual(fake.sent(), [['d2/1/0', 'd0/1/3']])
  })

  it('sends by leader, and asks for fresh metadata when a partition comes from another leader', async () => {
    const fake = new FakeGateway()
    fake.leaders = [1, 2]
    fake.record(0)
    fake.record(1)
    fake.flushAt(0)
    assert.deepEqual(
      fake.requests.map(request => request.leader),
      [1, 2],
    )
    for (const request of fake.requests) await request.answer(ACKED(0))
    assert.deepEqual(fake.renewed, [])
    fake.leaders = [2, 2]
    fake.record(0)
    fake.flushAt(100)
    assert.deepEqual([fake.requests.at(-1)?.leader, fake.renewed], [2, [2]])
  })
})

describe('a gateway whose request was not acknowledged', () => {
  it('says fail when it was refused, and sends the same records first, after the delay of the policy', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    fake.record(0)
    await fake.requests[0]?.answer(REFUSED())
    assert.deepEqual((await fake.history()).at(-1), {
      kind: 'fail',
      op: 0,
      t: 0,
      error: 'NOT_LEADER_OR_FOLLOWER',
    })
    fake.flushAt(199)
    assert.equal(fake.requests.length, 1)
    fake.flushAt(200)
    assert.deepEqual(fake.sent(), [['d0/1/0', 'd0/1/1']])
    assert.equal(fake.tally.counts.failed, 1)
  })

  it('says info when nobody answered, and sends again all the same: at least once', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    await fake.requests[0]?.answer(SILENT())
    assert.equal((await fake.history()).at(-1)?.kind, 'info')
    assert.equal(fake.tally.counts.unknown, 1)
    fake.flushAt(200)
    assert.deepEqual(fake.sent(), [['d0/1/0']])
    await fake.requests[1]?.answer(ACKED(8))
    assert.deepEqual([fake.edge.waiting, fake.edge.taken], [0, 0])
  })

  it('sends each partition alone afterwards, until it is acknowledged', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.record(1)
    fake.flushAt(0)
    await fake.requests[0]?.answer(SILENT(2))
    fake.flushAt(200)
    assert.deepEqual([fake.sent(1), fake.sent(2)], [[['d0/1/0']], [['d1/1/0']]])
    await fake.requests[1]?.answer(ACKED(0))
    await fake.requests[2]?.answer(ACKED(0))
    fake.record(0)
    fake.record(1)
    fake.flushAt(300)
    assert.equal(fake.sent(3).length, 2)
  })

  it('does not hold healthy partitions back for a sick one of the same leader', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    await fake.requests[0]?.answer(REFUSED())
    fake.record(1)
    fake.flushAt(100)
    assert.deepEqual(fake.sent(), [['d1/1/0']])
  })

  it('keeps a mixed answer part by part: what its devices forget is acknowledged in the history', async () => {
    const fake = new FakeGateway()
    for (const device of [0, 1, 2]) fake.record(device)
    fake.flushAt(0)
    fake.now = 40
    const answers = [
      { errorCode: 0, baseOffset: 7 },
      { errorCode: 19, baseOffset: -1 },
    ]
    await fake.requests[0]?.answer({ wrote: [true, true], answers })
    assert.deepEqual((await fake.history()).at(-1), {
      kind: 'settled',
      op: 0,
      t: 40,
      parts: [
        ['acked', 7],
        ['failed', 'NOT_ENOUGH_REPLICAS'],
      ],
    })
    const { acked, failed, unknown } = fake.tally.counts
    assert.deepEqual({ acked, failed, unknown }, { acked: 2, failed: 1, unknown: 0 })
    assert.deepEqual([fake.gateway.acked, fake.gateway.unanswered], [2, 1])
    assert.equal(fake.tally.latency.take().n, 2, 'the acknowledged part has a latency')
    fake.flushAt(240)
    assert.deepEqual(fake.sent(), [['d1/1/0']])
    assert.equal(fake.requests.length, 2)
  })

  it('has an acknowledgement in the history for every record that a device forgot, however it went', async () => {
    const reports: SendReport[] = [
      ACKED(3, 4),
      REFUSED(2),
      SILENT(2),
      { wrote: [true, false], answers: [{ errorCode: 0, baseOffset: 7 }, undefined], error: 'late' },
      { wrote: [true, true], answers: [undefined, { errorCode: 0, baseOffset: 8 }], error: 'late' },
      { wrote: [true, true], answers: [6, 0].map(errorCode => ({ errorCode, baseOffset: 9 })) },
      { wrote: [true, true], answers: [0, 0].map((errorCode, i) => ({ errorCode, baseOffset: i - 1 })) },
    ]
    for (const report of reports) {
      const fake = new FakeGateway()
      for (const device of [0, 1, 2, 3]) fake.record(device)
      fake.flushAt(0)
      await fake.requests[0]?.answer(report)
      const held = [0, 1, 2, 3].filter(device => fake.edge.heldIn(fake.devices.listOf(device, 0)) > 0)
      const forgotten = [0, 1, 2, 3].filter(device => !held.includes(device))
      assert.deepEqual(acknowledged(await fake.history()), forgotten.map(device => `d${device}/1/0`).sort())
      assert.equal(fake.tally.counts.acked, forgotten.length)
    }
  })

  it('counts requests that fail together as one failure of the way to that leader', async () => {
    const reconnect = { policy: 'exponential-full-jitter', baseMs: 100, maxMs: 100_000 } as const
    const fake = new FakeGateway({ reconnect })
    fake.record(0)
    fake.record(1)
    let now = 0
    for (let attempt = 0; attempt < 3; attempt++) {
      fake.flushAt(now)
      for (const request of fake.requests.splice(0)) await request.answer(SILENT(request.parts.length))
      // The bound of the next delay is 100 ms, 200 ms, 400 ms: one doubling per round, not per request.
      now += 100 * 2 ** attempt
    }
    fake.flushAt(now)
    assert.equal(fake.requests.length, 2)
  })
})

describe('a gateway that crashes', () => {
  it('leaves what was in flight unknown, gives it back to its devices and hears nothing any more', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    fake.devices.disconnect(0)
    fake.gateway.crash('the gateway crashed')
    assert.deepEqual(fake.destroyed, [1])
    assert.deepEqual((await fake.history()).at(-1), {
      kind: 'info',
      op: 0,
      t: 0,
      error: 'the gateway crashed',
    })
    await fake.requests[0]?.answer(ACKED(0))
    assert.equal((await fake.history()).length, 3)
    assert.deepEqual([fake.edge.waiting, fake.edge.taken, fake.tally.counts.acked], [1, 0, 0])
  })

  it('sends nothing while it is down, and what a device still holds once that device is back', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.record(1)
    for (const device of [0, 1]) fake.devices.disconnect(device)
    fake.gateway.crash('the gateway crashed')
    fake.record(0)
    fake.flushAt(100)
    assert.equal(fake.requests.length, 0)
    fake.gateway.restart()
    fake.flushAt(200)
    assert.equal(fake.requests.length, 0, 'no device is back')
    fake.devices.connect(0)
    fake.queues[0]?.enqueue(0)
    fake.flushAt(300)
    assert.deepEqual(fake.sent(), [['d0/1/0', 'd0/1/1']])
  })
})

describe('a gateway that moves to another cluster', () => {
  it('has a history of its own there, that begins with what its devices still hold', async () => {
    const fake = new FakeGateway()
    fake.record(0)
    fake.flushAt(0)
    await fake.requests[0]?.answer(ACKED(0))
    fake.record(0)
    fake.flushAt(100)
    fake.devices.disconnect(0)
    fake.gateway.crash('its devices moved to region b')
    const there = fake.moveTo({ leaders: [7, 7] })
    fake.gateway.restart()
    assert.equal(fake.gateway.acked, 0, 'that was another cluster’s word')
    fake.devices.connect(0)
    fake.queues[0]?.enqueue(0)
    fake.flushAt(400)
    assert.equal(fake.requests.at(-1)?.leader, 7)
    await fake.requests.at(-1)?.answer(ACKED(0))
    assert.equal(fake.gateway.acked, 1)
    const kinds = (lines: readonly HistoryLine[]) => lines.map(({ kind }) => kind)
    assert.deepEqual(kinds(await fake.history()), ['header', 'invoke', 'ok', 'invoke', 'info'])
    assert.deepEqual(kinds(await there()), ['header', 'invoke', 'ok'])
    // What was in flight answers late, and nobody hears it.
    await fake.requests[1]?.answer(ACKED(1))
    assert.equal((await fake.history()).length, 5)
  })
})

/** The records of the one request that the history says are acknowledged. */
function acknowledged(history: readonly HistoryLine[]): string[] {
  const invoke = history.find(line => line.kind === 'invoke')
  const answer = history.at(-1)
  return (invoke?.parts ?? [])
    .flatMap(([, , , records], i) => {
      if (answer?.kind === 'ok') return records
      return answer?.kind === 'settled' && answer.parts[i]?.[0] === 'acked' ? records : []
    })
    .toSorted()
}
