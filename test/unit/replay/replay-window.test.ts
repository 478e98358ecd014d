import assert from 'node:assert/strict'
import type { Contract } from '../../../chaos/core/contract.ts'
import { Position } from '../../../chaos/replay/position.ts'
import {
  afterReading,
  firstRequired,
  requirement,
  stillRequired,
} from '../../../chaos/replay/replay-window.ts'
import type { Watermarks } from '../../../chaos/replay/watermarks.ts'

const FROM = 1_700_000_000_000

describe('the margin between what a replay needs and what is there', () => {
  it('is what retention kept beyond the window', () => {
    assert.deepEqual(requirement(100, 250, FROM - 5000, FROM), { oldestRequired: 250, margin: 150 })
  })

  it('is nothing when the topic is younger than the window and still whole', () => {
    assert.deepEqual(requirement(0, 0, FROM + 5000, FROM), { oldestRequired: 0, margin: 0 })
  })

  it('is negative when history inside the window is gone', () => {
    assert.deepEqual(requirement(100, 100, FROM + 5000, FROM), { oldestRequired: 0, margin: -100 })
  })

  it('is everything that is there when every record is older than the window', () => {
    assert.deepEqual(requirement(100, 900, FROM - 5000, FROM), { oldestRequired: 900, margin: 800 })
  })

  it('is nothing for an empty partition', () => {
    assert.deepEqual(requirement(40, 40, null, FROM), { oldestRequired: 40, margin: 0 })
  })
})

describe('the margin after the replay', () => {
  const whole = { oldestRequired: 100, margin: 100 }

  it('is that of the start when everything was read', () => {
    assert.deepEqual(afterReading(whole, []), whole)
  })

  it('is used up by what was deleted before it was read, required or not', () => {
    assert.deepEqual(afterReading(whole, [{ from: 20, to: 90 }]), { oldestRequired: 100, margin: 0 })
    assert.deepEqual(afterReading(whole, [{ from: 20, to: 130 }]), { oldestRequired: 100, margin: -30 })
  })

  it('adds to what was gone before the start', () => {
    const gone = { oldestRequired: 0, margin: -100 }
    assert.deepEqual(afterReading(gone, [{ from: 150, to: 160 }]), { oldestRequired: 0, margin: -110 })
  })

  it('stays unknown where nobody knew what was required', () => {
    const unknown = { oldestRequired: null, margin: null }
    assert.deepEqual(afterReading(unknown, [{ from: 0, to: 9 }]), unknown)
  })
})

describe('what the contract requires of a replay', () => {
  const contract = { contract: 'x', topics: { t: { replayWindow: 1000 } } } as unknown as Contract
  const positions = () => new Map([['t/0', new Position('t', 0, 10, 100)]])
  const answering = (offset: number | null) => ({
    watermarks: {
      offsetsAt: async () =>
        offset === null ? Promise.reject(new Error('silent')) : new Map([['t/0', offset]]),
    } as unknown as Watermarks,
  })

  it('is what it was at the start, however much is deleted meanwhile', async () => {
    const start = await firstRequired(contract, { positions: positions(), ...answering(30) }, FROM)
    const later = { positions: positions(), ...answering(80) }
    assert.deepEqual([...(await stillRequired(contract, later, FROM, start))], [['t/0', 30]])
  })

  it('may have been all that was deleted since, where it was not to be had at the start', async () => {
    const start = await firstRequired(contract, { positions: positions(), ...answering(null) }, FROM)
    assert.equal(start.size, 0)
    const later = { positions: positions(), ...answering(80) }
    assert.deepEqual([...(await stillRequired(contract, later, FROM, start))], [['t/0', 80]])
    later.positions.get('t/0')?.askedFrom(80)
    assert.deepEqual([...(await stillRequired(contract, later, FROM, start))], [['t/0', 10]])
  })
})
