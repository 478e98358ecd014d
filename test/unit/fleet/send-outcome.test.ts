import assert from 'node:assert/strict'
import { partOutcome, requestOutcome } from '../../../chaos/fleet/send-outcome.ts'

const stored = (baseOffset: number) => ({ errorCode: 0, baseOffset })
const refused = (errorCode: number) => ({ errorCode, baseOffset: -1 })

describe('the outcome of a part', () => {
  it('is acknowledged when the broker says where it stored it', () => {
    assert.equal(partOutcome(stored(0), true), 'acked')
  })

  it('is failed when the leader refused it before it appended anything', () => {
    for (const code of [3, 6, 10, 19])
      assert.equal(partOutcome(refused(code), true), 'failed', `code ${code}`)
  })

  it('is unknown when a leader was deposed after it had appended: the error comes with a base offset', () => {
    assert.equal(partOutcome({ errorCode: 6, baseOffset: 4711 }, true), 'unknown')
  })

  it('is unknown after a time-out, too few replicas after the append, a disk error and any code not known', () => {
    for (const code of [-1, 7, 20, 56, 999]) assert.equal(partOutcome(refused(code), true), 'unknown')
  })

  it('is failed without an answer only when nothing was handed to a socket', () => {
    assert.equal(partOutcome(undefined, false), 'failed')
    assert.equal(partOutcome(undefined, true), 'unknown')
  })
})

describe('the outcome of a request', () => {
  it('is acknowledged with the base offset of each part', () => {
    const report = { wrote: [true, true], answers: [stored(5), stored(9)] }
    assert.deepEqual(requestOutcome(report), { kind: 'acked', offsets: [5, 9] })
  })

  it('is failed when every part failed, and names each reason once', () => {
    const report = {
      wrote: [true, true, false],
      answers: [refused(6), refused(6), undefined],
      error: 'no route',
    }
    assert.deepEqual(requestOutcome(report), {
      kind: 'failed',
      error: 'NOT_LEADER_OR_FOLLOWER, no route',
      parts: ['failed', 'failed', 'failed'],
    })
  })

  it('is unknown when the answers are mixed, and still tells the parts apart', () => {
    const report = { wrote: [true, true], answers: [stored(5), refused(19)] }
    assert.deepEqual(requestOutcome(report), {
      kind: 'unknown',
      error: 'mixed answer: NOT_ENOUGH_REPLICAS',
      parts: ['acked', 'failed'],
    })
  })

  it('is unknown when an answer names one partition less than the request', () => {
    const report = { wrote: [true, true], answers: [stored(5), undefined] }
    assert.deepEqual(requestOutcome(report), {
      kind: 'unknown',
      error: 'mixed answer: no answer',
      parts: ['acked', 'unknown'],
    })
  })
})
