import assert from 'node:assert/strict'
import type { Admin } from 'kafkajs'
import type { ReplayScope } from '../../../chaos/core/replay-scope.ts'
import { stateReplay } from '../../../chaos/run/state-replay.ts'
import { fleetContract } from '../../local/test-contract.ts'

const NOW = Date.parse('2026-11-30T06:00:00Z')
const HOUR = 3_600_000

/** Brokers that keep offsets 100 to 1100 of partition 0, and 0 to 500 of partition 1, and know 300 by time. */
const brokers = {
  fetchTopicOffsets: async () => [
    { partition: 0, offset: '1100', low: '100', high: '1100' },
    { partition: 1, offset: '500', low: '0', high: '500' },
  ],
  fetchTopicOffsetsByTimestamp: async () => [
    { partition: 0, offset: '300' },
    { partition: 1, offset: '300' },
  ],
} as unknown as Admin

const state = (scope: Partial<ReplayScope>, over: object = {}) =>
  stateReplay({
    admin: work => work(brokers),
    scope: { topics: ['telemetry'], from: 'oldest', to: 'end', ...scope },
    contract: fleetContract,
    bytesPerSecond: 1000,
    brokers: 3,
    sizes: { 'telemetry/0': 200_000, 'telemetry/1': 100_000 },
    wallMs: NOW,
    ...over,
  })

describe('what a replay states before it begins', () => {
  it('is offsets, bytes and how long its limit makes it', async () => {
    const { records, gone, bytes, expectedSeconds, marginMs, partitions } = await state({})
    assert.deepEqual([records, gone, bytes, expectedSeconds, marginMs], [1500, 0, 300_000, 100, null])
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

  it('claims no bytes that no broker told, and no time without a limit', async () => {
    const unmeasured = await state({}, { sizes: null })
    assert.deepEqual([unmeasured.bytes, unmeasured.expectedSeconds], [null, null])
    assert.equal((await state({}, { bytesPerSecond: null })).expectedSeconds, null)
  })
})
