import { Duration } from 'aws-cdk-lib'
import type { Drill, FaultEntry } from '../../chaos/core/drill.ts'
import { Action } from '../fis/index.ts'
import {
  type Expressed,
  EXPRESSIONS,
  type Inventory,
  REASON_OF_ACTIONS,
  REASON_OF_OTHERS,
  REASONS,
} from './expressible.ts'

/** A step of a drill that is not, or not quite, in its experiment. */
export interface Remark {
  /** The id of the fault or action; the drill's name where it is about the whole. */
  readonly step: string
  readonly why: string
}

/** What of a drill FIS can do. */
export interface DrillExperiment {
  readonly drill: string
  readonly description: string
  /** Empty: FIS can do nothing of it. */
  readonly actions: readonly Action[]
  /** The alarms of these zones must not stop it: it takes them away. */
  readonly takesAway: readonly string[]
  readonly cannot: readonly Remark[]
  readonly differs: readonly Remark[]
}

const A_MINUTE_MS = 60_000
const LONGEST_MS = 12 * 3_600_000

/** A fault that FIS can do, and for how long it does. */
interface Doable {
  readonly fault: FaultEntry
  readonly heldMs: number
  readonly holdMs: number
  readonly expressed: Exclude<Expressed, { readonly cannot: string }>
}

/** Pure: nothing is looked up, so that the same drill and environment give the same experiment. */
export function experimentOfDrill(drill: Drill, inventory: Inventory): DrillExperiment {
  const { doable, cannot } = sorted(drill, inventory)
  const differs: Remark[] = []
  const firstMs = Math.min(...doable.map(({ fault }) => fault.atMs))
  const made: { readonly until: number; readonly actions: readonly Action[] }[] = []
  const actions: Action[] = []
  for (const { fault, heldMs, holdMs, expressed } of doable) {
    if (holdMs !== heldMs)
      differs.push({
        step: fault.id,
        why: `it holds for ${seconds(holdMs)} and not ${seconds(heldMs)}: FIS goes by the minute`,
      })
    for (const why of expressed.differs) differs.push({ step: fault.id, why })
    const wait = waitBefore(fault, fault.atMs - firstMs, differs)
    // What was over in the drill is over here, however much longer it takes: never two zones where there was one.
    const over = made.filter(({ until }) => until <= fault.atMs).flatMap(earlier => earlier.actions)
    const own = expressed.actions([...wait, ...over])
    made.push({ until: fault.atMs + heldMs, actions: own })
    actions.push(...wait, ...own)
  }
  if (actions.length > 0) differs.push({ step: drill.drill, why: UNPROVEN })
  return {
    drill: drill.drill,
    description: `${drill.drill}: ${drill.title}`.slice(0, 512),
    actions,
    takesAway: [...new Set(doable.flatMap(({ expressed }) => expressed.takesAway))],
    cannot,
    differs,
  }
}

const UNPROVEN =
  'nothing in it proves that a fault had its effect or was healed, and nothing judges: run the drill beside it'

const IN_REGION_B = 'it is done in region b, which is another environment: render a drill for that one'

/** What FIS can do of it, in the order of time, and why not the rest. */
function sorted(drill: Drill, inventory: Inventory) {
  const doable: Doable[] = []
  const cannot: Remark[] = []
  const ends = drill.timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  const endMs = Math.max(...ends)
  for (const entry of drill.timeline) {
    const { id: step, kind } = entry
    const expression = entry.role === 'fault' ? EXPRESSIONS[kind] : undefined
    if (entry.role === 'action') cannot.push({ step, why: REASON_OF_ACTIONS })
    else if (entry.role === 'fault' && entry.cluster === 'b') cannot.push({ step, why: IN_REGION_B })
    else if (expression) {
      const heldMs = entry.forMs ?? endMs - entry.atMs
      const holdMs = inSeconds(Math.min(Math.max(heldMs, A_MINUTE_MS), LONGEST_MS))
      const expressed = expression({ fault: entry, hold: Duration.millis(holdMs) }, inventory)
      if ('cannot' in expressed) cannot.push({ step, why: expressed.cannot })
      else doable.push({ fault: entry, heldMs, holdMs, expressed })
    } else cannot.push({ step, why: REASONS[kind] ?? REASON_OF_OTHERS })
  }
  return { doable, cannot }
}

/** The first fault begins at once, others after a wait, which is a minute at least. */
function waitBefore({ id }: FaultEntry, offsetMs: number, differs: Remark[]): readonly Action[] {
  if (offsetMs === 0) return []
  const waitMs = inSeconds(Math.max(offsetMs, A_MINUTE_MS))
  if (waitMs !== offsetMs)
    differs.push({
      step: id,
      why: `it begins ${seconds(waitMs)} after the first fault and not ${seconds(offsetMs)}: FIS waits a minute at least`,
    })
  return [
    Action.of('aws:fis:wait', { name: `before-${id}`, parameters: { duration: Duration.millis(waitMs) } }),
  ]
}

/** FIS has no smaller unit. */
const inSeconds = (ms: number): number => Math.ceil(ms / 1000) * 1000

const seconds = (ms: number): string => `${ms / 1000} s`
