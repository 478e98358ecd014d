import { formatDuration } from '../core/units.ts'
import type { Observation } from '../core/observation.ts'
import type { FaultEvent, JournalEvent } from '../record/journal-events.ts'
import type { ReadEvent } from '../record/journal-reader.ts'
import type { DrillFile } from '../record/run-header.ts'

/** One fault's life as the journal tells it. Times are null for what never happened. */
export interface FaultLife {
  readonly id: string
  readonly kind: string
  readonly summary: string
  readonly zones: readonly string[]
  readonly nodes: readonly number[]
  /** Whose brokers and links these are. Absent: those of region a. */
  readonly cluster?: 'b'
  readonly links: readonly string[]
  readonly intendedAt: number | null
  readonly injectedAt: number | null
  /** When the probe that saw the effect began: the effect was there by the time it ended, not later. */
  readonly provenAt: number | null
  readonly healedAt: number | null
  /** When healing began: before `healedAt`. null where the journal does not say. */
  /** As the journal has them; absent in those of before they were kept. */
  readonly deed?: string
  readonly dimension?: string
  readonly healBeganAt: number | null
  readonly healProvenAt: number | null
  readonly unproven: string | null
  readonly healUnproven: string | null
  /** Before anything was done; empty in journals of before it was kept. */
  readonly baseline: readonly Observation[]
  readonly effect: readonly Observation[]
  readonly healing: readonly Observation[]
  /** The journal's line of each event, by its kind without `fault.`. */
  readonly journal: Readonly<Record<string, number>>
  /** Where its recovery stops being observed: the next injection, an action after its healing, or the end. */
  readonly windowEndsAt: number | null
}

