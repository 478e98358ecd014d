import { parentPort, workerData } from 'node:worker_threads'
import { auditRun } from '../audit/audit-run.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { WhyNot } from './audit-apart.ts'

/** The thread of audit-apart.ts: audits one run, and says why it could not. */
try {
  await auditRun(workerData as string)
  parentPort?.postMessage(null)
} catch (error) {
  const { code, hint } =
    error instanceof AftershockError ? error : { code: 'internal' as const, hint: undefined }
  parentPort?.postMessage({ code, message: messageOf(error), hint } satisfies WhyNot)
}
