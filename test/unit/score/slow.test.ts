import assert from 'node:assert/strict'
import { phaseLatency } from '../../../chaos/score/latency.ts'
import { FAILED } from '../../../chaos/score/send-log.ts'
import { measureSlow, slowWords } from '../../../chaos/score/slow.ts'
import { evidenceOf } from './evidence-of.ts'
import { timelineOf } from './faults.ts'
import { logOf, type Send, steadySends } from './sends.ts'

const QUIET = timelineOf().steady ?? assert.fail()

/** A quiet part in which everything took `ms`; the drill says what is slow, or does not. */
function slowOf(ms: number, slowAfterMs: number | undefined, more: readonly Send[] = []) {
  const sends = logOf([
    ...steadySends(QUIET.fromMs, QUIET.toMs, 100).map(send => ({ ...send, done: send.due + ms })),
    ...more,
  ])
  const evidence = evidenceOf({ sends })
  const drill = { ...evidence.header.drill, slowAfterMs }
  return measureSlow({ ...evidence, header: { ...evidence.header, drill } }, timelineOf())
}

describe('what counts as slow', () => {
  const table: readonly [
    p99: number,
    drill: number | undefined,
    ms: number,
    source: string,
    doubt: boolean,
  ][] = [
    [140, undefined, 1000, 'floor', false],
    [508, undefined, 1524, 'baseline', false],
    [1100, undefined, 3300, 'baseline', false],
    [1666, undefined, 4998, 'baseline', false],
    [2300, undefined, 5000, 'cap', true],
    [60_000, undefined, 5000, 'cap', true],
    [140, 1000, 1000, 'drill', false],
    [1000, 1000, 1000, 'drill', false],
    [1100, 1000, 1000, 'drill', true],
  ]
  for (const [p99, drill, ms, source, doubt] of table) {
    const asked = drill === undefined ? 'by its baseline' : `by the ${drill} ms of its drill`
    it(`of a platform whose p99 is ${p99} ms when all is well, ${asked}: later than ${ms} ms`, () => {
      const found = slowOf(p99, drill)
      assert.deepEqual(
        [found.ms, found.source, found.baselineP99Ms, found.doubt !== null],
        [ms, source, p99, doubt],
      )
    })
  }

  it('is the least that counts, with a doubt, where nothing quiet was measured', () => {
    const found = measureSlow(evidenceOf({ header: { drill: {} } as never }), timelineOf({ steady: null }))
    assert.deepEqual([found.ms, found.source, found.doubt !== null], [1000, 'floor', true])
  })

  it('is in doubt when part of the quiet baseline never arrived', () => {
    const refused = steadySends(0, 8000, 100, { partition: 'operations/0' }).map(
      (send): Send => ({ ...send, outcome: FAILED }),
    )
    assert.match(slowOf(50, undefined, refused).doubt ?? '', /the baseline itself was not well served/)
  })

  it('is said with where it comes from', () => {
    assert.equal(
      slowWords({ slow: slowOf(508, undefined), slowAfterMs: 1524 }).replace(/^\S+ s/, ''),
      ' (3 times the quiet baseline’s p99 of 508 ms)',
    )
  })
})

describe('the latency of a part', () => {
  const span = { fromMs: 0, toMs: 10_000 }

  it('counts what never arrived with its age in the end: acknowledgements alone praise what refuses', () => {
    const acked = steadySends(0, 10_000, 100)
    const refused = steadySends(0, 10_000, 1000, { partition: 'operations/0' }).map(
      (send): Send => ({ ...send, outcome: FAILED }),
    )
    const found = phaseLatency(logOf([...acked, ...refused]), span)
    assert.deepEqual([found.batches, found.undelivered, found.p99IsAtLeast], [100, 10, true])
    assert.ok((found.p99Ms ?? 0) > 8000)
    const twin = phaseLatency(logOf(acked), span)
    assert.deepEqual([twin.undelivered, twin.p99Ms, twin.p99IsAtLeast], [0, 10, false])
  })

  it('takes what a later request made good by that request alone, also when another gateway sent it', () => {
    const first: Send = { due: 1000, done: 2500, outcome: FAILED, shard: 'history/gw-az-a-1.jsonl' }
    for (const shard of ['history/gw-az-a-1.jsonl', 'history/gw-az-a-2.jsonl']) {
      const again: Send = { due: 1000, sent: 3000, done: 3100, shard }
      const found = phaseLatency(logOf([first, again]), span)
      assert.deepEqual([found.undelivered, found.p99Ms], [0, 2100])
    }
    const other: Send = { due: 2900, sent: 3000, done: 3100, shard: 'history/gw-az-a-2.jsonl' }
    assert.equal(phaseLatency(logOf([first, other]), span).undelivered, 1)
  })
})
