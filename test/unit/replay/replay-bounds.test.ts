import assert from 'node:assert/strict'
import type { ReplayScope } from '../../../chaos/core/replay-scope.ts'
import { boundsIn, goneBefore, WindowCounter } from '../../../chaos/replay/replay-bounds.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const ms = (second: number) => Date.parse(at(second))
const window: ReplayScope = { topics: ['t'], from: { time: at(10) }, to: { time: at(20) } }
const mark = { low: 10, high: 50 }

/** The seconds that records bear, by their offsets from 0: what a window of them reads. */
function read(seconds: readonly number[], scope: ReplayScope) {
  const first = seconds.findIndex(second => ms(second) >= ms(10))
  const byTime = new Map([['t/0', first < 0 ? seconds.length : first]])
  const bounds = boundsIn(scope, { low: 0, high: seconds.length }, 't/0', byTime)
  const counter = new WindowCounter(scope)
  for (let offset = bounds.start; offset < bounds.end; offset++)
    counter.read({ topic: 't', partition: 0 }, ms(seconds[offset] as number))
  return { ...bounds, ...counter.of({ topic: 't', partition: 0 }) }
}

describe('the bounds of a replay', () => {
  it('are all that there is without a scope', () => {
    assert.deepEqual(boundsIn(undefined, mark, 't/0'), { start: 10, end: 50 })
  })

  it('are those of the scope, within what there is, and never end before they begin', () => {
    const within = (from: number, to: number) =>
      boundsIn({ topics: ['t'], from: { offset: from }, to: { offset: to } }, mark, 't/0')
    assert.deepEqual(within(20, 30), { start: 20, end: 30 })
    assert.deepEqual(within(0, 90), { start: 10, end: 50 })
    assert.deepEqual(within(60, 90), { start: 60, end: 60 })
  })

  it('know of offsets that are gone what was asked for by number, and of nothing else', () => {
    const from = (scope: Partial<ReplayScope>) =>
      goneBefore({ topics: ['t'], from: 'oldest', to: 'end', ...scope }, 10)
    assert.deepEqual(from({ from: { offset: 3 } }), { from: 3, to: 10 })
    assert.deepEqual(from({ from: { offset: 3 }, to: { offset: 5 } }), { from: 3, to: 5 })
    assert.equal(from({ from: { offset: 10 } }), null)
    assert.equal(from({}), null)
    assert.equal(goneBefore(window, 10), null)
  })

  it('hold nothing of a partition that the scope leaves out', () => {
    const scope: ReplayScope = { topics: ['t'], partitions: [1], from: 'oldest', to: 'end' }
    assert.deepEqual(boundsIn(scope, mark, 't/0'), { start: 10, end: 10 })
    assert.deepEqual(boundsIn(scope, mark, 't/1'), { start: 10, end: 50 })
  })
})

describe('a replay by time', () => {
  it('reads what bears a time of its window, where clocks are right', () => {
    const seconds = [5, 9, 10, 15, 19, 20, 25]
    assert.deepEqual(read(seconds, window), { start: 2, end: 7, inside: 3, before: 0, after: 2 })
  })

  it('does not end at a record past its end: what comes after that may be of the window', () => {
    const seconds = [10, 99, 15, 99, 19, 30]
    const found = read(seconds, window)
    assert.deepEqual([found.inside, found.after], [3, 3])
  })

  it('begins with the first of the window although older ones follow, and says how many those are', () => {
    const seconds = [5, 10, 6, 7, 11, 0, 12]
    assert.deepEqual(read(seconds, window), { start: 1, end: 7, inside: 3, before: 3, after: 0 })
  })

  it('begins at a clock that is ahead, since what it should begin with may follow at once, and counts that apart', () => {
    const seconds = [99, 3, 4, 11, 12]
    assert.deepEqual(read(seconds, window), { start: 0, end: 5, inside: 2, before: 2, after: 1 })
  })

  it('has nothing inside where nothing bears such a time', () => {
    assert.deepEqual(read([1, 2, 3], window), { start: 3, end: 3, inside: 0, before: 0, after: 0 })
  })

  it('counts nothing for a scope by offset', () => {
    const counter = new WindowCounter({ topics: ['t'], from: { offset: 3 }, to: 'end' })
    counter.read({ topic: 't', partition: 0 }, ms(10))
    assert.equal(counter.of({ topic: 't', partition: 0 }), null)
  })
})
