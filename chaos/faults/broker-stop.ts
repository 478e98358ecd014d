import { z } from 'zod'
import {
  allServe,
  allWentAway,
  type BrokerReading,
  combineBrokers,
  describeBrokers,
  processesOf,
  readBrokers,
  STARTED_WITHIN_MS,
} from './broker-reading.ts'
import { defineFault } from './fault.ts'
import { type Chosen, chooseNodes, nodeSelector } from './select-nodes.ts'

const spec = z.strictObject({
  target: nodeSelector,
  withinMs: z
    .number()
    .int()
    .positive()
    .max(120_000)
    .default(30_000)
    .describe('How long an orderly end may take.'),
})

/**
 * SIGTERM: a controlled shutdown, which hands leadership over first. Proof: the process table has no such
 * process, and its port refuses. One that does not end in time makes the injection fail.
 */
export const brokerStop = defineFault<
  z.output<typeof spec>,
  Chosen & { readonly withinMs: number },
  BrokerReading
>({
  kind: 'broker-stop',
  summary: 'Brokers are shut down in order (SIGTERM) and start again when the time is over.',
  deed: 'a broker was stopped',
  dimension: 'broker-loss',
  needs: ['processes'],
  spec,
  deadlines: { healMs: STARTED_WITHIN_MS },
  choose: async (driver, { target, withinMs }, random) => ({
    ...(await chooseNodes(driver, target, random)),
    withinMs,
  }),
  inject: async (driver, { nodes, withinMs }) => {
    await Promise.all(nodes.map(node => processesOf(driver).stop(node, withinMs)))
  },
  probe: (driver, { nodes }) => readBrokers(driver, nodes),
  baseline: combineBrokers,
  isEffective: allWentAway,
  heal: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).start(node)))
  },
  isHealed: allServe,
  describe: describeBrokers,
})
