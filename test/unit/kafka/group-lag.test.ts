import assert from 'node:assert/strict'
import { latenessOf } from '../../../chaos/kafka/group-lag.ts'

/** The log ended there at each second, from 0. */
const ends = (...highs: readonly number[]) =>
  new Map([['t/0', highs.map((high, second) => ({ at: second * 1000, high }))]])
const at = (offset: number, highs: readonly number[], now = (highs.length - 1) * 1000) =>
  latenessOf(new Map([['t/0', offset]]), ends(...highs), now)

describe('how far a group of others is behind', () => {
  it('is nothing where it stands at the end', () => {
    assert.deepEqual(at(30, [10, 20, 30]), { seconds: 0, isKnown: true })
  })

  it('is no more than since the log ended where it stands', () => {
    assert.deepEqual(at(20, [10, 20, 30, 40]), { seconds: 2, isKnown: true })
    assert.deepEqual(at(25, [10, 20, 30, 40]), { seconds: 2, isKnown: true })
  })

  it('is at least as long as was watched where it stood behind the end from the beginning', () => {
    assert.deepEqual(at(5, [10, 20, 30]), { seconds: 2, isKnown: false })
  })

  it('is that of its worst partition, and of a group that stands still it grows', () => {
    const committed = new Map([
      ['t/0', 30],
      ['t/1', 10],
    ])
    const seen = new Map([
      ...ends(10, 20, 30),
      [
        't/1',
        [
          { at: 0, high: 10 },
          { at: 1000, high: 11 },
        ],
      ] as const,
    ])
    assert.deepEqual(latenessOf(committed, seen, 2000), { seconds: 2, isKnown: true })
    assert.deepEqual(latenessOf(committed, seen, 9000).seconds, 9)
  })

  it('is not known where the end of a partition was not reported', () => {
    assert.deepEqual(latenessOf(new Map([['t/7', 3]]), ends(10), 1000), { seconds: 0, isKnown: false })
  })
})
