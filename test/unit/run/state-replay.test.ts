import assert from 'node:assert/strict'
import type { Admin } from 'kafkajs'
import type { ReplayScope } from '../../../chaos/core/replay-scope.ts'
import { stateReplay } from '../../../chaos/run/state-replay.ts'
import { systemClock } from '../../../chaos/system-clock.ts'
import { fleetContract } from '../../local/test-contract.ts'

const NOW = Date.parse('2026-11-30T06:00:00Z')
const HOUR = 3_600_000

/**
 * Brokers that keep offsets 100 to 1100 of partition 0, and 0 to 500 of partition 1. Their first records bear the time of
 * four and of two hours ago, and 300 is the first of the last three.
 */
const OLDEST = [NOW - 4 * HOUR, NOW - 2 * HOUR]
const brokers = {
  fetchTopicOffsets: async () => [
    { partition: 0, offset: '1100', low: '100', high: '1100' },
    { partition: 1, offset: '500', low: '0', high: '500' },
  ],
  fetchTopicOffsetsByTimestamp: async (_topic: string, ms: number) => [
    { partition: 0, offset: ms <= Number(OLDEST[0]) ? '100' : '300' },
    { partition: 1, offset: ms <= Number(OLDEST[1]) ? '0' : '300' },
  ],
} as unknown as Admin

const state = (scope: Partial<ReplayScope>, over: object = {}) =>
  stateReplay({
    admin: work => work(brokers),
    scope: { topics: ['telemetry'], from: 'oldest', to: 'end', ...scope },
    contract: fleetContract,
    bytesPerSecond: 1000,
    brokers: 3,
    logSizes: async () => ({ 'telemetry/0': 200_000, 'telemetry/1': 100_000 }),
    mayBeCold: false,
    clock: { ...systemClock, wallMs: () => NOW },
    ...over,
  })

describe('what a replay states before it begins', () => {
  it('is offsets, bytes and how long its limit makes it', async () => {
    const { records, gone, bytes, expectedSeconds, expectedBy, unreported, partitions } = await state({})
    assert.deepEqual(
      [records, gone, bytes, expectedSeconds, expectedBy, unreported],
      [1500, 0, 300_000, 100, 'limit', null],
    )
    assert.deepEqual(partitions['telemetry/0'], { oldest: 100, from: 100, to: 1100 })
  })

  it('is what was asked for and is gone already', async () => {
    const { records, gone } = await state({ from: { offset: 40 }, to: { offset: 200 } })
    assert.deepEqual([records, gone], [100 + 160, 60])
  })

  it('is by time the part that is left, and how long retention takes to reach it', async () => {
    const from = { time: new Date(NOW - 3 * HOUR).toISOString() }
    const { records, bytes, marginMs } = await state({ from, partitions: [0] })
    assert.deepEqual([records, bytes, marginMs], [800, 160_000, 21 * HOUR])
    const late = { time: new Date(NOW - 30 * HOUR).toISOString() }
    assert.equal((await state({ from: late })).marginMs, -6 * HOUR)
  })

  it('is how long retention takes to reach the oldest record of all partitions, no longer and little less', async () => {
    const { marginMs } = await state({})
    assert.ok(
      marginMs !== null && marginMs <= 20 * HOUR && marginMs > 20 * HOUR - (24 * HOUR) / 500,
      `${marginMs}`,
    )
    const other = await state({ partitions: [1] })
    assert.ok(other.marginMs !== null && other.marginMs > 21.9 * HOUR && other.marginMs <= 22 * HOUR)
  })

  it('claims no time for what never goes by age', async () => {
    const { telemetry } = fleetContract.topics
    const topics = { telemetry: { ...telemetry, cleanup: 'compact' } }
    assert.equal((await state({}, { contract: { contract: 'x', topics } })).marginMs, null)
  })

  it('claims no bytes that no broker told, and says what a reader takes without a limit', async () => {
    const unreported = await state({}, { logSizes: async () => null })
    assert.deepEqual([unreported.bytes, unreported.expectedSeconds], [null, null])
    assert.match(unreported.unreported ?? '', /no broker said how much it keeps/)
    const { expectedSeconds, expectedBy } = await state({}, { bytesPerSecond: null })
    assert.deepEqual([expectedSeconds, expectedBy], [1, 'reader'])
  })

  it('looks at no times, and claims no bytes, where records may be in a store', async () => {
    const { records, bytes, marginMs, unreported } = await state({}, { mayBeCold: true })
    assert.deepEqual([records, bytes, marginMs], [1500, null, null])
    assert.match(unreported ?? '', /object store/)
  })

  it('is that nobody told, where brokers do not answer: a replay waits for no statement', async () => {
    const silent = { admin: () => Promise.reject(new Error('no leader')) }
    const { records, gone, expectedSeconds, unreported } = await state({}, silent)
    assert.deepEqual([records, gone, expectedSeconds, unreported], [null, null, null, 'no leader'])
  })
})
