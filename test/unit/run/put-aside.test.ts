import assert from 'node:assert/strict'
import type { QuarantinedRecord } from '../../../chaos/drivers/environment.ts'
import { earliest, eachOnce, reasonsOf } from '../../../chaos/run/put-aside.ts'

const letter = (partition: number, offset: number, reason = 'no id'): QuarantinedRecord => ({
  topic: 'integration',
  partition,
  offset,
  reason,
})

describe('what a sink put aside, as a repair job takes it', () => {
  it('is each record once, however often a task put it aside', () => {
    const letters = [letter(0, 3), letter(1, 3), letter(0, 3, 'again'), letter(0, 4)]
    assert.deepEqual(
      eachOnce(letters).map(({ partition, offset }) => [partition, offset]),
      [
        [0, 3],
        [1, 3],
        [0, 4],
      ],
    )
  })

  it('is read from its earliest offset to behind its last, in each partition by itself', () => {
    const ranges = earliest([letter(0, 7), letter(0, 3), letter(0, 5), letter(2, 9)])
    assert.deepEqual(
      [...ranges],
      [
        ['integration/0', { start: 3, end: 8 }],
        ['integration/2', { start: 9, end: 10 }],
      ],
    )
  })

  it('is counted by reason, and a reason of its own for each record is told for ten of them', () => {
    assert.deepEqual(reasonsOf([letter(0, 1), letter(0, 2), letter(0, 3, 'too long')]), {
      'no id': 2,
      'too long': 1,
    })
    const each = Array.from({ length: 50 }, (_, offset) => letter(0, offset, `record ${offset}`))
    assert.equal(Object.keys(reasonsOf(each)).length, 10)
  })
})
