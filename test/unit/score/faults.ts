import type { FaultLife, RunTimeline } from '../../../chaos/score/timeline.ts'

/** A fault proven at 10 s, healed at 20 s, observed until 40 s. */
export function faultLife(changes: Partial<FaultLife> = {}): FaultLife {
  return {
    id: 'broker-kill-1',
    kind: 'broker-kill',
    summary: 'broker 2 (az-b)',
    zones: ['az-b'],
    nodes: [2],
    links: [],
    intendedAt: 9_900,
    injectedAt: 9_950,
    provenAt: 10_000,
    healedAt: 20_000,
    healBeganAt: null,
    healProvenAt: 20_500,
    unproven: null,
    healUnproven: null,
    baseline: [],
    effect: [],
    healing: [],
    journal: {},
    windowEndsAt: 40_000,
    ...changes,
  }
}

export function timelineOf(changes: Partial<RunTimeline> = {}): RunTimeline {
  return {
    faults: [faultLife()],
    actions: [],
    steady: { fromMs: 0, toMs: 9_000 },
    endsAt: 40_000,
    outcome: 'completed',
    ...changes,
  }
}
