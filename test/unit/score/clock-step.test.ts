import assert from 'node:assert/strict'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { findTroubles, troublesOf } from '../../../chaos/score/evidence-quality.ts'
import type { RunTimeline } from '../../../chaos/score/timeline.ts'
import { evidenceOf } from './evidence-of.ts'

const ZERO = Date.parse('2026-01-01T00:00:00Z')

/** A journal whose wall clock is off by `stepMs` from the third line on. */
function stepped(stepMs: number): Evidence['journal'] {
  const events = [0, 1000, 2000, 3000].map((t, index) => ({
    line: index + 1,
    event: {
      kind: 'timeline.started' as const,
      seq: index,
      t,
      at: new Date(ZERO + t + (index >= 2 ? stepMs : 0)).toISOString(),
      prev: '',
    },
  }))
  return { events, broken: null, skipped: [], lines: events.length, head: '' }
}
const timeline = { faults: [], actions: [], steady: null, endsAt: null, outcome: 'completed' } as RunTimeline
const stepsOf = (stepMs: number) =>
  findTroubles(evidenceOf({ journal: stepped(stepMs) }), timeline).filter(
    trouble => trouble.what === 'clock jumped',
  )

describe('the wall clock of a run', () => {
  it('is in doubt when it jumped forwards or backwards, and the line is named', () => {
    for (const ms of [3_600_000, -2000])
      assert.match(stepsOf(ms)[0]?.detail ?? '', new RegExp(`${ms} ms before line 3`))
  })

  it('takes the gates with it that compare with the timestamps of records, and no others', () => {
    const troubles = stepsOf(-2000)
    assert.equal(troublesOf(troubles, 'tail-lag-during-replay-seconds').length, 1)
    assert.equal(troublesOf(troubles, 'sustained-recovery-seconds').length, 0)
  })

  it('may drift as time servers make it', () => {
    assert.deepEqual(stepsOf(90), [])
  })
})
