import { defineWorkerFault } from './connector-faults.ts'
import { connectorsOf, sessionsOf } from './connector-reading.ts'

/**
 * SIGSTOP: its partitions go to others once its session is over, and what it held it may still write when it goes on.
 * Proof: the process table says stopped, its REST interface gets no answer, and the database still has its sessions,
 * which nobody has closed.
 */
export const connectWorkerHang = defineWorkerFault({
  kind: 'connect-worker-hang',
  summary: 'A Kafka Connect worker lives and does nothing (SIGSTOP) until it is continued.',
  deed: 'a Connect worker was frozen',
  inject: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.pause(id)))
  },
  isEffective: (now, before, { workers }) =>
    Object.values(now.workers).every(({ state, answer }) => state === 'stopped' && answer === 'silent') &&
    Object.values(before.workers).every(({ state }) => state === 'running') &&
    (sessionsOf(now, workers) ?? 0) > 0,
  heal: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.resume(id)))
  },
})
