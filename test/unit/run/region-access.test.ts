import assert from 'node:assert/strict'
import { FAIL_OVER, go, MIGRATE } from './region-world.ts'

const WRITE = 'device may WRITE topic telemetry'
const READ = 'processor may READ topic telemetry'
const step = (steps: readonly string[]) => steps.find(one => /: access /.test(one)) ?? 'no such step'

for (const move of [FAIL_OVER, MIGRATE])
  describe(`rights in a ${move.move}`, () => {
    it('go along, as brokers of region b tell them to each principal', async () => {
      const { last, events } = await go({ accessOfA: [WRITE, READ], accessOfB: [WRITE, READ] }, move)
      assert.equal(last?.ok, true)
      const access = events.find(event => event.kind === 'region.step' && event.step === 'access')
      assert.match(
        access?.kind === 'region.step' ? access.proof : '',
        /all 2 rules of region a are in region b, and its brokers told each principal the same 2 rights/,
      )
    })

    it('end it before a device moves where one is refused in region b, and name it', async () => {
      const { steps, asked, last } = await go({ accessOfA: [WRITE, READ], accessOfB: [READ] }, move)
      assert.equal(last?.ok, false)
      assert.equal(
        step(steps),
        `${move.move}: access failed: region b was asked: it lacks 1 rules: rule: ${WRITE}. And it refuses 1 rights of region a: ${WRITE}`,
      )
      assert.ok(!asked.some(one => one.startsWith('devices') || one === 'hold'))
    })

    it('end it where one is allowed in region b that region a refused', async () => {
      const { steps } = await go({ accessOfA: [READ], accessOfB: [READ, WRITE] }, move)
      assert.equal(
        step(steps),
        `${move.move}: access failed: region b was asked: it allows 1 that region a refuses: ${WRITE}`,
      )
    })

    it('end it where no broker says, or region b asks nobody', async () => {
      const same = { accessOfA: [READ], accessOfB: [READ] }
      const silent = await go({ ...same, unsaid: ['device, topic telemetry'] }, move)
      assert.match(step(silent.steps), /no broker said what these may do: device, topic telemetry/)
      const open = await go({ accessOfA: [READ] }, move)
      assert.match(step(open.steps), /one region asks who somebody is, and the other asks nobody/)
    })
  })

describe('rights where nobody is asked who he is', () => {
  it('are no step of a fail-over, and nothing to compare in a migration', async () => {
    assert.equal(step((await go({}, FAIL_OVER)).steps), 'no such step')
    assert.equal(step((await go({}, MIGRATE)).steps), 'migrate: access done')
  })
})
