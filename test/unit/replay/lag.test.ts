import assert from 'node:assert/strict'
import { freshLag, lagOf, noteCaughtUp, STALE_MS, standings } from '../../../chaos/replay/lag.ts'
import { Position } from '../../../chaos/replay/position.ts'

const WALL = 1_700_000_000_000

function reading(at: number, ...highs: number[]) {
  return { at, partitions: new Map(highs.map((high, partition) => [`t/${partition}`, { low: 0, high }])) }
}

function reader(...nexts: number[]): Map<string, Position> {
  return new Map(nexts.map((next, partition) => [`t/${partition}`, new Position('t', partition, next)]))
}

describe('the lag of a reader', () => {
  it('is nothing when every partition was read to its high watermark', () => {
    assert.deepEqual(lagOf(standings(reader(5, 9)), reading(100, 5, 9), WALL), {
      at: 100,
      lagRecords: 0,
      lagSeconds: 0,
    })
  })

  it('counts unread records over all partitions, and takes the worst age', () => {
    const positions = reader(5, 9)
    for (const [key, ms] of [
      ['t/0', 700],
      ['t/1', 2500],
    ] as const) {
      const position = positions.get(key)
      if (position) position.lastTimestamp = WALL - ms
    }
    const lag = lagOf(standings(positions), reading(100, 15, 10), WALL)
    assert.deepEqual([lag.lagRecords, lag.lagSeconds], [11, 2.5])
  })

  it('bounds the age by the last moment at which nothing was unread', () => {
    const positions = reader(5)
    const position = positions.get('t/0')
    if (position) position.lastTimestamp = WALL - 60_000
    noteCaughtUp(positions, reading(4000, 5))
    assert.equal(lagOf(standings(positions), reading(4600, 6), WALL).lagSeconds, 0.6)
  })

  it('does not know the age of a partition that it has never read from nor seen caught up', () => {
    const lag = lagOf(standings(reader(0)), reading(100, 50), WALL)
    assert.deepEqual([lag.lagRecords, lag.lagSeconds], [50, null])
  })

  it('is unknown when the leader of one partition did not answer', () => {
    const lag = lagOf(standings(reader(0, 0)), reading(100, 0), WALL)
    assert.deepEqual([lag.lagRecords, lag.lagSeconds], [null, null])
  })

  it('is unknown when nothing was heard for three seconds: the last good value does not stand', () => {
    const lag = lagOf(standings(reader(5)), reading(100, 5), WALL)
    assert.deepEqual(freshLag(lag, 100 + STALE_MS), { lagRecords: 0, lagSeconds: 0 })
    assert.deepEqual(freshLag(lag, 101 + STALE_MS), { lagRecords: null, lagSeconds: null })
    assert.deepEqual(freshLag(null, 0), { lagRecords: null, lagSeconds: null })
  })

  it('is bounded by how old the answer was when it came over a slow link, and then records are not known', () => {
    const lag = { at: 100, answeredAt: 8100, lagRecords: 40, lagSeconds: 2 }
    assert.deepEqual(freshLag(lag, 8100), { lagRecords: null, lagSeconds: 10 })
    assert.deepEqual(freshLag(lag, 8101 + STALE_MS), { lagRecords: null, lagSeconds: null })
  })

  it('is measured from where the reader was before the question, not from where it is by then', () => {
    const positions = reader(5)
    const before = standings(positions)
    const position = positions.get('t/0')
    if (position) position.next = 8
    assert.equal(lagOf(before, reading(100, 8), WALL).lagRecords, 3)
  })
})
