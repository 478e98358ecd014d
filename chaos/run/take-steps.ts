import type { ActionOutcome } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { within } from '../core/wait.ts'

/** What was seen when a step was done, in a sentence; some steps keep more. */
export interface Done {
  readonly proof: string
}
/** Of a step's time, for what it waits for itself: that says what it saw last, and the end of the step does not. */
const OWN_SHARE = 0.9

export interface StepLimits {
  /** Aborted when the step's time has passed, too: what it started has to end then. */
  readonly signal: AbortSignal
  readonly withinMs: number
}
export interface Step<D extends Done = Done> {
  readonly name: string
  /** @default machine */
  readonly owner?: 'machine' | 'operator'
  readonly work: (limits: StepLimits) => Promise<D>
}

/** A step as it went. */
export interface TakenStep<D extends Done = Done> {
  readonly step: string
  readonly owner: 'machine' | 'operator'
  readonly ok: boolean
  readonly tookMs: number
  /** What was seen, or why it could not be done. */
  readonly proof: string
  /** null: it was not done. */
  readonly done: D | null
}

export interface StepTaker<D extends Done> {
  readonly clock: Clock
  readonly taken: (step: TakenStep<D>) => void
}

/** Stops at the first step that cannot be completed, and names it. @param withinMs for each */
export async function takeSteps<D extends Done>(
  taker: StepTaker<D>,
  steps: readonly Step<D>[],
  { withinMs, signal }: StepLimits,
): Promise<ActionOutcome> {
  const took: Record<string, number> = {}
  for (const step of steps) {
    const { ok, tookMs, proof } = await takeStep(taker, step, { withinMs, signal })
    took[step.name] = tookMs
    if (!ok) return { ok: false, result: { failed: step.name, why: proof, tookMs: took } }
  }
  return { ok: true, result: { tookMs: took } }
}

async function takeStep<D extends Done>(
  { clock, taken }: StepTaker<D>,
  { name, owner = 'machine', work }: Step<D>,
  { withinMs, signal }: StepLimits,
): Promise<TakenStep<D>> {
  const began = clock.now()
  const over = new AbortController()
  const stop = AbortSignal.any([signal, over.signal])
  const told = async (): Promise<Pick<TakenStep<D>, 'ok' | 'proof' | 'done'>> => {
    try {
      const asked = work({ signal: stop, withinMs: withinMs * OWN_SHARE })
      const done = await within(`the step ${name}`, asked, { clock, deadlineMs: withinMs, signal })
      return { ok: true, proof: done.proof, done }
    } catch (error) {
      return { ok: false, proof: messageOf(error), done: null }
    } finally {
      over.abort()
    }
  }
  const how = await told()
  const step = { step: name, owner, ...how, tookMs: Math.round(clock.now() - began) }
  taken(step)
  return step
}
