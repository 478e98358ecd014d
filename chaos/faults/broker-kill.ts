import { z } from 'zod'
import { ENDED_BROKERS } from './broker-fault.ts'
import { allWentAway, type BrokerReading, processesOf } from './broker-reading.ts'
import { defineFault } from './fault.ts'
import { type Chosen, nodeSelector } from './select-nodes.ts'

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
  ...ENDED_BROKERS,
  spec,
  inject: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).kill(node)))
  },
  isEffective: allWentAway,
})
