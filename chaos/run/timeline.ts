import type { Clock } from '../core/clock.ts'
import { compare, describeComparison, type ActionEntry, type Drill, type FaultEntry } from '../core/drill.ts'
import { messageOf } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Journal } from '../evidence/journal.ts'
import { faultOf } from '../faults/index.ts'
import { type FaultOutcome, liveThroughFault, type WhenReady } from './fault-life.ts'
import type { LiveState } from './live-state.ts'

export interface TimelineContext {
  readonly drill: Drill
  readonly driver: Driver
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly live: LiveState
  /** Aborted by an interruption from outside; its reason says by what. */
  readonly signal: AbortSignal
  readonly whenReady?: WhenReady
  /** Runs one action and resolves to its result for the journal. */
  readonly act: (
    entry: ActionEntry,
    signal: AbortSignal,
  ) => Promise<{ readonly ok: boolean; readonly result: unknown }>
}

export interface TimelineOutcome {
  readonly aborted: boolean
  readonly interrupted: boolean
  /** Faults whose heal could not be proven. */
  readonly unhealed: readonly string[]
}

/**
 * Plays the drill's timeline: every entry at its time, overlapping as written. Resolves when all faults are
 * healed, also when an abort condition or an interruption ended it early.
 */
export async function playTimeline(context: TimelineContext): Promise<TimelineOutcome> {
  const { drill, journal, clock, signal } = context
  journal.append({ kind: 'timeline.started' })
  const start = clock.now()
  const ended = new AbortController()
  const endEarly = () => ended.abort(signal.reason)
  signal.addEventListener('abort', endEarly, { once: true })
  if (signal.aborted) endEarly()
  const watching = new AbortController()
  const watch = watchAborts(context, ended, watching.signal)

  let release = () => {}
  const untilEnd = new Promise<void>(resolve => {
    release = resolve
  })
  const openEnded = drill.timeline.filter(entry => entry.role === 'fault' && entry.forMs === null)
  const play = (entry: (typeof drill.timeline)[number]) =>
    entry.role === 'fault'
      ? playFault(entry, start, context, ended.signal, untilEnd)
      : playAction(entry, start, context, ended.signal)
  const bounded = Promise.all(drill.timeline.filter(entry => !openEnded.includes(entry)).map(play))
  const open = Promise.all(openEnded.map(play))
  const results = [...(await bounded)]
  await sleepUnlessEnded(clock, drill.settleMs, ended.signal)
  release()
  results.push(...(await open))
  watching.abort()
  await watch
  signal.removeEventListener('abort', endEarly)
  const unhealed = results.flatMap(result => (result && !result.outcome.healed ? [result.id] : []))
  return { aborted: ended.signal.aborted && !signal.aborted, interrupted: signal.aborted, unhealed }
}

type FaultResult = { readonly id: string; readonly outcome: FaultOutcome } | undefined

async function playFault(
  entry: FaultEntry,
  start: number,
  context: TimelineContext,
  ended: AbortSignal,
  untilEnd: Promise<void>,
): Promise<FaultResult> {
  const { clock, journal } = context
  if (!(await sleepUnlessEnded(clock, start + entry.atMs - clock.now(), ended))) return undefined
  try {
    return {
      id: entry.id,
      outcome: await liveThroughFault(faultOf(entry.kind), entry, { ...context, signal: ended }, untilEnd),
    }
  } catch (error) {
    // Nothing was injected yet: choosing the target or the first probe failed.
    if (!ended.aborted)
      journal.append({ kind: 'fault.unproven', id: entry.id, observations: [], reason: messageOf(error) })
    return undefined
  }
}

async function playAction(
  entry: ActionEntry,
  start: number,
  context: TimelineContext,
  ended: AbortSignal,
): Promise<undefined> {
  const { clock, journal } = context
  if (!(await sleepUnlessEnded(clock, start + entry.atMs - clock.now(), ended))) return
  const { id } = entry
  journal.append({ kind: 'action.started', id, action: entry.kind, spec: entry.spec })
  try {
    const { ok, result } = await context.act(entry, ended)
    journal.append({ kind: 'action.finished', id, ok, result })
  } catch (error) {
    journal.append({ kind: 'action.finished', id, ok: false, result: { error: messageOf(error) } })
  }
}

/** Ends the timeline as soon as an abort condition holds. An unknown value aborts nothing: gates judge it later. */
async function watchAborts(
  context: TimelineContext,
  ended: AbortController,
  stop: AbortSignal,
): Promise<void> {
  const { drill, live, clock, journal } = context
  while (!stop.aborted && !ended.signal.aborted) {
    for (const condition of drill.abort) {
      const value = live.read(condition.probe, clock.now())
      if (value === null || !compare(condition, value) || ended.signal.aborted) continue
      journal.append({ kind: 'abort', probe: condition.probe, value, limit: describeComparison(condition) })
      ended.abort(new Error(`${condition.probe} is ${value}`))
    }
    await sleepUnlessEnded(clock, 200, AbortSignal.any([stop, ended.signal]))
  }
}

/** False when it was cut short. */
async function sleepUnlessEnded(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(Math.max(0, ms), signal)
    return !signal.aborted
  } catch {
    return false
  }
}
