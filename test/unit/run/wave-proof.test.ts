import assert from 'node:assert/strict'
import { go, MIGRATE, ROLL_BACK, ways } from './region-world.ts'

describe('what a wave has to show before the next', () => {
  const between = { watchMs: 250, silentMsAtMost: 150, unansweredAtMost: 0, lagAtMost: 5 }
  const waves = { ...MIGRATE, between }

  it('is looked at once consumers are there, and is written down', async () => {
    const { steps, events, last } = await go({ spec: ways, lagInB: 5 }, waves)
    assert.equal(last?.ok, true)
    assert.deepEqual(steps.slice(-4), [
      'migrate: wave 1 done',
      'migrate: consumers done',
      'migrate: wave 1 proven done',
      'migrate: wave 2 done',
    ])
    const proof = events.findLast(event => event.kind === 'region.step' && event.step === 'wave 1 proven')
    assert.match(
      proof?.kind === 'region.step' ? proof.proof : '',
      /region b acknowledged \d+ records of that wave, 0 were not answered, .* consumers are 5 records behind/,
    )
  })

  for (const [what, planted, why] of [
    ['nothing is acknowledged', { isSilent: true }, /nothing was acknowledged for/],
    ['records are refused', { refuses: 2 }, /2 records were refused or not answered, 0 may be/],
    ['consumers are behind', { lagInB: 6 }, /consumers in region b are 6 records behind, 5 may be/],
    ['nobody knows where consumers are', { lagInB: null }, /nobody knows how far consumers/],
  ] as const)
    it(`ends the migration, and names the step, where ${what}`, async () => {
      const { steps, asked, last } = await go({ spec: ways, ...planted }, waves)
      assert.equal(last?.ok, false)
      assert.match(steps.at(-1) ?? '', /^migrate: wave 1 proven failed: the wave is not well in region b/)
      assert.match(steps.at(-1) ?? '', why)
      assert.deepEqual(
        asked.filter(one => one.startsWith('devices')),
        ['devices of gw-1, gw-3 to b'],
      )
    })

  it('has a person’s word as well, where the drill asks for one', async () => {
    const asks = { ...waves, between: { ...between, goAhead: 'Look at the dashboards' } }
    const { steps } = await go({ spec: ways, isDone: false }, asks)
    assert.match(steps.at(-1) ?? '', /wave 1 go-ahead failed: nobody said that it is done: Look at the dashb/)
    const said = await go({ spec: ways }, asks)
    assert.equal(said.steps.at(-2), 'migrate: wave 1 go-ahead done')
  })

  it('brings home whoever had moved, and passes over nothing that the others wrote meanwhile', async () => {
    const { last, asked, began, events } = await go({ spec: ways, refuses: 1 }, waves, ROLL_BACK)
    assert.equal(last?.ok, true)
    assert.equal(asked.filter(one => one === 'devices to a').length, 1)
    // 96 is where the copy of what was committed stands; records of those who stayed may be before that.
    assert.deepEqual(began.at(-1), { 'telemetry/0': 120 })
    const offsets = events.findLast(event => event.kind === 'region.step' && event.step === 'offsets')
    assert.match(offsets?.kind === 'region.step' ? offsets.proof : '', /because some devices stayed there/)
    const whole = await go({ spec: ways }, waves, ROLL_BACK)
    assert.deepEqual(whole.began.at(-1), { 'telemetry/0': 96 })
  })
})
