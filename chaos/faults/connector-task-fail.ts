import { defineSinkFault } from './connector-faults.ts'
import { connectorsOf, isWell, sinksOf, TASKS_WITHIN_MS, WORKER_WITHIN_MS } from './connector-reading.ts'

/**
 * The database takes the right to write from a sink, as somebody does who tidies up its roles: the next row fails its
 * task, which stays failed. When the time is over the right is given back, and failed tasks are restarted through REST.
 * Proof: a worker says FAILED of a task (the connector reads RUNNING), and the database says that it may not write.
 */
export const connectorTaskFail = defineSinkFault({
  kind: 'connector-task-fail',
  summary:
    'Tasks of a sink fail, because the database forbids what they do, and are restarted when it permits it.',
  deed: 'tasks of a connector failed',
  deadlines: { effectMs: TASKS_WITHIN_MS, healMs: WORKER_WITHIN_MS },
  inject: async (driver, target) => {
    for (const name of sinksOf(driver, target)) await connectorsOf(driver).forbid(name)
  },
  isEffective: (now, before) =>
    Object.values(before.sinks).every(isWell) &&
    Object.values(now.sinks).every(
      ({ tasks, mayWrite }) => mayWrite === false && tasks.some(({ state }) => state === 'FAILED'),
    ),
  heal: async (driver, target) => {
    for (const name of sinksOf(driver, target)) {
      await connectorsOf(driver).permit(name)
      await connectorsOf(driver).restartFailed(name)
    }
  },
})
