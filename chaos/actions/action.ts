import type { z } from 'zod'
import type { AbortCondition } from '../core/drill.ts'
import type { RegionMove } from '../core/regions.ts'
import type { ReleaseMove } from '../core/upgrade.ts'
import type { DrillScope } from '../core/replay-scope.ts'
import type { Capability } from '../drivers/driver.ts'
import type { CommandEnd, Limits } from '../core/command.ts'

/**
 * What a timeline does besides faults: how it is written in a drill, what it needs, how it is done, and how it is
 * called. An action breaks nothing, so there is nothing to prove and nothing to heal; its result is evidence.
 */
export interface Action<Spec = unknown> {
  readonly kind: string
  /** One sentence, for the documentation. */
  readonly summary: string
  readonly needs: readonly Capability[]
  /** The keys of its own in a drill's timeline. */
  readonly spec: z.ZodType<Spec> & { readonly shape: z.ZodRawShape }
  /** What it is called in a plan, in the live view and on the page. */
  describe(spec: Spec): string
  /** Done when it resolves. @param signal aborted when the timeline ends early. */
  run(spec: Spec, context: ActionContext): Promise<ActionOutcome>
}

/** `result` is plain JSON for the journal; what it holds is the action's own. */
export interface ActionOutcome {
  readonly ok: boolean
  readonly result: unknown
}

export interface ActionContext {
  /** Its name in the timeline. */
  readonly id: string
  readonly hands: Hands
  readonly signal: AbortSignal
}

/** What a run lends to its actions. */
export interface Hands {
  /** Reads what is in its scope, as it is now. */
  replay(order: ReplayOrder, signal: AbortSignal): Promise<ActionOutcome>
  /** Reads again what the sink put aside, mends it and publishes it. */
  repair(connector: string, signal: AbortSignal): Promise<ActionOutcome>
  /** Reads what its approval allows, through whoever must approve it. */
  governedReplay(order: GovernedReplayOrder, signal: AbortSignal): Promise<ActionOutcome>
  /** Devices and consumers go to the other region, or come back from it. */
  moveRegion(order: RegionOrder, signal: AbortSignal): Promise<ActionOutcome>
  /** Brokers are given another release, or what they share another level. */
  changeRelease(order: ReleaseOrder, signal: AbortSignal): Promise<ActionOutcome>
  /** Runs a program and waits for its end. It is killed with all that it started when `withinMs` have passed. */
  command(argv: readonly string[], limits: Limits): Promise<CommandEnd>
  /** Tells a person what to do, and waits until they say that it is done. @returns false when the time has passed. */
  person(id: string, what: string, limits: Limits): Promise<boolean>
  /** Milliseconds since the run's zero. */
  now(): number
}

export interface ReplayOrder {
  /** The action's name in the timeline. */
  readonly id: string
  readonly scope: Omit<DrillScope, 'topics'> & {
    /** @default every topic of the contract */
    readonly topics?: DrillScope['topics']
  }
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
}

export interface RegionOrder {
  /** The action's name in the timeline. */
  readonly id: string
  readonly move: RegionMove
  /** Each of its steps. */
  readonly withinMs: number
  /** In so many groups devices connect to the other region. @default 1 */
  readonly waves?: number
  /** What a person has to do and to say before devices are held. @default nobody is asked */
  readonly goAhead?: string
  /** What a wave has to show before the next one follows. @default it follows at once */
  readonly between?: WaveBounds
}

/** When a wave of devices is well in the region that it moved to. */
export interface WaveBounds {
  /** For how long it is watched. */
  readonly watchMs: number
  /** The longest time in which nothing of it is acknowledged. */
  readonly silentMsAtMost: number
  /** Records that are refused or not answered while it is watched. */
  readonly unansweredAtMost: number
  /** Records that consumers are behind at the end. */
  readonly lagAtMost: number
  /** What a person has to do and to say before the next wave, once this one is well. @default nobody is asked */
  readonly goAhead?: string
}

export interface ReleaseOrder {
  /** The action's name in the timeline. */
  readonly id: string
  readonly move: ReleaseMove
  /** Each of its steps. */
  readonly withinMs: number
}

export interface GovernedReplayOrder {
  /** The action's name in the timeline. */
  readonly id: string
  readonly scope: DrillScope
  /** Who reads, as brokers know it. */
  readonly principal: string
  readonly reason: string
  readonly requester: string
  /** From when it is approved. */
  readonly expiresInMs: number
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
  /** From when it reads; null: the right stays until its end. */
  readonly revokeAfterMs: number | null
  readonly stopWhen: readonly AbortCondition[]
}

/** Checks an action's parts against each other, and forgets its types for the registry. */
export function defineAction<Spec>(action: Action<Spec>): Action {
  return action
}
