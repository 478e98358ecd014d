import assert from 'node:assert/strict'
import type { Contract } from '../../../chaos/core/contract.ts'
import type { ReplayScope } from '../../../chaos/core/replay-scope.ts'
import { Position } from '../../../chaos/replay/position.ts'
import {
  afterReading,
  firstRequired,
  replayWindow,
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
    const start = await firstRequired({ contract }, { positions: positions(), ...answering(30) }, FROM)
    const later = { positions: positions(), ...answering(80) }
    assert.deepEqual([...(await stillRequired({ contract }, later, FROM, start))], [['t/0', 30]])
  })

  it('may have been all that was deleted since, where it was not to be had at the start', async () => {
    const start = await firstRequired({ contract }, { positions: positions(), ...answering(null) }, FROM)
    assert.equal(start.size, 0)
    const later = { positions: positions(), ...answering(80) }
    assert.deepEqual([...(await stillRequired({ contract }, later, FROM, start))], [['t/0', 80]])
    later.positions.get('t/0')?.askedFrom(80)
    assert.deepEqual([...(await stillRequired({ contract }, later, FROM, start))], [['t/0', 10]])
  })
})

describe('the margin of a replay that begins further on', () => {
  const WINDOW = 1000
  const contract = { contract: 'x', topics: { t: { replayWindow: WINDOW } } } as unknown as Contract
  /** Begins at 60 of a log that begins at 40, and was given a first record of that time. */
  const margin = (from: ReplayScope['from'], first: number, start = 60) => {
    const position = new Position('t', 0, start, 100)
    position.firstTimestamp = FROM + 1
    const scope: ReplayScope = { topics: ['t'], from, to: 'end' }
    const opened = { at: 0, partitions: new Map([['t/0', { low: 40, high: 100 }]]) }
    const reading = { positions: new Map([['t/0', position]]), first: opened }
    return replayWindow({ contract, scope }, reading, FROM + WINDOW, new Map([['t/0', first]])).get('t/0')
  }

  it('is what lies before the offset that was asked for, or what of that is gone', () => {
    assert.deepEqual(margin({ offset: 60 }, 60), { oldestRequired: 60, margin: 20 })
    assert.deepEqual(margin({ offset: 15 }, 15, 40), { oldestRequired: 15, margin: -25 })
  })

  it('is what lies before the first of its time, and everything that is gone where nothing does', () => {
    const time = new Date(FROM).toISOString()
    assert.deepEqual(margin({ time }, 60), { oldestRequired: 60, margin: 20 })
    assert.deepEqual(margin({ time }, 40, 40), { oldestRequired: 0, margin: -40 })
  })

  it('asks brokers from when on, which is the later of what is asked for and what was promised', async () => {
    const asked: number[] = []
    const offsetsAt = async (_topic: string, ms: number) => {
      asked.push(ms)
      return new Map([['t/0', 1]])
    }
    const reading = {
      positions: new Map([['t/0', new Position('t', 0, 0, 9)]]),
      watermarks: { offsetsAt } as unknown as Watermarks,
    }
    const from = (ms: number): ReplayScope => ({
      topics: ['t'],
      from: { time: new Date(ms).toISOString() },
      to: 'end',
    })
    await firstRequired({ contract, scope: from(FROM + 500) }, reading, FROM + WINDOW)
    await firstRequired({ contract, scope: from(FROM - 500) }, reading, FROM + WINDOW)
    await firstRequired(
      { contract, scope: { topics: ['t'], from: { offset: 3 }, to: 'end' } },
      reading,
      FROM + WINDOW,
    )
    assert.deepEqual(asked, [FROM + 500, FROM])
  })
})
