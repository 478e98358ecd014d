import type { Outcome } from '../core/network.ts'
import type { Moment } from './fault.ts'

/**
 * How long something took: the best of several tries, since on a busy machine the slowest says more about the machine
 * than about what was asked. A baseline also says by how much looks differ on their own.
 */
export interface Timed {
  readonly outcome: Outcome
  readonly ms: number
  /** The same question past what the fault touches, in the same moment: how slow node and machine are by themselves. */
  readonly besideMs?: number | null
  /** Of a baseline: between its best look and its worst but one. */
  readonly spreadMs?: number
  readonly besideSpreadMs?: number
}

/** No timer and no scheduler is more exact than this on a machine that does other things as well. */
export const LEAST_EFFECT_MS = 10
/** An effect must be this many times as large as what looks differ by on their own. */
export const TIMES_THE_SPREAD = 3
/** Delays vary a little, and timers may be early: the effect is there when this share of it is. */
const SHARE_OF_EFFECT = 0.8

/** Several looks as one. What was not answered once is not known well enough to compare with. */
export function combineTimed(looks: readonly Timed[]): Timed {
  const missed = looks.find(look => look.outcome !== 'answered')
  if (missed) return missed
  const { best, spread } = bestAndSpread(looks.map(look => look.ms))
  const beside = looks.flatMap(look => look.besideMs ?? [])
  const past = beside.length === looks.length ? bestAndSpread(beside) : null
  return {
    outcome: 'answered',
    ms: best,
    spreadMs: spread,
    ...(past && { besideMs: past.best, besideSpreadMs: past.spread }),
  }
}

/** One look in a baseline may have met a pause of the machine; two that did tell how it is. */
function bestAndSpread(values: readonly number[]): { best: number; spread: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const best = sorted[0] ?? Number.POSITIVE_INFINITY
  return { best, spread: (sorted.at(sorted.length > 2 ? -2 : -1) ?? best) - best }
}

/** Why `addedMs` more could not be distinguished from what the baseline does by itself, with both numbers; null: it can be. */
export function doubtOf(what: string, before: Timed, addedMs: number): string | null {
  if (before.outcome !== 'answered')
    return `${what} was ${before.outcome} before: there is nothing to compare with`
  const spread = before.spreadMs ?? 0
  const known = `${what} took ${round(before.ms)} ms before, and ${round(spread)} ms more or less by itself`
  if (addedMs < LEAST_EFFECT_MS)
    return `${known}; an effect of ${round(addedMs)} ms is less than the ${LEAST_EFFECT_MS} ms that a probe can tell from chance`
  if (addedMs < TIMES_THE_SPREAD * spread)
    return `${known}; an effect of ${round(addedMs)} ms cannot be distinguished from that: it takes ${TIMES_THE_SPREAD} times as much (${round(TIMES_THE_SPREAD * spread)} ms)`
  return null
}

/** What is known before anything runs: an effect that no probe can tell from chance makes a run inconclusive. */
export function concernOf(what: string, addedMs: number): string | null {
  if (addedMs >= LEAST_EFFECT_MS) return null
  return `${what} of ${addedMs} ms cannot be proven: no probe tells less than ${LEAST_EFFECT_MS} ms from chance, and the run will be inconclusive`
}

/** From here on `addedMs` more is seen, and not only a machine that became slower. */
export function effectFloorMs(now: Timed, before: Timed, addedMs: number): number {
  return before.ms + SHARE_OF_EFFECT * addedMs + riseBesideMs(now, before)
}

/** Below this it is as it was before: within half of the effect, or within what looks differ by on their own. */
export function healedCeilingMs(now: Timed, before: Timed, addedMs: number): number {
  return before.ms + Math.max(1, addedMs / 2, before.spreadMs ?? before.ms / 2) + riseBesideMs(now, before)
}

/** By how much the way beside the fault has become slower, beyond what it did by itself. */
function riseBesideMs(now: Timed, before: Timed): number {
  if (now.besideMs === undefined || now.besideMs === null) return 0
  if (before.besideMs === undefined || before.besideMs === null) return 0
  return Math.max(0, now.besideMs - before.besideMs - (before.besideSpreadMs ?? 0))
}

/** In words: what a reading had to be. Of a baseline: how far its looks are apart. */
export function limitOf(now: Timed, was: Timed, when: Moment, addedMs: number): { limit?: string } {
  if (when === 'during') return { limit: `at least ${round(effectFloorMs(now, was, addedMs))} ms` }
  if (when === 'after') return { limit: `below ${round(healedCeilingMs(now, was, addedMs))} ms` }
  return was.spreadMs === undefined ? {} : { limit: `± ${round(was.spreadMs)} ms by itself` }
}

export const round = (ms: number): number => Math.round(ms * 10) / 10
