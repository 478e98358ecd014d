import assert from 'node:assert/strict'
import type { ReadEvent } from '../../../chaos/record/journal-reader.ts'
import { readTimeline } from '../../../chaos/score/timeline.ts'

/** A fault from 10 s to 30 s, with what else happened. */
function windowOf(...others: readonly object[]): number | null {
  const id = 's3-outage-1'
  const events = [
    {
      kind: 'fault.intended',
      t: 9_900,
      id,
      fault: 's3-outage',
      summary: '',
      zones: [],
      nodes: [],
      links: [],
    },
    { kind: 'fault.injected', t: 10_000, id },
    { kind: 'fault.healed', t: 30_000, id },
    ...others,
    { kind: 'fleet.stopped', t: 90_000, buffered: 0 },
  ]
    .toSorted((a, b) => (a as { t: number }).t - (b as { t: number }).t)
    .map((event, index) => ({ event, line: index + 1 })) as unknown as ReadEvent[]
  const drill = { timeline: [], steadyState: [], slowAfterMs: 1000 } as never
  return readTimeline(events, drill).faults[0]?.windowEndsAt ?? null
}
const action = (t: number) => ({ kind: 'action.started', t, id: 'replay-2', action: 'replay', spec: {} })
const fault = (t: number) => ({
  kind: 'fault.intended',
  t,
  id: 'b',
  fault: 'zone-cut',
  summary: '',
  zones: [],
  nodes: [],
  links: [],
})

describe('the span in which the recovery from a fault is observed', () => {
  it('ends with the next fault, with an action after the healing, or with the run', () => {
    assert.equal(windowOf(), 90_000)
    assert.equal(windowOf(action(50_000)), 50_000)
    assert.equal(windowOf(fault(60_000), action(70_000)), 60_000)
  })

  it('ends with a fault that overlaps it: nobody could tell their recoveries apart', () => {
    assert.equal(windowOf(fault(20_000)), 20_000)
  })

  it('goes on over an action that the drill begins while the fault holds', () => {
    assert.equal(windowOf(action(15_000)), 90_000)
    assert.equal(windowOf(action(15_000), action(60_000)), 60_000)
  })
})
