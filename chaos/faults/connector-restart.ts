import { z } from 'zod'
import {
  chooseSink,
  combineConnect,
  type ConnectReading,
  connectorSelector,
  connectorsOf,
  describeConnect,
  doubtOfSinks,
  isWell,
  readConnect,
  sinksAreWellAgain,
  sinksOf,
  type SinkTarget,
  WORKER_WITHIN_MS,
} from './connector-reading.ts'
import { defineFault } from './fault.ts'

const spec = z.strictObject({ connector: connectorSelector })

/**
 * An operator's restart, through REST: the sink is stopped in order, which commits what it wrote, and goes on when the
 * time is over. Proof: no worker names a task of it any more, and the database has no session of it where it had some.
 */
export const connectorRestart = defineFault<z.output<typeof spec>, SinkTarget, ConnectReading>({
  kind: 'connector-restart',
  summary: 'A sink is stopped in order through REST, and goes on when the time is over.',
  deed: 'a connector was restarted',
  dimension: 'connector-restart',
  needs: ['connectors'],
  spec,
  deadlines: { effectMs: 60_000, healMs: WORKER_WITHIN_MS },
  choose: async (_driver, { connector }) => chooseSink(connector),
  inject: async (driver, target) => {
    for (const name of sinksOf(driver, target)) await connectorsOf(driver).stop(name)
  },
  probe: (driver, target) => readConnect(driver, [], sinksOf(driver, target)),
  baseline: combineConnect,
  doubt: doubtOfSinks,
  isEffective: (now, before) =>
    Object.values(before.sinks).every(isWell) &&
    Object.values(now.sinks).every(
      ({ state, tasks, rows, sessions }) =>
        state === 'STOPPED' && tasks.length === 0 && rows !== null && Object.keys(sessions).length === 0,
    ),
  heal: async (driver, target) => {
    for (const name of sinksOf(driver, target)) await connectorsOf(driver).resume(name)
  },
  isHealed: sinksAreWellAgain,
  describe: describeConnect,
})
