import { type DrillScope, drillScopeOf, isOfEverything, scopeWords } from '../core/replay-scope.ts'
import type { JournalLine } from '../record/journal-events.ts'
import type { ReplayMeasurement } from '../record/measurements.ts'
import type { Evidence } from './evidence.ts'

type Stated = Extract<JournalLine, { kind: 'replay.stated' }>

/** What it was to read, in words; null: everything, from the oldest offset to the end. */
export function whatIsRead({ header, journal }: Evidence, { id }: Pick<Stated, 'id'>): string | null {
  const all = Object.keys(header.drill.contract.topics)
  const scope = scopeIn(
    journal.events.map(({ event }) => event),
    id,
    all,
  )
  return scope === null || isOfEverything(scope, all) ? null : scopeWords(scope)
}

function scopeIn(events: readonly JournalLine[], id: string, all: readonly string[]): DrillScope | null {
  const started = events.find(event => event.kind === 'action.started' && event.id === id)
  return started?.kind === 'action.started' ? drillScopeOf(started.spec, all) : null
}

/** What it said before it began. */
export function statedFor(stated: Stated): NonNullable<ReplayMeasurement['stated']> {
  const {
    records,
    gone,
    bytes = null,
    expectedSeconds = null,
    expectedBy = 'limit',
    marginMs = null,
  } = stated
  return {
    records,
    gone,
    bytes,
    expectedSeconds,
    expectedBy,
    marginMs,
    unreported: stated.unreported ?? null,
  }
}
