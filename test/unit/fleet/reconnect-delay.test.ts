import assert from 'node:assert/strict'
import type { Random } from '../../../chaos/core/random.ts'
import { reconnectDelayMs } from '../../../chaos/fleet/reconnect-delay.ts'

const always = (value: number): Random => ({
  next: () => value,
  integer: below => Math.floor(value * below),
  sample: items => [...items],
  fork: () => always(value),
})
const bounds = { baseMs: 200, maxMs: 10_000 }

describe('the delay before a reconnect', () => {
  it('is nothing when devices reconnect immediately', () => {
    assert.equal(reconnectDelayMs({ policy: 'immediate', ...bounds }, 7, always(0.9)), 0)
  })

  it('is the same for every attempt when it is fixed', () => {
    const policy = { policy: 'fixed', ...bounds } as const
    assert.deepEqual(
      [0, 1, 9].map(attempt => reconnectDelayMs(policy, attempt, always(0.3))),
      [200, 200, 200],
    )
  })

  it('has a bound that doubles with each attempt up to the maximum, and is uniform below it', () => {
    const policy = { policy: 'exponential-full-jitter', ...bounds } as const
    const delays = (share: number) =>
      [0, 1, 2, 6, 250].map(attempt => reconnectDelayMs(policy, attempt, always(share)))
    assert.deepEqual(delays(0.5), [100, 200, 400, 5000, 5000])
    assert.deepEqual(delays(0), [0, 0, 0, 0, 0])
  })
})
