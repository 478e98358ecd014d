import type { Hands } from '../actions/action.ts'
import { actionOf } from '../actions/index.ts'
import type { Clock } from '../core/clock.ts'
import { compare, describeComparison, type ActionEntry, type Drill, type FaultEntry } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'
import { faultOf } from '../faults/index.ts'
import { DrillTime } from './drill-time.ts'
import { type FaultContext, type FaultOutcome, liveThroughFault, type WhenReady } from './fault-life.ts'
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
  /** While a fault waits, no other entry begins. */
  readonly whenReady?: WhenReady
  /** What the run lends to its actions. */
  readonly hands: Hands
  /** Aborted by the place, whose reason says why. @default it never is */
  readonly calledOff?: AbortSignal
}

export interface TimelineOutcome {
  readonly aborted: boolean
  readonly interrupted: boolean
  /** Faults whose heal could not be proven. */
  readonly unhealed: readonly string[]
  /** Those of them whose driver has not answered yet. @default none */
  readonly unanswered?: readonly string[]
}

/**
 * Plays the drill's timeline: every entry at its time, overlapping as written, and later by as long as a fault had
 * to wait for its target. Resolves when all faults are
 * healed, also when an abort condition or an interruption ended it early.
 */
export async function playTimeline(given: TimelineContext): Promise<TimelineOutcome> {
  const { drill, journal, clock, signal } = given
  journal.append({ kind: 'timeline.started' })
  const time = new DrillTime(clock)
  const context = {
    ...given,
    standStill: () => time.standStill(),
    ...(given.whenReady && { whenReady: standingStill(time, given.whenReady) }),
  }
  const ended = new AbortController()
  const endEarly = () => ended.abort(signal.reason)
  signal.addEventListener('abort', endEarly, { once: true })
  if (signal.aborted) endEarly()
  const callOff = () => {
    if (ended.signal.aborted) return
    journal.append({
      kind: 'abort',
      probe: 'place',
      value: null,
      limit: 'OK',
      why: messageOf(given.calledOff?.reason),
    })
    ended.abort(given.calledOff?.reason)
  }
  given.calledOff?.addEventListener('abort', callOff, { once: true })
  if (given.calledOff?.aborted) callOff()
  const watching = new AbortController()
  const watch = watchAborts(context, ended, watching.signal)

  let release = () => {}
  const untilEnd = new Promise<void>(resolve => {
    release = resolve
  })
  const openEnded = drill.timeline.filter(entry => entry.role === 'fault' && entry.forMs === null)
  const play = (entry: (typeof drill.timeline)[number]) =>
    entry.role === 'fault'
      ? playFault(entry, time, context, ended.signal, untilEnd)
      : playAction(entry, time, context, ended.signal)
  const bounded = Promise.all(drill.timeline.filter(entry => !openEnded.includes(entry)).map(play))
  const open = Promise.all(openEnded.map(play))
  const results = [...(await bounded)]
  await sleepUnlessEnded(clock, drill.settleMs, ended.signal)
  release()
  results.push(...(await open))
  watching.abort()
  await watch
  signal.removeEventListener('abort', endEarly)
  given.calledOff?.removeEventListener('abort', callOff)
  const unhealed = results.filter(result => result !== undefined && !result.outcome.healed)
  const idsOf = (some: readonly FaultResult[]) => some.flatMap(result => (result ? [result.id] : []))
  return {
    aborted: ended.signal.aborted && !signal.aborted,
    interrupted: signal.aborted,
    unhealed: idsOf(unhealed),
    unanswered: idsOf(unhealed.filter(result => result?.outcome.isUnanswered)),
  }
}

type FaultResult = { readonly id: string; readonly outcome: FaultOutcome } | undefined

async function playFault(
  entry: FaultEntry,
  time: DrillTime,
  context: TimelineContext & Pick<FaultContext, 'standStill'>,
  ended: AbortSignal,
  untilEnd: Promise<void>,
): Promise<FaultResult> {
  const { journal } = context
  if (!(await unlessEnded(time.until(entry.atMs, ended), ended))) return undefined
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
  time: DrillTime,
  context: TimelineContext,
  ended: AbortSignal,
): Promise<undefined> {
  const { journal, hands } = context
  if (!(await unlessEnded(time.until(entry.atMs, ended), ended))) return
  const { id, spec } = entry
  const action = actionOf(entry.kind)
  journal.append({ kind: 'action.started', id, action: entry.kind, spec, summary: action.describe(spec) })
  try {
    const { ok, result } = await action.run(spec, { id, hands, signal: ended })
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
      ended.abort(new AftershockError('interrupted', `${condition.probe} is ${value}`))
    }
    await sleepUnlessEnded(clock, 200, AbortSignal.any([stop, ended.signal]))
  }
}

/** The drill's time stands still from the first thing that a fault waits for until it waits no more. */
function standingStill(time: DrillTime, whenReady: WhenReady): WhenReady {
  return async (nodes, onWait, signal, cluster) => {
    let goOn: (() => void) | undefined
    try {
      return await whenReady(
        nodes,
        why => {
          goOn ??= time.standStill()
          onWait(why)
        },
        signal,
        cluster,
      )
    } finally {
      goOn?.()
    }
  }
}

function sleepUnlessEnded(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return unlessEnded(clock.sleep(Math.max(0, ms), signal), signal)
}

/** False when it was cut short. */
async function unlessEnded(wait: Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await wait
    return !signal.aborted
  } catch {
    return false
  }
}
