import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { Repeated } from '../../../chaos/kafka/repeated.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

describe('what is done again and again', () => {
  it('is tried again when it fails, and tells why and since when', async () => {
    const clock = new VirtualClock()
    const results = ['fails', 'fails', 'works', 'fails']
    const done: number[] = []
    const told: (readonly [number, string | null])[] = []
    let ended = 0
    await clock.run(
      (async () => {
        const repeated = new Repeated(
          async () => {
            done.push(clock.now())
            const result = results[done.length - 1]
            if (result === 'fails') throw new Error(`number ${done.length}`)
          },
          { clock, everyMs: 1000, end: async () => void ended++ },
        )
        for (const untilMs of [500, 1500, 2500, 3500]) {
          await clock.sleep(untilMs - clock.now())
          told.push([repeated.quietMs, repeated.why])
        }
        await repeated[Symbol.asyncDispose]()
      })(),
    )
    assert.deepEqual(done, [0, 1000, 2000, 3000])
    assert.deepEqual(told, [
      [500, 'number 1'],
      [1500, 'number 2'],
      [500, null],
      [1500, 'number 4'],
    ])
    assert.equal(ended, 1)
  })
})
