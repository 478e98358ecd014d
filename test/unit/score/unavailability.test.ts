import assert from 'node:assert/strict'
import { indexCells } from '../../../chaos/score/cells.ts'
import { FAILED, UNKNOWN } from '../../../chaos/score/send-log.ts'
import { findOutages, unavailableMs, unionMs } from '../../../chaos/score/unavailability.ts'
import { type Send, logOf, steadySends } from './sends.ts'

const within = { fromMs: 0, toMs: 40_000 }

function outages(sends: readonly Send[]) {
  const log = logOf(sends)
  return findOutages(log, indexCells(log), 1000, within)
}
const spans = (sends: readonly Send[]) =>
  [...outages(sends).values()].flat().map(outage => [outage.fromMs, outage.toMs, outage.open])

describe('unavailability of a partition', () => {
  it('finds none where everything is acknowledged in time', () => {
    assert.deepEqual(spans(steadySends(0, 40_000, 100)), [])
  })

  it('lasts from when a slow record was due to its acknowledgement', () => {
    const sends = [
      ...steadySends(0, 10_000, 100),
      { due: 10_000, done: 13_000 },
      ...steadySends(13_100, 40_000, 100),
    ]
    assert.deepEqual(spans(sends), [[10_000, 13_000, false]])
  })

  it('ends with the first acknowledgement, although a backlog is still late', () => {
    const backlog = Array.from(
      { length: 20 },
      (_, index): Send => ({ due: 10_000 + index * 100, done: 13_000 + index * 50 }),
    )
    assert.deepEqual(spans([...backlog, ...steadySends(14_000, 40_000, 100)]), [[10_000, 13_000, false]])
  })

  it('begins no earlier than the last acknowledgement', () => {
    const sends: Send[] = [
      { due: 9_000, done: 9_010 },
      { due: 8_500, done: 12_000 },
      ...steadySends(12_100, 40_000, 100),
    ]
    assert.deepEqual(spans(sends), [[9_010, 12_000, false]])
  })

  it('sees no outage in one slow request while others are acknowledged', () => {
    assert.deepEqual(spans([{ due: 10_000, done: 15_000 }, ...steadySends(0, 40_000, 100)]), [])
  })

  for (const outcome of [FAILED, UNKNOWN] as const) {
    it(`lasts through attempts that ${outcome === FAILED ? 'fail' : 'have an unknown outcome'} until one is acknowledged`, () => {
      const sends: Send[] = [
        { due: 10_000, done: 10_005, outcome },
        { due: 10_000, sent: 10_300, done: 10_305, outcome },
        { due: 10_000, sent: 10_600, done: 10_620 },
      ]
      assert.deepEqual(spans(sends), [[10_000, 10_620, false]])
    })
  }

  it('stays open where nothing was acknowledged again', () => {
    const sends: Send[] = [
      ...steadySends(0, 10_000, 100),
      { due: 10_000, done: 11_500, outcome: UNKNOWN },
      { due: 11_000 },
    ]
    assert.deepEqual(spans(sends), [[10_000, 40_000, true]])
  })

  it('leaves out what ended before the steady state', () => {
    const log = logOf([{ due: 1_000, done: 4_000 }, ...steadySends(4_100, 40_000, 100)])
    assert.deepEqual(
      [...findOutages(log, indexCells(log), 1000, { fromMs: 5_000, toMs: 40_000 }).values()].flat(),
      [],
    )
  })

  it('adds up what the clients of any zone missed, and counts overlaps once', () => {
    const found = outages([
      { zone: 'az-a', due: 10_000, done: 14_000 },
      { zone: 'az-b', due: 12_000, done: 17_000 },
    ])
    assert.equal(unavailableMs(found, 'telemetry/0', null, within), 7_000)
    assert.equal(unavailableMs(found, 'telemetry/0', 'az-b', within), 4_000)
    assert.equal(unavailableMs(found, 'telemetry/0', null, { fromMs: 13_000, toMs: 15_000 }), 2_000)
    assert.equal(unavailableMs(found, 'telemetry/1', null, within), 0)
  })

  it('unites spans in any order', () => {
    assert.equal(
      unionMs([
        { fromMs: 5, toMs: 9 },
        { fromMs: 0, toMs: 6 },
        { fromMs: 20, toMs: 21 },
      ]),
      10,
    )
  })
})
