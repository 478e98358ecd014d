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

const spec = z.strictObject({ target: nodeSelector })

/**
 * SIGKILL. With `for` the broker is started again after that time; without it stays down until the timeline
 * ends. Proof: the process table has no such process, and its port refuses. A killed process is not a lost
 * machine: what the operating system had not yet written is not lost.
 */
export const brokerKill = defineFault<z.output<typeof spec>, Chosen, BrokerReading>({
  kind: 'broker-kill',
  summary: 'Brokers are killed (SIGKILL) and start again when the time is over.',
  deed: 'a broker was killed',
  dimension: 'broker-loss',
  needs: ['processes'],
  spec,
  deadlines: { healMs: STARTED_WITHIN_MS },
  choose: (driver, { target }, random) => chooseNodes(driver, target, random),
  inject: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).kill(node)))
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
