import { defineWorkerFault } from './connector-faults.ts'
import { connectorsOf, isGone, sessionsOf } from './connector-reading.ts'

/**
 * SIGKILL: rows that were written and not committed are delivered again by whoever takes over. Proof: the process table
 * has no such process, its REST interface refuses, and the database has no session of it any more where it had some. The
 * states of its tasks are no proof: a survivor says RUNNING of them for 20 s.
 */
export const connectWorkerKill = defineWorkerFault({
  kind: 'connect-worker-kill',
  summary: 'A Kafka Connect worker is killed (SIGKILL) and starts again when the time is over.',
  deed: 'a Connect worker was killed',
  inject: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.kill(id)))
  },
  isEffective: (now, before, { workers }) =>
    Object.values(now.workers).every(isGone) &&
    Object.values(before.workers).every(({ state }) => state !== 'absent') &&
    sessionsOf(now, workers) === 0 &&
    (sessionsOf(before, workers) ?? 0) > 0,
  heal: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.start(id)))
  },
})
