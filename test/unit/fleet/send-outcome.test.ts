import assert from 'node:assert/strict'
import { outcomeLine, partOutcome, partOutcomes, type SendReport } from '../../../chaos/fleet/send-outcome.ts'

const stored = (baseOffset: number) => ({ errorCode: 0, baseOffset })
const kindOf = (...given: Parameters<typeof partOutcome>) => partOutcome(...given).kind
const lineOf = (report: SendReport) => outcomeLine(4, 90, partOutcomes(report))
const refused = (errorCode: number) => ({ errorCode, baseOffset: -1 })

describe('the outcome of a part', () => {
  it('is acknowledged when the broker says where it stored it', () => {
    assert.deepEqual(partOutcome(stored(17), true), { kind: 'acked', offset: 17 })
  })

  it('is failed when the leader refused it before it appended anything', () => {
    for (const code of [3, 5, 6, 19]) assert.equal(kindOf(refused(code), true), 'failed', `code ${code}`)
  })

  it('is failed when the leader refused its producer or its numbers: it looks at them before it appends', () => {
    for (const code of [31, 45, 47, 53, 59, 90])
      assert.equal(kindOf(refused(code), true), 'failed', `code ${code}`)
  })

  it('is unknown when something is stored under its numbers already: nobody says that it is this, or where', () => {
    assert.deepEqual(partOutcome(refused(46), true), { kind: 'unknown', error: 'DUPLICATE_SEQUENCE_NUMBER' })
    assert.deepEqual(partOutcome({ errorCode: 46, baseOffset: 4711 }, true).kind, 'unknown')
  })

  it('is refused when the leader took offence at a record, or at how large it is', () => {
    for (const code of [10, 18, 32, 87]) assert.equal(kindOf(refused(code), true), 'refused', `code ${code}`)
  })

  it('is unknown when a leader was deposed after it had appended: the error comes with a base offset', () => {
    assert.equal(kindOf({ errorCode: 6, baseOffset: 4711 }, true), 'unknown')
  })

  it('is unknown after a time-out, too few replicas after the append, a disk error and any code not known', () => {
    for (const code of [-1, 7, 20, 56, 999]) assert.equal(kindOf(refused(code), true), 'unknown')
  })

  it('is failed without an answer only when nothing was handed to a socket', () => {
    assert.equal(kindOf(undefined, false), 'failed')
    assert.equal(kindOf(undefined, true), 'unknown')
  })
})

describe('the line that says what became of a request', () => {
  it('is the short form with the base offset of each part when all of it was acknowledged', () => {
    const report = { wrote: [true, true], answers: [stored(5), stored(9)] }
    assert.deepEqual(lineOf(report), { kind: 'ok', op: 4, t: 90, offsets: [5, 9] })
  })

  it('is one failure when every part failed, and names each reason once', () => {
    const report = {
      wrote: [true, true, false],
      answers: [refused(6), refused(6), undefined],
      error: 'no route',
    }
    assert.deepEqual(lineOf(report), {
      kind: 'fail',
      op: 4,
      t: 90,
      error: 'NOT_LEADER_OR_FOLLOWER, no route',
    })
  })

  it('tells the parts apart when the answer was mixed', () => {
    const answers = [stored(5), refused(19), undefined, { errorCode: 6, baseOffset: 4711 }]
    const report = { wrote: [true, true, true, true], answers, error: 'no answer in 3000 ms' }
    assert.deepEqual(lineOf(report), {
      kind: 'settled',
      op: 4,
      t: 90,
      parts: [
        ['acked', 5],
        ['failed', 'NOT_ENOUGH_REPLICAS'],
        ['unknown', 'no answer in 3000 ms'],
        ['unknown', 'NOT_LEADER_OR_FOLLOWER'],
      ],
    })
  })

  it('tells the parts apart when some certainly failed and of others nobody knows', () => {
    const report = { wrote: [true, true], answers: [refused(19), undefined] }
    assert.deepEqual(lineOf(report), {
      kind: 'settled',
      op: 4,
      t: 90,
      parts: [
        ['failed', 'NOT_ENOUGH_REPLICAS'],
        ['unknown', 'no answer'],
      ],
    })
  })
})
