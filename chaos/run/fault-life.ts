import type { Clock } from '../core/clock.ts'
import type { FaultEntry } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Observation } from '../core/journal-events.ts'
import type { Random } from '../core/random.ts'
import { linkId, type NodeId } from '../core/topology.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Journal } from '../evidence/journal.ts'
import type { Fault, TargetBase } from '../faults/fault.ts'
import type { TargetReadiness } from './target-ready.ts'
import { untilOrAborted } from './until-or-aborted.ts'

const EFFECT_DEADLINE_MS = 15_000
const HEAL_DEADLINE_MS = 60_000
const HEAL_TRIES = 3

export interface FaultContext {
  readonly driver: Driver
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  /** Ends the hold at once; healing goes on regardless. */
  readonly signal: AbortSignal
  /** Resolves when a fault on these brokers would show what it means to show. @default at once */
  readonly whenReady?: WhenReady | undefined
}

export type WhenReady = (
  nodes: readonly NodeId[],
  onWait: (why: string) => void,
  signal: AbortSignal,
) => Promise<TargetReadiness>

export interface FaultOutcome {
  readonly proven: boolean
  readonly healed: boolean
}

/**
 * One fault from intent to proven heal. The intent, with all that healing needs, is on the disk before the
 * injection. Whatever happens in between, healing is tried; only its own proof can make it count.
 * @param until resolves when a fault without `for` is to end.
 */
export async function liveThroughFault(
  fault: Fault,
  entry: FaultEntry,
  context: FaultContext,
  until: Promise<void>,
): Promise<FaultOutcome> {
  const { driver, journal, clock, signal } = context
  const target = await chooseReady(fault, entry, context)
  const before = await fault.probe(driver, target, entry.id)
  signal.throwIfAborted()
  const { summary, zones, nodes } = target
  const links = target.links.map(linkId)
  const { id, spec } = entry
  journal.append({
    kind: 'fault.intended',
    id,
    fault: fault.kind,
    spec,
    target,
    before,
    summary,
    zones,
    nodes,
    links,
  })
  let proven = false
  try {
    const injectedAt = clock.now()
    await fault.inject(driver, target, id)
    journal.append({ kind: 'fault.injected', id })
    proven = await proveEffect(fault, target, before, id, context)
    await hold(entry, injectedAt, context, until)
  } catch (error) {
    if (!proven && !signal.aborted) {
      journal.append({ kind: 'fault.unproven', id, observations: [], reason: messageOf(error) })
    }
  }
  return { proven, healed: await healFault(fault, driver, { id, target, before }, journal, clock) }
}

/**
 * A broker that leads nothing takes nothing away, and one that is too young is failed over late: neither is what the
 * drill asks about. Waiting may move leaders, so the target is chosen anew after it.
 * @throws AftershockError `refused` when the target does not get ready.
 */
async function chooseReady(fault: Fault, entry: FaultEntry, context: FaultContext): Promise<TargetBase> {
  const { driver, journal, random, signal, whenReady } = context
  const choose = () => fault.choose(driver, entry.spec, random.fork(entry.id))
  let target = await choose()
  if (!whenReady) return target
  for (let waited = true; waited; ) {
    waited = false
    const nodes = fault.takesAway?.(driver, target) ?? target.nodes
    const onWait = (why: string) => {
      waited = true
      journal.append({ kind: 'fault.waiting', id: entry.id, why })
    }
    const readiness = await whenReady(nodes, onWait, signal)
    if (!readiness.ready) throw new AftershockError('refused', `nothing was injected: ${readiness.why}`)
    if (waited) target = await choose()
  }
  return target
}

async function proveEffect(
  fault: Fault,
  target: TargetBase,
  before: unknown,
  id: string,
  context: FaultContext,
): Promise<boolean> {
  const { driver, journal, clock, signal } = context
  const deadline = clock.now() + (fault.deadlines?.effectMs ?? EFFECT_DEADLINE_MS)
  for (;;) {
    const since = Math.round(clock.now())
    const now = await fault.probe(driver, target, id)
    if (fault.isEffective(now, before, target)) {
      journal.append({ kind: 'fault.proven', id, since, observations: fault.describe(now, before, target) })
      return true
    }
    if (clock.now() >= deadline || signal.aborted) {
      const reason = signal.aborted ? 'the run was ended first' : 'the probe did not see its effect'
      journal.append({
        kind: 'fault.unproven',
        id,
        observations: fault.describe(now, before, target),
        reason,
      })
      return false
    }
    await clock.sleep(50)
  }
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

/** What healing needs: from the run's memory, or from its journal after its death. */
export interface HealNeeds {
  readonly id: string
  readonly target: TargetBase
  readonly before: unknown
}

/** Undoes a fault and proves it. Idempotent. Resolves to whether the proof held. */
export async function healFault(
  fault: Fault,
  driver: Driver,
  needs: HealNeeds,
  journal: Journal,
  clock: Clock,
): Promise<boolean> {
  const { id, target, before } = needs
  let lastError: string | undefined
  for (let attempt = 1; attempt <= HEAL_TRIES; attempt++) {
    try {
      await fault.heal(driver, target, id)
      lastError = undefined
      break
    } catch (error) {
      lastError = messageOf(error)
    }
  }
  if (lastError === undefined) journal.append({ kind: 'fault.healed', id })
  const deadline = clock.now() + (fault.deadlines?.healMs ?? HEAL_DEADLINE_MS)
  let observations: readonly Observation[] = []
  for (;;) {
    try {
      const now = await fault.probe(driver, target, id)
      observations = fault.describe(now, before, target)
      if (lastError === undefined && fault.isHealed(now, before, target)) {
        journal.append({ kind: 'fault.heal-proven', id, observations })
        return true
      }
    } catch (error) {
      lastError ??= messageOf(error)
    }
    if (clock.now() >= deadline || lastError !== undefined) {
      const reason = lastError ?? 'the probe still sees the fault'
      journal.append({ kind: 'fault.heal-unproven', id, observations, reason })
      return false
    }
    await clock.sleep(50)
  }
}
