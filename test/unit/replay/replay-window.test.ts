import assert from 'node:assert/strict'
import { requirement } from '../../../chaos/replay/replay-window.ts'

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
