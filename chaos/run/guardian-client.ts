import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { within } from '../core/wait.ts'
import { identityOf } from '../machine/process-table.ts'

export interface StartedGuardian {
  readonly identity: ProcessIdentity
  /** Tells it that all is well, so that it ends without healing; resolves when it has, or was killed for being late. */
  dismiss(clock: Clock): Promise<void>
}

const DISMISS_MS = 10_000

/**
 * Starts the child that outlives a `kill -9` of this process. It holds the other end of a pipe: when the pipe
 * ends without a word of dismissal, the runner is dead, and the guardian heals from the run's journal.
 */
export function startGuardian(runDir: string): StartedGuardian {
  const here = fileURLToPath(import.meta.url)
  const log = openSync(join(runDir, 'logs', 'guardian.log'), 'a')
  const child = spawn(
    process.execPath,
    [...process.execArgv, join(here, '..', `guardian${extname(here)}`), runDir],
    {
      detached: true,
      stdio: ['pipe', log, log],
    },
  )
  closeSync(log)
  const identity = child.pid === undefined ? undefined : identityOf(child.pid)
  if (!identity) throw new AftershockError('internal', 'the guardian did not start')
  child.unref()
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  // A guardian that was killed must not take the run with it.
  child.stdin?.on('error', () => {})
  return {
    identity,
    async dismiss(clock) {
      child.ref()
      child.stdin?.end('dismissed\n')
      try {
        await within('the guardian to end', ended, { clock, deadlineMs: DISMISS_MS })
      } catch {
        // It was told, so it heals nothing; there is nothing else that it has to do.
        child.kill('SIGKILL')
        child.unref()
      }
    },
  }
}
