import type { Clock } from '../../../core/clock.ts'
import { messageOf } from '../../../core/errors.ts'
import type { AgentClient } from '../agent/agent-client.ts'

const EVERY_MS = 1000
/** Longer than a session stalls by itself, and much shorter than what a run would wait for in vain. */
const SILENT_MS = 15_000

export interface WayWatchOptions {
  /** Those whose ways the run goes, by machine. */
  readonly agents: ReadonlyMap<string, Pick<AgentClient, 'look'>>
  readonly clock: Clock
  /** Called once, when one has not answered for so long: what came over its way since is nobody's word on brokers. */
  readonly onSilence: (why: string) => void
  /** @default 15 s */
  readonly silentMs?: number
  /** @default 1 s */
  readonly everyMs?: number
}

/**
 * Asks each agent again and again: how long an answer takes on the way between it and this machine, and
 * whether it is there at all. Nothing that a drill breaks is on that way.
 */
export class WayWatch implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #clock: Clock
  readonly #loops: Promise<unknown>
  readonly #asked = new Map<string, number>()
  #slowestMs = 0

  constructor(options: WayWatchOptions) {
    this.#clock = options.clock
    let isTold = false
    const tell = (why: string) => {
      if (isTold || this.#stop.signal.aborted) return
      isTold = true
      options.onSilence(why)
    }
    this.#loops = Promise.all(
      [...options.agents].map(([machine, agent]) => this.#watch(machine, agent, tell, options)),
    )
  }

  /** The longest that an answer took, or has not come, since this was asked last. */
  slowestMs(): number {
    const now = this.#clock.now()
    const slowest = Math.max(this.#slowestMs, ...[...this.#asked.values()].map(since => now - since))
    this.#slowestMs = 0
    return Math.round(slowest)
  }

  async #watch(
    machine: string,
    agent: Pick<AgentClient, 'look'>,
    tell: (why: string) => void,
    { clock, silentMs = SILENT_MS, everyMs = EVERY_MS }: WayWatchOptions,
  ): Promise<void> {
    const { signal } = this.#stop
    let answeredAt = clock.now()
    while (!signal.aborted) {
      const since = clock.now()
      this.#asked.set(machine, since)
      try {
        await agent.look()
        answeredAt = clock.now()
      } catch (error) {
        const silentFor = clock.now() - answeredAt
        if (silentFor >= silentMs)
          tell(
            `the agent of ${machine} has not answered for ${Math.round(silentFor / 1000)} s: ${messageOf(error)}`,
          )
      }
      this.#asked.delete(machine)
      this.#slowestMs = Math.max(this.#slowestMs, clock.now() - since)
      await clock.sleep(everyMs, signal).catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loops
  }
}
