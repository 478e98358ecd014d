import type { z } from 'zod'
import type { Observation } from '../core/observation.ts'
import type { Random } from '../core/random.ts'
import type { Link, NodeId } from '../core/topology.ts'
import type { Capability, Driver } from '../drivers/driver.ts'
import type { HeldConnections } from './held-connections.ts'

/** When a reading was taken: before the injection, until the effect was proven, or after healing. */
export type Moment = 'before' | 'during' | 'after'

export interface Means {
  /** Connections from before the injection; absent after healing. */
  readonly held?: HeldConnections
  /** How many times as often as usual something is timed: the best of more tries is nearer to what a busy machine hides. */
  readonly effort: number
}

/**
 * A fault: how to inject it, how to see it, how to undo it. A fault without a heal does not compile.
 *
 * `probe` asks the world, never the injector: several times before the injection, which `baseline` makes one reading
 * of; until `isEffective` says yes several times in a row; and after healing until `isHealed` does. Readings change by
 * themselves: what chance alone could show proves nothing, and where it might, `doubt` says so before anything is
 * done. `Target` is plain JSON, is written to the journal before the injection, and is all that `heal` may need: it
 * must work from there alone after a crash.
 */
export interface Fault<Spec = unknown, Target extends TargetBase = TargetBase, Reading = unknown> {
  readonly kind: string
  /** One sentence, for `--plan` and the documentation. */
  readonly summary: string
  /** What was done, for the headline of a report: `a broker was killed`. It is written to the journal. */
  readonly deed: string
  /** The row of the scorecard that it exercises (chaos/score/dimensions.ts). It is written to the journal. */
  readonly dimension: string
  readonly needs: readonly Capability[]
  /** The keys of its own in a drill's timeline. */
  readonly spec: z.ZodType<Spec> & { readonly shape: z.ZodRawShape }
  /** Chooses what is touched. @throws AftershockError `refused` when nothing fits. */
  choose(driver: Driver, spec: Spec, random: Random): Promise<Target>
  inject(driver: Driver, target: Target, id: string): Promise<void>
  /** Why the run may be inconclusive, from the drill alone: for `--plan`. */
  concern?(spec: Spec): string | null
  /**
   * @param id the fault's name, for what was counted under it; before the injection that is nothing.
   * @param means absent where another process heals from the journal.
   */
  probe(driver: Driver, target: Target, id: string, means?: Means): Promise<Reading>
  /** Several looks, the oldest first, as what is compared with. What was not so in all of them was not so. */
  baseline(looks: readonly Reading[]): Reading
  /** Why the effect could not be distinguished from what the baseline shows; nothing is injected then. @default none */
  doubt?(before: Reading, target: Target): string | null
  isEffective(now: Reading, before: Reading, target: Target): boolean
  heal(driver: Driver, target: Target, id: string): Promise<void>
  isHealed(now: Reading, before: Reading, target: Target): boolean
  /**
   * Whether something that answered before does not answer now, also where the fault is not in between: a broker that
   * ended itself, say. Then nothing can be seen of the healing, and its deadline waits.
   * @default never
   */
  isAway?(now: Reading, before: Reading, target: Target): boolean
  /** What a reading says, for the journal and the report. */
  describe(now: Reading, before: Reading, target: Target, when: Moment): readonly Observation[]
  /**
   * The brokers that are to go away for clients: whether they lead anything is checked before.
   * @default those of the target
   */
  takesAway?(driver: Driver, target: Target): readonly NodeId[]
  /** How many looks make a baseline, and how many in a row a proof. @default 3 and 2 */
  readonly looks?: { readonly before?: number; readonly during?: number }
  /** How long the effect and the healing may take to show. @default 15 s and 60 s */
  readonly deadlines?: { readonly effectMs?: number; readonly healMs?: number }
  /**
   * For one whose injection and healing are each a work of minutes, how long such a work may take at most. What goes
   * beyond the fault's `for` then stops the drill's time, so that what comes after it still does.
   *
   * @default 150 s and 180 s, and the drill goes on
   */
  readonly longestWorkMs?: number
}

export interface TargetBase {
  /** In words: `broker 2 (az-b), leader of telemetry/0`. */
  readonly summary: string
  readonly zones: readonly string[]
  readonly nodes: readonly NodeId[]
  readonly links: readonly Link[]
}

/** What one fault does that its like do not. */
export type Own<F extends object> = Pick<F, OwnPart & keyof F>
type OwnPart = 'kind' | 'summary' | 'deed' | 'inject' | 'isEffective' | 'heal' | 'deadlines'

/** Checks a fault's parts against each other, and forgets its types for the registry. */
export function defineFault<Spec, Target extends TargetBase, Reading>(
  fault: Fault<Spec, Target, Reading>,
): Fault {
  return fault
}
