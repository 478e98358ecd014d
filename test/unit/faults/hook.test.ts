import assert from 'node:assert/strict'
import { hook } from '../../../chaos/faults/hook.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import { begin } from './fault-life.ts'

const SPEC = {
  brokers: [],
  within: 10_000,
  what: 'it is stopped',
  inject: ['kill', '-STOP'],
  probe: ['ps -o'],
  heal: ['kill', '-CONT'],
}
const withCommands = () => fakeDriver(fakeWorld(), undefined, ['commands'])
const ending = (exitCode: number | null) => ({
  ...withCommands(),
  commands: { run: async () => ({ exitCode, why: 'it was ended after 10s', outputTail: 'a password' }) },
})

describe('a hook', () => {
  it('is not begun where its probe says yes before, or does not say no', async () => {
    for (const exitCode of [0, 2, null]) {
      const { target } = await begin(hook, withCommands(), SPEC)
      const seen = await hook.probe(ending(exitCode), target, 'one')
      assert.match(
        hook.doubt?.(hook.baseline([seen]), target) ?? '',
        /must say that nothing is broken before/,
      )
    }
  })

  it('is neither proven nor healed by a probe that does not answer', async () => {
    const { target } = await begin(hook, withCommands(), SPEC)
    const before = await hook.probe(ending(1), target, 'one')
    const now = await hook.probe(ending(127), target, 'one')
    assert.equal(hook.isEffective(now, before, target), false)
    assert.equal(hook.isHealed(now, before, target), false)
    assert.equal(hook.isEffective(await hook.probe(ending(0), target, 'one'), before, target), true)
  })

  it('fails with the command that failed, and without a word of what it printed', async () => {
    const { target } = await begin(hook, withCommands(), SPEC)
    await assert.rejects(hook.inject(ending(3), target, 'one'), (error: Error) => {
      assert.match(error.message, /inject \(kill\) ended with 3/)
      assert.ok(!JSON.stringify(error).includes('a password') && !error.message.includes('a password'))
      return true
    })
  })

  it('is refused for a broker that there is not', async () => {
    await assert.rejects(begin(hook, withCommands(), { ...SPEC, brokers: [9] }), /no broker 9/)
  })
})
