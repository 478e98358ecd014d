import assert from 'node:assert/strict'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { StallGrace } from '../../../chaos/replay/stall-grace.ts'
import { StoreWatch } from '../../../chaos/run/readers.ts'

describe('grace with a reader that is given nothing', () => {
  it('is none until somebody asks for it, and ends at its time', () => {
    const grace = new StallGrace()
    assert.equal(grace.holds(0), false)
    grace.until(Number.POSITIVE_INFINITY)
    assert.equal(grace.holds(1e9), true)
    grace.until(40_000)
    assert.deepEqual([grace.holds(39_999), grace.holds(40_000)], [true, false])
  })
})

describe('the watch over a store that is away', () => {
  const intended = (id: string, fault: string, t = 0) =>
    ({ kind: 'fault.intended', id, fault, t }) as JournalLine
  const healed = (id: string, t: number, kind = 'fault.heal-proven') => ({ kind, id, t }) as JournalLine
  const told = (...lines: readonly JournalLine[]) => {
    const words: number[] = []
    const watch = new StoreWatch(untilMs => words.push(untilMs))
    for (const line of lines) watch.read(line)
    return words
  }

  it('has readers left alone from the intent on, and for a while after the healing, proven or not', () => {
    for (const kind of ['fault.heal-proven', 'fault.heal-unproven']) {
      const words = told(intended('s3-outage-1', 's3-outage', 10_000), healed('s3-outage-1', 30_000, kind))
      assert.deepEqual(words, [Number.POSITIVE_INFINITY, 60_000])
    }
  })

  it('waits for the last of several faults', () => {
    const words = told(
      intended('a', 's3-outage'),
      intended('b', 's3-latency'),
      healed('a', 5000),
      healed('b', 9000),
    )
    assert.deepEqual(words.at(-1), 39_000)
    assert.equal(words.filter(Number.isFinite).length, 1)
  })

  it('says nothing of faults that leave the store alone: there a reader that stands still hangs', () => {
    assert.deepEqual(told(intended('broker-kill-1', 'broker-kill'), healed('broker-kill-1', 9000)), [])
  })
})
