import assert from 'node:assert/strict'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { within } from '../../../chaos/core/wait.ts'
import { sleepInPieces } from '../../../chaos/system-clock.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

const never = new Promise<never>(() => {})

describe('work within a deadline', () => {
  it('is named when it is late, and its own end is not waited for', async () => {
    const clock = new VirtualClock()
    const late = clock.run(within('the links to end', never, { clock, deadlineMs: 5000 }))
    await assert.rejects(late, (error: AftershockError) => {
      assert.equal(error.message, 'waited 5 s for the links to end')
      return error instanceof AftershockError && error.code === 'unavailable'
    })
    assert.equal(clock.now(), 5000)
  })

  it('resolves or rejects as the work does when that is in time', async () => {
    const clock = new VirtualClock()
    assert.equal(await within('it', Promise.resolve(7), { clock, deadlineMs: 5 }), 7)
    await assert.rejects(
      within('it', Promise.reject(new Error('no')), { clock, deadlineMs: 5 }),
      /^Error: no$/,
    )
    assert.equal(clock.now(), 0)
  })

  it('ends with the signal', async () => {
    const stop = new AbortController()
    const waiting = within('it', never, { clock: new VirtualClock(), deadlineMs: 5, signal: stop.signal })
    stop.abort(new Error('Ctrl-C'))
    await assert.rejects(waiting, /Ctrl-C/)
  })
})

/** A timer as Node's: beyond 2^31 - 1 ms it fires after 1 ms. */
function nodeTimers() {
  let now = 0
  const asked: number[] = []
  return {
    asked,
    now: () => now,
    wait: async (ms: number) => {
      asked.push(ms)
      now += ms > 2 ** 31 - 1 ? 1 : ms
    },
  }
}

describe('a long sleep', () => {
  it('lasts as long as it was asked for, beyond the 24.8 days of a timer', async () => {
    const timers = nodeTimers()
    const thirtyDays = 30 * 86_400_000
    await sleepInPieces(timers.now, timers.wait, thirtyDays)
    assert.equal(timers.now(), thirtyDays)
  })

  it('is one timer when it fits, also when there is nothing to wait for', async () => {
    for (const ms of [0, -5, 250]) {
      const timers = nodeTimers()
      await sleepInPieces(timers.now, timers.wait, ms)
      assert.deepEqual(timers.asked, [Math.max(0, ms)])
    }
  })

  it('ends with its signal between two timers', async () => {
    const stop = new AbortController()
    const timers = nodeTimers()
    const wait = async (ms: number) => {
      await timers.wait(ms)
      stop.abort(new Error('Ctrl-C'))
    }
    const one = sleepInPieces(timers.now, wait, 3 * 86_400_000, stop.signal)
    await assert.rejects(one, /Ctrl-C/)
  })
})
