import { z } from 'zod'
import { ENDED_BROKERS } from './broker-fault.ts'
import { allWentAway, type BrokerReading, processesOf } from './broker-reading.ts'
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
  ...ENDED_BROKERS,
  spec,
  choose: async (driver, { target, withinMs }, random) => ({
    ...(await chooseNodes(driver, target, random)),
    withinMs,
  }),
  inject: async (driver, { nodes, withinMs }) => {
    await Promise.all(nodes.map(node => processesOf(driver).stop(node, withinMs)))
  },
  isEffective: allWentAway,
})
