import { AftershockError, messageOf } from '../../chaos/core/errors.ts'

/** An environment that is there for one drill: what is done with it, in this order. */
export interface EphemeralSteps<Result> {
  /** @param creates to be called when something is about to exist that costs */
  deploy(creates: () => void): Promise<void>
  /** Runs, judges and seals: when it ends, its evidence is on this machine. */
  drill(): Promise<Result>
  /** Removes it whole. Ctrl-C must not reach it. */
  destroy(): Promise<void>
}

export interface EphemeralOptions {
  readonly environment: string
  /** When it goes by itself, for people. */
  readonly removeAt: string
  readonly signal: AbortSignal
  readonly err: (text: string) => void
}

/**
 * Deploys, drills and removes. **Whatever fails in between, and whoever interrupts it, what was created is removed**; where
 * that fails too, the error says so, and the environment's own schedule is what is left.
 *
 * @throws what the deployment or the drill threw; AftershockError `unavailable` when something may be left that costs.
 */
export async function ephemerally<Result>(
  steps: EphemeralSteps<Result>,
  options: EphemeralOptions,
): Promise<Result> {
  const { environment, signal, err } = options
  let exists = false
  let ended: { readonly result: Result } | { readonly error: unknown }
  try {
    await steps.deploy(() => {
      exists = true
    })
    signal.throwIfAborted()
    ended = { result: await steps.drill() }
  } catch (error) {
    ended = { error }
    err(exists ? `${messageOf(error)}\n` : '')
  }
  if (exists) {
    err(`removing ${environment}; Ctrl-C does not stop that\n`)
    try {
      await steps.destroy()
    } catch (error) {
      throw notRemoved(error, ended, options)
    }
  }
  if ('error' in ended) throw ended.error
  return ended.result
}

function notRemoved(
  error: unknown,
  ended: object,
  { environment, removeAt }: EphemeralOptions,
): AftershockError {
  const before = 'error' in ended ? `; before that: ${messageOf(ended.error)}` : ''
  return new AftershockError(
    'unavailable',
    `${environment} may still exist and cost money, because it could not be removed: ${messageOf(error)}${before}`,
    {
      cause: error,
      hint: `Its own schedule removes it at ${removeAt}. To be sure: aftershock destroy --environment ${environment} --yes`,
    },
  )
}
