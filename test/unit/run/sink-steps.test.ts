import assert from 'node:assert/strict'
import { FAIL_OVER, go, MIGRATE } from './region-world.ts'

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

describe('sinks in a migration', () => {
  const planted = {
    spec: { failOver: { connectors: 'translated' }, wayBack: true },
    sinks: true,
    translated: { 'integration/0': 40 },
    ends: { 'integration/0': 40 },
    committed: { 'integration/0': 40 },
    endsOfSinks: { 'integration/0': 40 },
    checkpoints: [['integration/0', 40, 40]],
  } as const

  it('leave before anything is copied back, with all of region a, and begin when every device has gone', async () => {
    const { steps, asked } = await go(planted, MIGRATE)
    assert.deepEqual(steps.slice(steps.indexOf('migrate: hold done')), [
      'migrate: hold done',
      'migrate: drained done',
      'migrate: sinks drained done',
      'migrate: mirror done',
      'migrate: offsets done',
      'migrate: sinks done',
      'migrate: reverse done',
      'migrate: wave 1 done',
      'migrate: consumers done',
      'migrate: wave 2 done',
      'migrate: connectors done',
    ])
    const back = asked.findIndex(one => one.startsWith('back from'))
    assert.ok(asked.indexOf('sinks leave') < back)
    assert.doesNotMatch((await go({ ...planted, spec: {} }, MIGRATE)).asked.join(), /sinks/)
  })

  it('end it before anybody moves where a sink has not committed all, or no checkpoint has that', async () => {
    const quick = { ...MIGRATE, withinMs: 60 }
    const behind = await go({ ...planted, endsOfSinks: { 'integration/0': 41 } }, quick)
    assert.match(
      behind.steps.at(-1) ?? '',
      /sinks drained failed: waited .* sinks to have committed region a to its end.*rows is at 40 of 41 of integration\/0/s,
    )
    const none = await go({ ...planted, checkpointsOfSinks: [] }, quick)
    assert.match(none.steps.at(-1) ?? '', /sinks drained failed: .*integration\/0 has none/s)
    for (const { asked } of [behind, none]) assert.doesNotMatch(asked.join(), /sinks leave|devices/)
  })
})