export interface ActionLife {
  readonly id: string
  readonly kind: string
  /** What was done, in words; absent in runs of version 0.1.0. */
  readonly summary?: string | undefined
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly ok: boolean | null
  readonly result: unknown
  readonly line: number
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface RunTimeline {
  readonly faults: readonly FaultLife[]
  readonly actions: readonly ActionLife[]
  /** Load without faults, before the first one. */
  readonly steady: Span | null
  /** When the fleet stopped making records; null when the journal does not say. */
  readonly endsAt: number | null
  readonly outcome: string | null
}

/** A fault may be healed so much before its time without being another fault. */
const EARLY_MS = 1000
/** What was due this long before a disturbance may feel it. */
const FELT_BEFORE_MS = 1000

interface Disturbance {
  readonly id: string
  readonly t: number
  readonly isFault: boolean
}

type Timed<K extends JournalEvent['kind']> = Extract<JournalEvent, { kind: K }> & { readonly t: number }

export function readTimeline(events: readonly ReadEvent[], drill: DrillFile): RunTimeline {
  const first = (kind: JournalEvent['kind']) => events.find(({ event }) => event.kind === kind)?.event

  // The fleet goes on after the last entry (`settle`); what it saw until it stopped still counts.
  const endsAt = first('fleet.stopped')?.t ?? first('timeline.ended')?.t ?? null
  const disturbances: readonly Disturbance[] = events.flatMap(({ event }) =>
    // From its intent on: an injection takes a while, and what clients feel of it may begin before it is complete.
    event.kind === 'fault.intended' || event.kind === 'action.started'
      ? [{ id: event.id, t: event.t, isFault: event.kind === 'fault.intended' }]
      : [],
  )
  const finished = first('run.finished')
  return {
    faults: faultIds(events, drill).map(id => faultLife(id, drill, events, disturbances, endsAt)),
    actions: actionLives(events),
    steady: steadySpan(events, drill, endsAt),
    endsAt,
    outcome: finished?.kind === 'run.finished' ? finished.outcome : null,
  }
}

/** Those that the journal tells of, in its order, and those that were planned and never began. */
function faultIds(events: readonly ReadEvent[], drill: DrillFile): string[] {
  const begun = events.flatMap(({ event }) => (event.kind === 'fault.intended' ? [event.id] : []))
  const planned = drill.timeline.flatMap(entry => (entry.role === 'fault' ? [entry.id] : []))
  return [...new Set([...begun, ...planned])]
}

function faultLife(
  id: string,
  drill: DrillFile,
  events: readonly ReadEvent[],
  disturbances: readonly Disturbance[],
  endsAt: number | null,
): FaultLife {
  const journal: Record<string, number> = {}
  const mine = new Map<FaultEvent['kind'], FaultEvent & { readonly t: number }>()
  for (const { event, line } of events) {
    if (!event.kind.startsWith('fault.') || !('id' in event) || event.id !== id) continue
    mine.set(event.kind as FaultEvent['kind'], event as FaultEvent & { readonly t: number })
    journal[event.kind.slice('fault.'.length)] = line
  }
  const get = <K extends FaultEvent['kind']>(kind: K) => mine.get(kind) as Timed<K> | undefined

  const intended = get('fault.intended')
  const injectedAt = get('fault.injected')?.t ?? null
  const healedAt = get('fault.healed')?.t ?? null
  const next = disturbances.find(
    // What a drill does while the fault holds, as reading history then, is part of what it asks of the fault.
    other =>
      other.id !== id && injectedAt !== null && other.t > ((other.isFault ? null : healedAt) ?? injectedAt),
  )
  // Of two answers the later one stands.
  const later = <K extends FaultEvent['kind']>(one: K, other: FaultEvent['kind']) =>
    (journal[one.slice('fault.'.length)] ?? 0) > (journal[other.slice('fault.'.length)] ?? 0)
      ? get(one)
      : undefined
  const proven = later('fault.proven', 'fault.unproven')
  const healProven = later('fault.heal-proven', 'fault.heal-unproven')
  const effect = proven ?? get('fault.unproven')
  const healing = healProven ?? get('fault.heal-unproven')
  const noProof = intended ? 'no proof is in the journal' : 'it was planned and never began'
  return {
    id,
    ...(intended?.cluster && { cluster: intended.cluster }),
    kind: intended?.fault ?? drill.timeline.find(entry => entry.id === id)?.kind ?? 'unknown',
    ...(intended?.deed === undefined ? {} : { deed: intended.deed }),
    ...(intended?.dimension === undefined ? {} : { dimension: intended.dimension }),
    summary: intended?.summary ?? 'planned, never begun',
    zones: intended?.zones ?? [],
    nodes: intended?.nodes ?? [],
    links: intended?.links ?? [],
    intendedAt: intended?.t ?? null,
    injectedAt,
    provenAt: proven?.since ?? null,
    healedAt,
    healBeganAt: get('fault.healed')?.since ?? null,
    healProvenAt: healProven?.t ?? null,
    unproven: proven
      ? healedEarly(drill, id, intended?.t, get('fault.healed'))
      : (get('fault.unproven')?.reason ?? noProof),
    healUnproven: healProven
      ? null
      : (get('fault.heal-unproven')?.reason ?? 'no proof of healing is in the journal'),
    baseline: intended?.baseline ?? [],
    effect: effect?.observations ?? [],
    healing: healing?.observations ?? [],
    journal,
    windowEndsAt: injectedAt === null ? null : (next?.t ?? endsAt),
  }
}

/** A fault that held for less than the drill asks for has tested less; runs of before the beginning was told had no less. */
function healedEarly(
  drill: DrillFile,
  id: string,
  intendedAt: number | undefined,
  healed: Timed<'fault.healed'> | undefined,
): string | null {
  const plannedMs = drill.timeline.find(entry => entry.id === id)?.forMs ?? null
  if (plannedMs === null || intendedAt === undefined || !healed) return null
  const heldMs = (healed.since ?? healed.t) - intendedAt
  return heldMs < plannedMs - EARLY_MS
    ? `it was healed after ${formatDuration(heldMs)}, and was to hold for ${formatDuration(plannedMs)}`
    : null
}

function actionLives(events: readonly ReadEvent[]): ActionLife[] {
  return events.flatMap(({ event, line }) => {
    if (event.kind !== 'action.started') return []
    const end = events.find(({ event: other }) => other.kind === 'action.finished' && other.id === event.id)
    const finished = end?.event as Timed<'action.finished'> | undefined
    return [
      {
        id: event.id,
        kind: event.action,
        summary: event.summary,
        startedAt: event.t,
        finishedAt: finished?.t ?? null,
        ok: finished?.ok ?? null,
        result: finished?.result ?? null,
        line: end?.line ?? line,
      },
    ]
  })
}

/**
 * From the beginning of the last seconds that the steady-state proof looked at, to the first disturbance.
 * What lies before may still be warming up, and what was due just before the disturbance may feel it.
 */
function steadySpan(events: readonly ReadEvent[], drill: DrillFile, endsAt: number | null): Span | null {
  const disturbed = events.find(
    ({ event }) => event.kind === 'fault.intended' || event.kind === 'action.started',
  )
  const until = disturbed ? disturbed.event.t - (drill.slowAfterMs ?? FELT_BEFORE_MS) : endsAt
  const proof = events.find(({ event }) => event.kind === 'steady-state' && event.when === 'before')
  if (!proof || until === null) return null
  const fleet = events.find(({ event }) => event.kind === 'fleet.started')
  const fromMs = Math.max(proof.event.t - heldForMs(drill), fleet?.event.t ?? 0)
  return until > fromMs ? { fromMs, toMs: until } : null
}

/** Over the last such seconds before its proof, every condition of a steady state had held. */
export function heldForMs(drill: Pick<DrillFile, 'steadyState'>): number {
  return Math.min(...drill.steadyState.map(condition => condition.forSeconds * 1000))
}
