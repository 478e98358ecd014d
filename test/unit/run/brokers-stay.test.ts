import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ProcessIdentity } from '../../../chaos/core/process-identity.ts'
import { RestartPolicy } from '../../../chaos/drivers/local/nodes/restart-policy.ts'
import { brokersStay } from '../../../chaos/run/brokers-stay.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Three brokers; the second halts a second after the beginning, as one does whose zone was cut off. */
function healedLab() {
  const clock = new VirtualClock()
  const halted: ProcessIdentity = { pid: 2, startedAt: 'first' }
  let second = halted
  let readyAt = 0
  const lives = (process: ProcessIdentity) => process !== halted || clock.now() < 1000
  return {
    clock,
    answers: async (node: number) => node !== 2 || (lives(second) && clock.now() >= readyAt),
    processes: {
      recorded: (node: number) => (node === 2 ? second : { pid: node, startedAt: 'first' }),
      isAlive: lives,
      start: () => {
        second = { pid: 20, startedAt: 'again' }
        readyAt = clock.now() + 8000
      },
      lastWords: () => ['halt'],
    },
  }
}

describe('after the healing of a lab that stays, brokers', () => {
  const nodes = [1, 2, 3]

  it('have to answer for a while: one that answers at once and halts then is seen', async () => {
    const { clock, answers } = healedLab()
    const silent = await clock.run(brokersStay({ nodes, answers, clock, deadlineMs: 30_000 }))
    assert.deepEqual(silent, [2])
  })

  it('are whole once one that halted was started again and stays', async () => {
    const { clock, answers, processes } = healedLab()
    const restarted: number[] = []
    const policy = new RestartPolicy({
      nodes,
      processes,
      clock,
      held: () => new Set(),
      onEvent: event => void restarted.push(event.node),
    })
    const silent = await clock.run(brokersStay({ nodes, answers, clock, deadlineMs: 60_000 }))
    await clock.run(policy.stop())
    assert.deepEqual([silent, restarted], [[], [2]])
    assert.ok(clock.now() >= 1000 + 2000 + 8000 + 5000, 'it has stayed')
  })

  it('are whole without more ado when none of them ends', async () => {
    const clock = new VirtualClock()
    const answers = async () => true
    assert.deepEqual(await clock.run(brokersStay({ nodes, answers, clock, deadlineMs: 30_000 })), [])
    assert.equal(clock.now(), 5000)
  })
})
