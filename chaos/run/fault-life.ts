import type { Clock } from '../core/clock.ts'
import type { FaultEntry } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { missesLimit, type Observation } from '../core/observation.ts'
import type { Random } from '../core/random.ts'
import { linkId, type NodeId } from '../core/topology.ts'
import { formatDuration } from '../core/units.ts'
import { within } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import { driverOf } from '../drivers/driver-of.ts'
import type { Journal } from '../record/journal.ts'
import type { Fault, Means, TargetBase } from '../faults/fault.ts'
import { HeldConnections } from '../faults/held-connections.ts'
import { ASKED_MS, BETWEEN_LOOKS_MS, EFFORTS, LOOKS, look } from './fault-looks.ts'
import { healFault, type HealNeeds } from './heal-fault.ts'
import type { TargetReadiness } from './target-ready.ts'
import { untilOrAborted } from './until-or-aborted.ts'

const EFFECT_DEADLINE_MS = 15_000
/** No more looks are begun after this: what is in doubt then stays in doubt. */
const BASELINE_MS = 20_000
/** The least that says anything about how looks differ by themselves. */
const ENOUGH_LOOKS = 3
/** A timeline does not stand still for less. */
const UNNOTICED_MS = 1000

export interface FaultContext {
  readonly driver: Driver
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  /** Ends the hold at once; healing goes on regardless. */
  readonly signal: AbortSignal
  /** Resolves when a fault on these brokers would show what it means to show. @default at once */
  readonly whenReady?: WhenReady | undefined
  /** Lets the drill's time stand still until what it returns is called. @default it goes on */
  readonly standStill?: (() => () => void) | undefined
}

export type WhenReady = (
  nodes: readonly NodeId[],
  onWait: (why: string) => void,
  signal: AbortSignal,
  /** Whose brokers they are. Absent: region a, or the only one. */
  cluster?: 'b',
) => Promise<TargetReadiness>

export interface FaultOutcome {
  readonly proven: boolean
  readonly healed: boolean
  /** Whether the driver has not answered yet: what it was asked for may still come. */
  readonly isUnanswered?: boolean
}

/**
 * One fault from intent to proven heal. The intent, with all that healing needs, is on the disk before the
 * injection. Whatever happens in between, healing is tried; only its own proof can make it count.
 * @param until resolves when a fault without `for` is to end.
 */
export async function liveThroughFault(
  fault: Fault,
  entry: FaultEntry,
  given: FaultContext,
  until: Promise<void>,
): Promise<FaultOutcome> {
  const driver = driverOf(given.driver, entry.cluster)
  const context = { ...given, driver }
  const { journal, clock, signal } = context
  const { id, spec } = entry
  const target = await chooseReady(fault, entry, context)
  using held = new HeldConnections()
  const { before, doubt, effort } = await takeBaseline(fault, target, id, held, context)
  signal.throwIfAborted()
  const { zones, nodes } = target
  const summary = `${entry.cluster === 'b' ? 'in region b: ' : ''}${target.summary}`
  const links = target.links.map(linkId)
  const baseline = fault.describe(before, before, target, 'before')
  if (doubt !== null) {
    // What cannot be proven is not done either: its healing could not be told from chance any better.
    const reason = `nothing was injected: ${doubt}`
    journal.append({ kind: 'fault.unproven', id, observations: baseline, reason })
    return { proven: false, healed: true }
  }
  journal.append({
    kind: 'fault.intended',
    id,
    fault: fault.kind,
    ...(entry.cluster && { cluster: entry.cluster }),
    deed: fault.deed,
    dimension: fault.dimension,
    spec,
    target,
    before,
    baseline,
    summary,
    zones,
    nodes,
    links,
  })
  let proven = false
  const injection = { isUnanswered: true }
  try {
    const injectedAt = clock.now()
    await inject(fault, entry, target, injection, context)
    journal.append({ kind: 'fault.injected', id })
    proven = await proveEffect(fault, { id, target, before }, { held, effort }, context)
    await hold(entry, injectedAt, context, until)
  } catch (error) {
    if (!proven && !signal.aborted) {
      journal.append({ kind: 'fault.unproven', id, observations: [], reason: messageOf(error) })
    }
  }
  const needs = { id, target, before, effort, held, injection }
  using _ = untilWorkEnds(fault, entry, 'its healing', context)
  return { proven, ...(await healFault(fault, driver, needs, journal, clock)) }
}

/**
 * A broker that leads nothing takes nothing away, and one that is too young is failed over late: neither is what the
 * drill asks about. Waiting may move leaders, so the target is chosen anew after it.
 * @throws AftershockError `refused` when the target does not get ready.
 */
async function chooseReady(fault: Fault, entry: FaultEntry, context: FaultContext): Promise<TargetBase> {
  const { driver, journal, clock, random, signal, whenReady } = context
  const choose = () =>
    within(`a target of ${entry.id} to be chosen`, fault.choose(driver, entry.spec, random.fork(entry.id)), {
      clock,
      deadlineMs: ASKED_MS.choose,
    })
  let target = await choose()
  if (!whenReady) return target
  for (let waited = true; waited; ) {
    waited = false
    const nodes = fault.takesAway?.(driver, target) ?? target.nodes
    const onWait = (why: string) => {
      waited = true
      journal.append({ kind: 'fault.waiting', id: entry.id, why })
    }
    const readiness = await whenReady(nodes, onWait, signal, entry.cluster)
    if (!readiness.ready)
      throw new AftershockError('refused', `nothing was injected: ${readiness.why}`, {
        hint: 'the platform was not as the fault needs it: its report shows the seconds before',
      })
    if (waited) target = await choose()
  }
  return target
}

