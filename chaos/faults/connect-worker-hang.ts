import { z } from 'zod'
import {
  chooseWorker,
  combineConnect,
  type ConnectReading,
  connectorsOf,
  describeConnect,
  doubtOfWorkers,
  readConnect,
  sessionsOf,
  sinksAreWellAgain,
  WORKER_WITHIN_MS,
  type WorkerTarget,
  workerSelector,
  workersServe,
} from './connector-reading.ts'
import { defineFault } from './fault.ts'

const spec = z.strictObject({ worker: workerSelector })

/**
 * SIGSTOP: its partitions go to others once its session is over, and what it held it may still write when it goes on.
 * Proof: the process table says stopped, its REST interface gets no answer, and the database still has its sessions,
 * which nobody has closed.
 */
export const connectWorkerHang = defineFault<z.output<typeof spec>, WorkerTarget, ConnectReading>({
  kind: 'connect-worker-hang',
  summary: 'A Kafka Connect worker lives and does nothing (SIGSTOP) until it is continued.',
  deed: 'a Connect worker was frozen',
  dimension: 'connector-restart',
  needs: ['connectors'],
  spec,
  deadlines: { healMs: WORKER_WITHIN_MS },
  choose: (driver, { worker }, random) => chooseWorker(driver, worker, random),
  inject: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.pause(id)))
  },
  probe: (driver, { workers }) => readConnect(driver, workers, connectorsOf(driver).names),
  baseline: combineConnect,
  doubt: doubtOfWorkers,
  isEffective: (now, before, { workers }) =>
    Object.values(now.workers).every(({ state, answer }) => state === 'stopped' && answer === 'silent') &&
    Object.values(before.workers).every(({ state }) => state === 'running') &&
    (sessionsOf(now, workers) ?? 0) > 0,
  heal: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.resume(id)))
  },
  isHealed: (now, before) => workersServe(now) && sinksAreWellAgain(now, before),
  describe: describeConnect,
})
