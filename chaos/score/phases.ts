import type { Evidence } from './evidence.ts'
import { flowsWithin } from './link-bytes.ts'
import type { Phase } from '../record/measurements.ts'
import type { RunTimeline, Span } from './timeline.ts'

/** The run cut into named spans, in order of their beginning, with the bytes that every link moved in each. */
export function measurePhases(evidence: Evidence, timeline: RunTimeline): Phase[] {
  return namedSpans(timeline).map(named => ({ ...named, links: flowsWithin(evidence.links, named) }))
}

function namedSpans(timeline: RunTimeline): (Span & { readonly name: string })[] {
  const spans: { name: string; fromMs: number; toMs: number }[] = []
  const add = (name: string, fromMs: number | null, toMs: number | null): void => {
    if (fromMs !== null && toMs !== null && toMs > fromMs) spans.push({ name, fromMs, toMs })
  }
  if (timeline.steady) add('steady, before the first fault', timeline.steady.fromMs, timeline.steady.toMs)
  for (const fault of timeline.faults) {
    const heldUntil = fault.healedAt ?? fault.windowEndsAt
    add(`${fault.id}: held`, fault.injectedAt, heldUntil)
    add(`${fault.id}: recovery`, fault.healedAt, fault.windowEndsAt)
  }
  let quietFrom: number | null = null
  for (const action of timeline.actions) {
    add(action.id, action.startedAt, action.finishedAt)
    quietFrom = Math.max(quietFrom ?? 0, action.finishedAt ?? 0)
  }
  const lastEntry = Math.max(0, ...timeline.faults.map(fault => fault.injectedAt ?? 0))
  if (quietFrom !== null && quietFrom > lastEntry) add('after the replay', quietFrom, timeline.endsAt)
  return spans.toSorted((a, b) => a.fromMs - b.fromMs)
}