interface Baseline {
  readonly before: unknown
  readonly doubt: string | null
  readonly effort: number
}

/**
 * Several looks before anything is done: how things are, and how they differ by themselves. On a busy machine that
 * takes long; then the drill's time stands still, so that what comes after the fault still comes after it.
 */
async function takeBaseline(
  fault: Fault,
  target: TargetBase,
  id: string,
  held: HeldConnections,
  { driver, clock, signal, journal, standStill }: FaultContext,
): Promise<Baseline> {
  const count = fault.looks?.before ?? LOOKS.before
  const began = clock.now()
  const elapsed = () => clock.now() - began
  using _ = standStillAfter(UNNOTICED_MS, id, 'its baseline takes more than a second', {
    clock,
    journal,
    standStill,
  })
  let found: Baseline | undefined
  for (const effort of EFFORTS) {
    const isFirst = found === undefined
    const looks: unknown[] = []
    while (looks.length < count) {
      // The first effort has its least looks, however long they take: without them nothing could be compared.
      const isDue = elapsed() >= BASELINE_MS
      if (isDue && (!isFirst || looks.length >= ENOUGH_LOOKS)) break
      signal.throwIfAborted()
      looks.push(await look(fault, driver, { target, id }, { held, effort }, clock))
      if (looks.length < count) await clock.sleep(BETWEEN_LOOKS_MS)
    }
    if (looks.length < Math.min(count, ENOUGH_LOOKS)) break
    const before = fault.baseline(looks)
    found = { before, doubt: fault.doubt?.(before, target) ?? null, effort }
    if (found.doubt === null) break
  }
  return found as Baseline
}

async function inject(
  fault: Fault,
  entry: FaultEntry,
  target: TargetBase,
  injection: { isUnanswered: boolean },
  context: FaultContext,
): Promise<void> {
  const { driver, clock } = context
  const { id } = entry
  using _ = untilWorkEnds(fault, entry, 'its injection', context)
  const work = fault.inject(driver, target, id).finally(() => {
    injection.isUnanswered = false
  })
  const deadlineMs = fault.longestWorkMs ?? ASKED_MS.inject
  await within(`the injection of ${id} to end`, work, { clock, deadlineMs })
}

/** A drill counts `for` for each of both works; the platform may take longer. */
function untilWorkEnds(
  fault: Fault,
  { id, forMs }: FaultEntry,
  work: string,
  context: FaultContext,
): Disposable {
  if (fault.longestWorkMs === undefined || forMs === null) return { [Symbol.dispose]() {} }
  return standStillAfter(forMs, id, `${work} takes more than ${formatDuration(forMs)}`, context)
}

/** Stands still from then on, until it is disposed of. */
function standStillAfter(
  ms: number,
  id: string,
  why: string,
  { clock, journal, standStill }: Pick<FaultContext, 'clock' | 'journal' | 'standStill'>,
): Disposable {
  const over = new AbortController()
  let goOn: (() => void) | undefined
  const wait = async () => {
    await clock.sleep(ms, over.signal)
    goOn = standStill?.()
    if (goOn) journal.append({ kind: 'fault.waiting', id, why })
  }
  // Aborted when it was not needed.
  wait().catch(() => {})
  return {
    [Symbol.dispose]() {
      over.abort()
      goOn?.()
    },
  }
}

/** The effect is there when several looks in a row see it; it is dated by the first of them. */
async function proveEffect(
  fault: Fault,
  { id, target, before }: HealNeeds,
  means: Means,
  { driver, journal, clock, signal }: FaultContext,
): Promise<boolean> {
  const deadline = clock.now() + (fault.deadlines?.effectMs ?? EFFECT_DEADLINE_MS)
  const needed = fault.looks?.during ?? LOOKS.during
  let since = 0
  let inARow = 0
  for (;;) {
    const begun = Math.round(clock.now())
    const now = await look(fault, driver, { target, id }, means, clock)
    const isSeen = fault.isEffective(now, before, target)
    const observations = fault.describe(now, before, target, 'during')
    if (isSeen && inARow === 0) since = begun
    inARow = isSeen ? inARow + 1 : 0
    if (inARow >= needed) {
      journal.append({ kind: 'fault.proven', id, since, observations })
      return true
    }
    if (signal.aborted || (!isSeen && clock.now() >= deadline)) {
      const reason = signal.aborted ? 'the run was ended first' : notSeen(observations)
      journal.append({ kind: 'fault.unproven', id, observations, reason })
      return false
    }
    await clock.sleep(BETWEEN_LOOKS_MS)
  }
}

function notSeen(observations: readonly Observation[]): string {
  // Of several, the one that was not as it had to be.
  const seen = observations.find(missesLimit) ?? observations.find(({ limit }) => limit !== undefined)
  if (!seen) return 'the probe did not see its effect'
  const value = `${String(seen.value)}${seen.unit === undefined ? '' : ` ${seen.unit}`}`
  return `the probe did not see its effect on everything that it touches: ${seen.what} ${value}, needed ${seen.limit}`
}

async function hold(
  entry: FaultEntry,
  injectedAt: number,
  { clock, signal }: FaultContext,
  until: Promise<void>,
): Promise<void> {
  if (entry.forMs === null) return untilOrAborted(until, signal)
  const left = injectedAt + entry.forMs - clock.now()
  if (left > 0) await clock.sleep(left, signal)
}
