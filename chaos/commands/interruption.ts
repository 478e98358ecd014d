import { EXIT } from '../core/exit-codes.ts'
import { AftershockError } from '../core/errors.ts'

/** Ctrl-C and SIGTERM as a signal that work can watch, while it is in use. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/** What an interruption touches of the process that it runs in; tests pass their own. */
export interface InterruptedProcess {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
  exit(status: number): unknown
}

const NAMES = { SIGINT: 'Ctrl-C', SIGTERM: 'SIGTERM', SIGHUP: 'a closed terminal' } as const

/** What is left when a run is ended at once. */
export const GUARDIAN_HEALS =
  "What is left is healed by the run's guardian, a process of its own (logs/guardian.log in the run's folder). To be sure: aftershock heal"

/** Signals that come together are one: terminals, shells and `npx` may send the same Ctrl-C twice. */
const SAME_MS = 300

/**
 * The first one asks everything to heal and end. The second ends the program at once, with 130: whoever sends it does
 * not want to wait for what may never come.
 * @param left who does what is then not done, for the user.
 */
export function interruption(
  left: string,
  stderr: { write(text: string): unknown },
  on: InterruptedProcess = process,
  now: () => number = () => performance.now(),
): Interruption {
  const controller = new AbortController()
  let firstAt: number | undefined
  const listeners = Object.entries(NAMES).map(([name, words]) => {
    const signal = name as keyof typeof NAMES
    const listener = () => {
      if (firstAt === undefined) {
        firstAt = now()
        controller.abort(new AftershockError('interrupted', words))
      } else if (now() - firstAt >= SAME_MS) {
        stderr.write(`\nInterrupted a second time, and ended at once. ${left}\n`)
        on.exit(EXIT.interrupted)
      }
    }
    on.on(signal, listener)
    return [signal, listener] as const
  })
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) on.off(name, listener)
    },
  }
}
