import { z } from 'zod'
import {
  allServe,
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
 * SIGSTOP: the process lives, its port still accepts (the kernel does that), and nothing answers. Proof: the
 * process table says stopped, and a request gets no reply.
 */
export const brokerHang = defineFault<z.output<typeof spec>, Chosen, BrokerReading>({
  kind: 'broker-hang',
  summary: 'Brokers live and do nothing (SIGSTOP) until they are continued.',
  deed: 'a broker was frozen',
  dimension: 'broker-loss',
  needs: ['processes'],
  spec,
  deadlines: { healMs: STARTED_WITHIN_MS },
  choose: (driver, { target }, random) => chooseNodes(driver, target, random),
  inject: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).pause(node)))
  },
  probe: (driver, { nodes }) => readBrokers(driver, nodes),
  baseline: combineBrokers,
  isEffective: (now, before) =>
    Object.values(now).every(node => node.state === 'stopped' && node.answer === 'silent') &&
    Object.values(before).every(node => node.state === 'running'),
  heal: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).resume(node)))
  },
  isHealed: allServe,
  describe: describeBrokers,
})
