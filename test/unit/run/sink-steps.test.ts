import assert from 'node:assert/strict'
import { FAIL_OVER, go } from './region-world.ts'

describe('sinks in a fail-over', () => {
  it('takes sinks along where the drill says so, once their places were looked at, until they write rows', async () => {
    const planted = {
      spec: { failOver: { connectors: 'translated' } },
      sinks: true,
      translated: { 'telemetry/0': 96, 'integration/0': 40 },
      ends: { 'telemetry/0': 120, 'integration/0': 40 },
    }
    const { steps, asked, events } = await go(planted, FAIL_OVER)
    assert.deepEqual(steps.slice(-2), ['fail-over: sinks done', 'fail-over: connectors done'])
    assert.deepEqual(asked.slice(-4), ['sinks leave', 'places in b', 'sinks follow', 'release'])
    const proofs = events.flatMap(event => (event.kind === 'region.step' ? [event.proof] : []))
    assert.match(proofs.at(-2) ?? '', /1 of 2 partitions of rows have an offset in region b/)
    assert.match(
      proofs.at(-1) ?? '',
      /2 tasks run on 1 worker of region b, and the database was written 4 rows; outbox goes on at row 41/,
    )
    assert.doesNotMatch((await go({ sinks: true }, FAIL_OVER)).asked.join(), /sinks/)
    const beyond = await go({ ...planted, endsOfSinks: { 'integration/0': 39 } }, FAIL_OVER)
    assert.match(
      beyond.steps.at(-1) ?? '',
      /sinks failed: connect-rows has integration\/0 at 40 and region b ends/,
    )
    const idle = await go({ ...planted, rows: 0 }, { ...FAIL_OVER, withinMs: 60 })
    assert.match(idle.steps.at(-1) ?? '', /connectors failed: waited/)
  })
})
