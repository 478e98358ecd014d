import assert from 'node:assert/strict'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { findTroubles } from '../../../chaos/score/evidence-quality.ts'
import type { RunTimeline } from '../../../chaos/score/timeline.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const timeline = { faults: [], actions: [], steady: null, endsAt: null, outcome: 'completed' } as RunTimeline
const troublesOn = (platform: string, objectStore: Evidence['objectStore']) => {
  const plain = evidenceOf()
  const evidence = { ...plain, header: { ...plain.header, platform }, objectStore }
  return findTroubles(evidence, timeline).filter(({ file }) => file === objectStore.file)
}
const at = (...times: number[]) =>
  seriesOf(
    'object-store',
    1000,
    times.map(t => ({ t, zones: {}, storedBytes: null })),
  )
const absent = { ...at(), trouble: 'the file is missing' }

describe('samples of the object store', () => {
  it('are missed where there is a store, and nowhere else', () => {
    assert.deepEqual(troublesOn('kafka', absent), [])
    assert.deepEqual(
      troublesOn('kafka-tiered', absent).map(({ detail, effect }) => ({ detail, effect })),
      [{ detail: 'the file is missing', effect: 'noted' }],
    )
  })

  it('have holes that are named, and that no gate rests on', () => {
    assert.deepEqual(troublesOn('kafka-tiered', at(0, 1000, 2000, 3000)), [])
    const [hole] = troublesOn('kafka-tiered', at(0, 1000, 9000, 10_000))
    assert.match(hole?.detail ?? '', /longest, 8000 ms/)
    assert.deepEqual(hole?.gates, [])
  })
})
