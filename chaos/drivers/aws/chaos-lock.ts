import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { Account } from './account.ts'

/**
 * Two parameters of an environment. `chaos/switch` says `armed`, or nothing may be broken: whoever writes anything else
 * stops a drill that runs, and keeps others from starting. `chaos/lock` names the run that has the environment.
 */
export const switchName = (environment: string): string => `/aftershock/${environment}/chaos/switch`
export const lockName = (environment: string): string => `/aftershock/${environment}/chaos/lock`
export const ARMED = 'armed'

/** Why the switch forbids it; null: it is armed. What cannot be read is off. */
export async function switchedOff(account: Account, environment: string): Promise<string | null> {
  const name = switchName(environment)
  const arm = `aws ssm put-parameter --region ${account.region} --overwrite --type String --name ${name} --value ${ARMED}`
  try {
    const value = await account.parameter(name)
    if (value === ARMED) return null
    return value === null
      ? `switch: there is no parameter ${name}; to allow drills: ${arm}`
      : `switch: ${name} is '${value.slice(0, 80)}', and not '${ARMED}'; to allow drills: ${arm}`
  } catch (error) {
    return `switch: ${name} could not be read, which counts as off: ${messageOf(error)}`
  }
}

/** Who holds an environment, as it stands in the parameter. */
export interface Holder {
  readonly run: string
  readonly host: string
  readonly pid: number
  /** When it was taken. */
  readonly at: string
}

export function parseHolder(value: string): Holder | null {
  try {
    const { run, host, pid, at } = JSON.parse(value) as Partial<Holder>
    return typeof run === 'string' &&
      typeof host === 'string' &&
      typeof pid === 'number' &&
      typeof at === 'string'
      ? { run, host, pid, at }
      : null
  } catch {
    return null
  }
}

/** Takes the environment, or refuses with who has it. Nothing is taken away from anybody: `releaseLock` names the run. */
export async function takeLock(account: Account, environment: string, holder: Holder): Promise<void> {
  const name = lockName(environment)
  if (await account.change.createParameter(name, JSON.stringify(holder))) return
  const value = await account.parameter(name)
  // Its answer may have been lost after it was written.
  if (value !== null && isSame(parseHolder(value), holder)) return
  throw new AftershockError(
    'refused',
    `lock: ${environment} is held by ${heldBy(value)}; nothing was touched`,
    {
      hint: `If that run is dead, heal it where it ran (aftershock heal), or from anywhere: aftershock aws heal --environment ${environment} --break-lock`,
    },
  )
}

/** Leaves a lock alone that is another run's. @returns whether it is gone */
export async function releaseLock(account: Account, environment: string, run: string): Promise<boolean> {
  const value = await account.parameter(lockName(environment))
  if (value === null) return true
  if (parseHolder(value)?.run !== run) return false
  await account.change.deleteParameter(lockName(environment))
  return true
}

/** Why the lock is not this run's any more; null: it is. What cannot be read is lost. */
export async function lockLost(account: Account, environment: string, run: string): Promise<string | null> {
  try {
    const value = await account.parameter(lockName(environment))
    if (value !== null && parseHolder(value)?.run === run) return null
    return `lock: held by ${value === null ? 'nobody any more' : heldBy(value)}`
  } catch (error) {
    return `lock: ${lockName(environment)} could not be read, which counts as lost: ${messageOf(error)}`
  }
}

export function heldBy(value: string | null): string {
  const holder = value === null ? null : parseHolder(value)
  return holder
    ? `run ${holder.run} (process ${holder.pid} on ${holder.host}, since ${holder.at})`
    : `somebody whose parameter reads ${JSON.stringify(value)}`
}

const isSame = (a: Holder | null, b: Holder): boolean =>
  a !== null && a.run === b.run && a.host === b.host && a.pid === b.pid

/**
 * Looks each second at the switch and, for a run that holds the lock, at that too, and calls once when either is gone:
 * somebody else heals then, and whatever the run measured would be partly theirs. Missing data counts as gone.
 */
export class SwitchWatch implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>

  constructor(options: {
    readonly account: Account
    readonly environment: string
    readonly clock: Clock
    /** By which name the lock is held. @default the lock is not looked at */
    readonly holder?: string
    readonly onOff: (why: string) => void
    /** @default 1 s */
    readonly everyMs?: number
  }) {
    this.#loop = this.#watch(options)
  }

  async #watch({
    account,
    environment,
    clock,
    holder,
    onOff,
    everyMs = 1000,
  }: ConstructorParameters<typeof SwitchWatch>[0]) {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const off = await switchedOff(account, environment)
      const why = off ?? (holder === undefined ? null : await lockLost(account, environment, holder))
      if (signal.aborted) return
      if (why !== null) {
        onOff(why)
        return
      }
      await clock.sleep(everyMs, signal).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}
