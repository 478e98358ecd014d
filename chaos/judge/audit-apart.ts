import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { auditRun } from '../audit/audit-run.ts'
import { AftershockError, type ErrorCode } from '../core/errors.ts'
import { moduleBeside, startThread } from '../machine/start-thread.ts'

/** A thread takes 0.1 s to start; so many bytes of histories take as long to audit. */
const LEAST_BYTES = 4 * 2 ** 20
const NAME = 'audit-worker'

/** What an error is when it leaves a thread. */
export interface WhyNot {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | undefined
}

/**
 * Audits a run's folder as `auditRun` does and writes its `audit.json`: in a thread of its own where that is worth it,
 * so that other things are done meanwhile.
 * @param leastBytes of histories, from which on there is a thread @default 4 MiB
 * @throws AftershockError as `auditRun` does
 */
export async function auditApart(runDir: string, leastBytes = LEAST_BYTES): Promise<void> {
  // A program in one file has no other to start.
  const hasThread =
    availableParallelism() > 1 && existsSync(fileURLToPath(moduleBeside(import.meta.url, NAME)))
  if (!hasThread || bytesIn(join(runDir, 'history')) < leastBytes) return void (await auditRun(runDir))
  const thread = startThread(import.meta.url, NAME, runDir)
  let why: WhyNot | null
  try {
    why = await new Promise<WhyNot | null>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', () =>
        reject(new AftershockError('internal', 'the thread of the audit ended early')),
      )
    })
  } finally {
    await thread.terminate()
  }
  if (why === null) return
  const { code, message, hint } = why
  throw new AftershockError(code, message, hint === undefined ? {} : { hint })
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
