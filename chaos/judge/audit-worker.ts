import { parentPort, workerData } from 'node:worker_threads'
import { auditRun } from '../audit/audit-run.ts'
import { messageOf } from '../core/errors.ts'

/** The thread of audit-apart.ts: audits one run, and says why it could not. */
try {
  await auditRun(workerData as string)
  parentPort?.postMessage(null)
} catch (error) {
  parentPort?.postMessage(messageOf(error))
}
