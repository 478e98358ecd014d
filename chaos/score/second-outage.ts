import { isRegionMove } from '../core/regions.ts'
import { isReleaseMove } from '../core/upgrade.ts'
import type { Outage } from '../record/measured.ts'
import type { Measurements, Trouble } from '../record/measurements.ts'
import { SUSTAINED_FOR_MS } from './recovery.ts'
import type { RunTimeline, Span } from './timeline.ts'

/** What may have caused an outage that no fault explains: the healing of one, or an action. */
interface Aftermath extends Span {
  readonly cause: string
}

/**
 * The question of every drill: did recovery become an outage of its own? Yes, if somewhere clients were
 * without service for as long as good service must last to count as recovered, and that began only after
 * healing (before anything else was injected) or while a replay ran. What had begun before healing belongs to
 * the fault. Shorter stretches, still longer than the drill calls slow, are pauses: they are told, and are no
 * outage.
 */
export function findSecondOutage(
  outages: readonly Outage[],
  timeline: RunTimeline,
  troubles: readonly Trouble[],
  slowAfterMs: number,
): Measurements['secondOutage'] {
  const stretches = aftermaths(timeline).flatMap(aftermath =>
    outages
      .filter(outage => outage.fromMs >= aftermath.fromMs && outage.fromMs < aftermath.toMs)
      .map(outage => untilNextFault(outage, timeline))
      // A slow baseline makes pauses longer; it does not make an outage shorter.
      .filter(outage => outage.toMs - outage.fromMs > Math.min(slowAfterMs, SUSTAINED_FOR_MS - 1))
      .map(outage => ({ after: aftermath.cause, ...outage })),
  )
  const cases = stretches.filter(outage => outage.toMs - outage.fromMs >= SUSTAINED_FOR_MS)
  const pauses = stretches.filter(outage => outage.toMs - outage.fromMs < SUSTAINED_FOR_MS)
  const longestMs = Math.max(0, ...stretches.map(outage => outage.toMs - outage.fromMs))
  const doubt = troubles.find(trouble => trouble.effect !== 'noted')
  const unproven = timeline.faults.find(fault => fault.provenAt === null || fault.healedAt === null)
  const why = doubt
    ? `${doubt.what}: ${doubt.detail}`
    : unproven
      ? `${unproven.id} was not ${unproven.provenAt === null ? 'proven' : 'healed'}`
      : timeline.endsAt === null
        ? 'the journal does not say when the fleet stopped'
        : null
  const trusted = !troubles.some(trouble => trouble.effect === 'untrusted')
  const answer = cases.length > 0 && trusted ? 'yes' : why === null ? 'no' : 'unknown'
  return { answer, why: answer === 'unknown' ? why : null, cases, pauses, longestMs }
}

/**
 * What is on its way when the next fault begins, and fails with it, was due a moment before: from the injection on,
 * a stretch says nothing about what came before.
 */
function untilNextFault(outage: Outage, { faults }: RunTimeline): Outage {
  const injections = faults.flatMap(({ injectedAt }) => injectedAt ?? [])
  const next = Math.min(...injections.filter(t => t > outage.fromMs))
  return next < outage.toMs ? { ...outage, toMs: next, open: false } : outage
}

function aftermaths(timeline: RunTimeline): Aftermath[] {
  const faults = timeline.faults.flatMap(fault =>
    fault.healedAt !== null && fault.windowEndsAt !== null && fault.windowEndsAt > fault.healedAt
      ? [{ cause: fault.id, fromMs: fault.healedAt, toMs: fault.windowEndsAt }]
      : [],
  )
  // Whoever moves devices to another region holds them on purpose, and whoever upgrades ends brokers: each is judged by
  // what was promised of it.
  const actions = timeline.actions
    .filter(({ kind }) => !isRegionMove(kind) && !isReleaseMove(kind))
    .map(action => ({
      cause: action.id,
      fromMs: action.startedAt,
      toMs: action.finishedAt ?? timeline.endsAt ?? action.startedAt,
    }))
  // An outage during a replay that overlaps a fault's aftermath is told once, for whichever began last.
  const all = [...faults, ...actions].toSorted((a, b) => a.fromMs - b.fromMs)
  return all.map((one, index) => {
    const next = all[index + 1]
    return next && next.fromMs < one.toMs ? { ...one, toMs: next.fromMs } : one
  })
}
