import type { Clock } from '../../core/clock.ts'
import type { Drill } from '../../core/drill.ts'
import { messageOf } from '../../core/errors.ts'
import type { ZoneName } from '../../core/topology.ts'
import { within } from '../../core/wait.ts'
import type { Account } from './account.ts'

/** Alarms that end a drill, by the zone that each is about; an environment without them has none. */
export type StopAlarms = Readonly<Record<ZoneName, string>>

/** Of one look. */
const LOOK_MS = 10_000

/**
 * Those of the zones that a drill leaves alone, as with experiments of FIS: a zone that it cuts off falls silent and may
 * lose records, which is the drill. Where only its seed knows which zone, none is left alone for certain.
 */
export function alarmsOf(alarms: StopAlarms, { timeline }: Pick<Drill, 'timeline'>): readonly string[] {
  const cut = timeline.filter(({ kind }) => kind === 'zone-cut').map(({ spec }) => spec['zone'])
  if (cut.includes('random')) return []
  return Object.entries(alarms).flatMap(([zone, name]) => (cut.includes(zone) ? [] : [name]))
}

/** Why they forbid it, in words; null: all are OK. One without data, that is not there, or cannot be read, is not. */
export async function breached(
  account: Account,
  names: readonly string[],
  clock: Clock,
): Promise<string | null> {
  if (names.length === 0) return null
  try {
    const found = await within('the state of the alarms', account.alarms(names), {
      clock,
      deadlineMs: LOOK_MS,
    })
    const wrong = names.flatMap(name => {
      const seen = found.find(one => one.name === name)
      if (seen?.state === 'OK') return []
      return [seen ? `${name} is ${seen.state} (${seen.reason.slice(0, 200)})` : `${name} is not there`]
    })
    return wrong.length === 0 ? null : `alarms: ${wrong.join('; ')}`
  } catch (error) {
    return `alarms: they cannot be read, which counts as breached: ${messageOf(error)}`
  }
}

/** Looks at the alarms each second, and calls once when one is not OK. */
export class AlarmWatch implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>

  constructor(options: {
    readonly account: Account
    readonly names: readonly string[]
    readonly clock: Clock
    readonly onBreach: (why: string) => void
    /** @default 1 s */
    readonly everyMs?: number
  }) {
    this.#loop = options.names.length === 0 ? Promise.resolve() : this.#watch(options)
  }

  async #watch({
    account,
    names,
    clock,
    onBreach,
    everyMs = 1000,
  }: ConstructorParameters<typeof AlarmWatch>[0]) {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const why = await breached(account, names, clock)
      if (signal.aborted) return
      if (why !== null) {
        onBreach(why)
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
