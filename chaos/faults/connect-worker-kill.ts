import { z } from 'zod'
import {
  chooseWorker,
  combineConnect,
  type ConnectReading,
  connectorsOf,
  describeConnect,
  doubtOfWorkers,
  isGone,
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
 * SIGKILL: rows that were written and not committed are delivered again by whoever takes over. Proof: the process table
 * has no such process, its REST interface refuses, and the database has no session of it any more where it had some. The
 * states of its tasks are no proof: a survivor says RUNNING of them for 20 s.
 */
export const connectWorkerKill = defineFault<z.output<typeof spec>, WorkerTarget, ConnectReading>({
  kind: 'connect-worker-kill',
  summary: 'A Kafka Connect worker is killed (SIGKILL) and starts again when the time is over.',
  deed: 'a Connect worker was killed',
  dimension: 'connector-restart',
  needs: ['connectors'],
  spec,
  deadlines: { healMs: WORKER_WITHIN_MS },
  choose: (driver, { worker }, random) => chooseWorker(driver, worker, random),
  inject: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.kill(id)))
  },
  probe: (driver, { workers }) => readConnect(driver, workers, connectorsOf(driver).names),
  baseline: combineConnect,
  doubt: doubtOfWorkers,
  isEffective: (now, before, { workers }) =>
    Object.values(now.workers).every(isGone) &&
    Object.values(before.workers).every(({ state }) => state !== 'absent') &&
    sessionsOf(now, workers) === 0 &&
    (sessionsOf(before, workers) ?? 0) > 0,
  heal: async (driver, { workers }) => {
    await Promise.all(workers.map(id => connectorsOf(driver).workers.start(id)))
  },
  isHealed: (now, before) => workersServe(now) && sinksAreWellAgain(now, before),
  describe: describeConnect,
})
