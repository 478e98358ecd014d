import assert from 'node:assert/strict'
import type { Outage } from '../../../chaos/record/measured.ts'
import type { Trouble } from '../../../chaos/record/measurements.ts'
import { findSecondOutage } from '../../../chaos/score/second-outage.ts'
import { faultLife, timelineOf } from './faults.ts'

const outage = (fromMs: number, toMs: number): Outage => ({
  partition: 'telemetry/0',
  zone: 'az-a',
  fromMs,
  toMs,
  open: false,
})
const trouble = (effect: Trouble['effect']): Trouble => ({
  what: 'x',
  detail: 'y',
  file: 'z',
  effect,
  gates: [],
})
const replay = {
  id: 'replay-2',
  kind: 'replay',
  startedAt: 30_000,
  finishedAt: 35_000,
  ok: true,
  result: null,
  line: 1,
}
const answer = (outages: Outage[], timeline = timelineOf(), troubles: Trouble[] = []) =>
  findSecondOutage(outages, timeline, troubles, 1000)

describe('a second outage', () => {
  it('is one that began only after healing', () => {
    const found = answer([outage(22_000, 25_500)])
    assert.deepEqual([found.answer, found.longestMs, found.cases[0]?.after], ['yes', 3_500, 'broker-kill-1'])
  })

  it('is not the fault’s own outage, however long it goes on after healing', () => {
    assert.equal(answer([outage(12_000, 26_000)]).answer, 'no')
  })

  it('is no pause of less than three seconds, but that is told', () => {
    const found = answer([outage(22_000, 24_000)])
    assert.deepEqual(
      [found.answer, found.cases.length, found.pauses.length, found.longestMs],
      ['no', 0, 1, 2_000],
    )
  })

  it('is longer than what the drill calls slow', () => {
    assert.equal(answer([outage(22_000, 22_900)]).answer, 'no')
  })

  it('is one from three seconds on, however slow the baseline was', () => {
    const judged = (toMs: number) => findSecondOutage([outage(22_000, toMs)], timelineOf(), [], 5000)
    assert.deepEqual([judged(25_000).answer, judged(24_900).answer, judged(24_900).pauses], ['yes', 'no', []])
  })

  it('is one that began while a replay ran, and is told once', () => {
    const found = answer([outage(31_000, 34_500)], timelineOf({ actions: [replay] }))
    assert.deepEqual(
      found.cases.map(one => one.after),
      ['replay-2'],
    )
  })

  const next = faultLife({
    id: 'zone-cut-2',
    intendedAt: 24_000,
    injectedAt: 24_050,
    provenAt: 24_100,
    healedAt: 30_000,
  })
  const twoFaults = timelineOf({ faults: [faultLife({ windowEndsAt: 24_050 }), next] })

  it('is not that devices are held while they move to another region, which has a promise of its own', () => {
    const move = { ...replay, id: 'migrate-1', kind: 'migrate' }
    const during = [outage(31_000, 34_500)]
    assert.equal(answer(during, timelineOf({ faults: [], actions: [move] })).answer, 'no')
    assert.equal(answer(during, timelineOf({ faults: [], actions: [replay] })).answer, 'yes')
  })

  it('is not what the next fault causes', () => {
    assert.equal(answer([outage(25_000, 29_000)], twoFaults).answer, 'no')
  })

  it('is not what was due a moment before the next fault, and failed with it', () => {
    const found = answer([outage(23_700, 29_000)], twoFaults)
    assert.deepEqual([found.answer, found.pauses], ['no', []])
  })

  it('lasts until the next fault at most: what follows is that one’s', () => {
    const found = answer([outage(20_500, 29_000)], twoFaults)
    assert.deepEqual([found.answer, found.longestMs], ['yes', 3_550])
  })

  it('may have been missed when evidence is partial', () => {
    const found = answer([], timelineOf(), [trouble('partial')])
    assert.deepEqual([found.answer, found.why], ['unknown', 'x: y'])
  })

  it('is one although other evidence is partial, but not on evidence that nobody can trust', () => {
    assert.equal(answer([outage(22_000, 25_500)], timelineOf(), [trouble('partial')]).answer, 'yes')
    assert.equal(answer([outage(22_000, 25_500)], timelineOf(), [trouble('untrusted')]).answer, 'unknown')
  })

  it('cannot be ruled out when a fault was not proven or not healed', () => {
    for (const change of [{ provenAt: null }, { healedAt: null }]) {
      assert.equal(answer([], timelineOf({ faults: [faultLife(change)] })).answer, 'unknown')
    }
  })
})
