import { defineSinkFault } from './connector-faults.ts'
import { connectorsOf, isWell, sinksOf, WORKER_WITHIN_MS } from './connector-reading.ts'

/**
 * An operator's restart, through REST: the sink is stopped in order, which commits what it wrote, and goes on when the
 * time is over. Proof: no worker names a task of it any more, and the database has no session of it where it had some.
 */
export const connectorRestart = defineSinkFault({
  kind: 'connector-restart',
  summary: 'A sink is stopped in order through REST, and goes on when the time is over.',
  deed: 'a connector was restarted',
  deadlines: { effectMs: 60_000, healMs: WORKER_WITHIN_MS },
  inject: async (driver, target) => {
    for (const name of sinksOf(driver, target)) await connectorsOf(driver).stop(name)
  },
  isEffective: (now, before) =>
    Object.values(before.sinks).every(isWell) &&
    Object.values(now.sinks).every(
      ({ state, tasks, rows, sessions }) =>
        state === 'STOPPED' && tasks.length === 0 && rows !== null && Object.keys(sessions).length === 0,
    ),
  heal: async (driver, target) => {
    for (const name of sinksOf(driver, target)) await connectorsOf(driver).resume(name)
  },
})
