import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import { compareAfterHealing, compareReplay, latencyBySecond } from '../../../chaos/score/comparisons.ts'
import type { FaultLife } from '../../../chaos/score/timeline.ts'
import { known, notKnown } from '../../../chaos/record/measured.ts'
import type { Recovery } from '../../../chaos/record/measurements.ts'
import { evidenceOf, fleetRows, seriesOf } from './evidence-of.ts'
import { faultLife } from './faults.ts'
import { logOf, type Send, steadySends } from './sends.ts'

const STEADY = { fromMs: 0, toMs: 12_000 }
/** Every 10 ms, acknowledged after a time that varies a little. */
const sends = (fromMs: number, toMs: number, latencyMs: number): Send[] =>
  steadySends(fromMs, toMs, 10).map((send, i) => ({ ...send, done: send.due + latencyMs + (i % 7) }))

const recovered = (sustainedMs: Recovery['sustainedMs'] = known(3000)) => ({
  everyone: { sustainedMs } as Recovery,
  inSyncMs: known(500),
})

/** Proven at 10 s, healed at 20 s, observed until 40 s. */
function afterHealing(latencyMs: number, recovery = recovered(), fault: Partial<FaultLife> = {}) {
  const evidence = evidenceOf({
    sends: logOf([...sends(0, 12_000, 100), ...sends(12_000, 40_000, latencyMs)]),
    fleet: seriesOf('fleet', 1000, fleetRows(0, 40_000)),
  })
  return compareAfterHealing(evidence, STEADY, faultLife(fault), recovery, seededRandom('7'))
}

describe('service after healing', () => {
  it('is as before when latency and throughput are within their margins', () => {
    const found = afterHealing(103)
    assert.deepEqual(
      [found.p50Ms.answer, found.p99Ms.answer, found.ackedPerSecond.answer],
      ['yes', 'yes', 'yes'],
    )
    assert.deepEqual(found.span, { fromMs: 20_500, toMs: 40_000 })
  })

  it('is not as before when it stays slower by more than the margin', () =>
    assert.equal(afterHealing(180).p50Ms.answer, 'no'))

  it('is as before when it is better', () => assert.equal(afterHealing(40).p50Ms.answer, 'yes'))

  it('is compared only from when it was good again', () => {
    const found = afterHealing(100, recovered(known(18_000)))
    assert.deepEqual(found.span, { fromMs: 28_000, toMs: 40_000 })
  })

  it('cannot be told when it was not seen to be good again', () => {
    const found = afterHealing(100, recovered(notKnown('planted')))
    assert.equal(found.p50Ms.answer, 'unknown')
    assert.match(found.p50Ms.why ?? '', /not seen to be good again/)
  })

  it('cannot be told from a few seconds', () => {
    const found = afterHealing(100, recovered(), { windowEndsAt: 25_000 })
    assert.equal(found.p50Ms.answer, 'unknown')
    assert.match(found.p50Ms.why ?? '', /seconds: at least 10/)
  })

  it('cannot be told of a fault that was never healed', () =>
    assert.equal(afterHealing(100, recovered(), { healedAt: null }).ackedPerSecond.answer, 'unknown'))
})

describe('the phases of a replay', () => {
  const phases = [
    { phase: 'before' as const, span: STEADY },
    { phase: 'during' as const, span: { fromMs: 12_000, toMs: 26_000 } },
    { phase: 'after' as const, span: null },
  ]
  const tail = Array.from({ length: 41 }, (_, second) => ({
    t: second * 1000,
    consumer: 'tail' as const,
    records: 1,
    bytes: 1,
    lagRecords: 0,
    lagSeconds: second < 12 ? 0.2 : 1.2,
  }))
  const evidence = evidenceOf({
    sends: logOf([...sends(0, 12_000, 100), ...sends(12_000, 26_000, 300)]),
    consumers: seriesOf('consumers', 1000, tail),
  })
  const found = (what: string, phase: string) =>
    compareReplay(evidence, phases, seededRandom('7')).find(one => one.what === what && one.phase === phase)
      ?.estimate

  it('are each compared with the one before: latency as a ratio, lag as a difference', () => {
    const [p50, lag] = [found('producer-p50-ms', 'during'), found('tail-lag-seconds', 'during')]
    assert.ok((p50?.low ?? 0) > 2.5 && (p50?.high ?? 9) < 3.2, JSON.stringify(p50))
    assert.equal(lag?.value, 1)
    assert.deepEqual(p50?.samples, [12, 14])
  })

  it('are not compared where a phase has no span', () => {
    const after = found('producer-p99-ms', 'after')
    assert.deepEqual([after?.value, after?.low], [null, null])
    assert.match(after?.why ?? '', /after has no span/)
  })

  it('put what was due in the rest of a second with the last whole one', () => {
    const log = logOf(sends(0, 3400, 5))
    assert.deepEqual(
      latencyBySecond(log, { fromMs: 0, toMs: 3400 }).map(second => second.length),
      [100, 100, 140],
    )
  })
})
