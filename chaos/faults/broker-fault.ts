import type { Random } from '../core/random.ts'
import type { Driver } from '../drivers/driver.ts'
import {
  allServe,
  combineBrokers,
  describeBrokers,
  processesOf,
  readBrokers,
  STARTED_WITHIN_MS,
} from './broker-reading.ts'
import { type Chosen, chooseNodes, type NodeSelector } from './select-nodes.ts'

/** What is the same in faults that end brokers: what is seen of them, and that they are started again. */
export const ENDED_BROKERS = {
  needs: ['processes'],
  deadlines: { healMs: STARTED_WITHIN_MS },
  choose: (driver: Driver, { target }: { readonly target: NodeSelector }, random: Random) =>
    chooseNodes(driver, target, random),
  probe: (driver: Driver, { nodes }: Chosen) => readBrokers(driver, nodes),
  baseline: combineBrokers,
  async heal(driver: Driver, { nodes }: Chosen) {
    await Promise.all(nodes.map(node => processesOf(driver).start(node)))
  },
  isHealed: allServe,
  describe: describeBrokers,
} as const
