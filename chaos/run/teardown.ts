import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { within } from '../core/wait.ts'

/** For a step that has not said how long it may take. */
const STEP_MS = 30_000

interface Step {
  readonly what: string
  readonly end: () => unknown
  readonly deadlineMs: number
}

/** What has to be ended, in the reverse of the order in which it began, whatever happens in between. */
export class Teardown {
  private readonly steps: Step[] = []
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** @param deadlineMs after which the step is left, and the next begins. @default 30 s */
  add(what: string, end: () => unknown, deadlineMs: number = STEP_MS): void {
    this.steps.push({ what, end, deadlineMs })
  }

  /**
   * Runs every step even if others fail or never end.
   * @param onLate hears at once of a step that is left. @returns what failed or was late, in words.
   */
  async run(onLate: (step: string, deadlineMs: number) => void = () => {}): Promise<string[]> {
    const failures: string[] = []
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      const { what, end, deadlineMs } = step
      const { clock } = this
      let ended = false
      const work = (async () => {
        try {
          await end()
        } finally {
          ended = true
        }
      })()
      try {
        await within(`${what} to end`, work, { clock, deadlineMs })
      } catch (error) {
        failures.push(`${what}: ${messageOf(error)}`)
        if (!ended) onLate(what, deadlineMs)
      }
    }
    return failures
  }
}
