import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { TimingWheel } from '../../../chaos/fleet/timing-wheel.ts'

function fired(wheel: TimingWheel, now: number): [number, number][] {
  const seen: [number, number][] = []
  wheel.advance(now, (entry, due) => seen.push([entry, due]))
  return seen
}

describe('the timing wheel', () => {
  it('fires an entry once it is due and not before', () => {
    const wheel = new TimingWheel(2, 1000)
    wheel.schedule(0, 1005)
    assert.deepEqual(fired(wheel, 1004), [])
    assert.deepEqual(fired(wheel, 1005), [[0, 1005]])
    assert.deepEqual(fired(wheel, 9000), [])
    assert.equal(wheel.size, 0)
  })

  it('keeps an entry that is more than one turn away until its own turn', () => {
    const wheel = new TimingWheel(1, 0, 8)
    wheel.schedule(0, 20)
    assert.deepEqual(fired(wheel, 19), [])
    assert.deepEqual(fired(wheel, 20), [[0, 20]])
  })

  it('fires what was rescheduled into the past within the same advance, with its own due time', () => {
    const wheel = new TimingWheel(1, 0)
    const seen: number[] = []
    wheel.schedule(0, 10)
    wheel.advance(35, (entry, due) => {
      seen.push(due)
      wheel.schedule(entry, due + 10)
    })
    assert.deepEqual(seen, [10, 20, 30])
  })

  it('fires an entry that was past when it was scheduled at the next advance', () => {
    const wheel = new TimingWheel(1, 100)
    wheel.schedule(0, 40)
    assert.deepEqual(fired(wheel, 101), [[0, 40]])
  })

  it('fires every entry exactly once, never early, whatever the steps and however small the wheel', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 20 }),
        (dues, steps) => {
          const wheel = new TimingWheel(dues.length, 0, 16)
          dues.forEach((due, entry) => wheel.schedule(entry, due))
          const seen = new Set<number>()
          let now = 0
          for (const step of [...steps, 1000]) {
            now += step
            wheel.advance(now, (entry, due) => {
              assert.ok(due <= now && due === dues[entry] && !seen.has(entry))
              seen.add(entry)
            })
            dues.forEach((due, entry) => assert.ok(Math.ceil(due) > now || seen.has(entry) || due === 0))
          }
          assert.equal(seen.size, dues.length)
        },
      ),
    )
  })
})
