import { z } from 'zod'
import type { Observation } from '../core/journal-events.ts'
import type { DiskReading, Driver } from '../drivers/driver.ts'
import {
  allServe,
  allWentAway,
  type BrokerReading,
  describeBrokers,
  processesOf,
  readBrokers,
  required,
} from './broker-reading.ts'
import { defineFault } from './fault.ts'
import { type Chosen, chooseNodes, nodeSelector } from './select-nodes.ts'

const spec = z.strictObject({ target: nodeSelector })

interface Reading {
  readonly brokers: BrokerReading
  readonly disks: Readonly<Record<string, DiskReading>>
  /** Partitions that should have a replica on a touched broker and do not have it in sync. */
  readonly outOfSync: number
}

/**
 * The machine is gone and its disk with it; a new, empty one takes its id. `for` is how long the new one takes
 * to arrive. Proof: no process, a refused port, and a disk with another id. It is healed when every replica
 * that belongs on it is in sync again, which is after everything was copied: that is what it costs.
 */
export const brokerReplace = defineFault<z.output<typeof spec>, Chosen, Reading>({
  kind: 'broker-replace',
  summary: 'Brokers are killed, their disks are lost, and empty ones take their place.',
  needs: ['processes', 'disks'],
  spec,
  deadlines: { healMs: 180_000 },
  choose: (driver, { target }, random) => chooseNodes(driver, target, random),
  inject: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).kill(node)))
    await Promise.all(nodes.map(node => required(driver.disks, 'disks').wipe(node)))
  },
  probe: read,
  isEffective: (now, before, { nodes }) =>
    allWentAway(now.brokers, before.brokers) && nodes.every(node => isNewDisk(now, before, node)),
  heal: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).start(node)))
  },
  isHealed: now => allServe(now.brokers) && now.outOfSync === 0,
  describe: (now, before, { nodes }) => [
    ...describeBrokers(now.brokers),
    ...nodes.flatMap<Observation>(node => [
      {
        what: `disk of broker ${node}`,
        value: isNewDisk(now, before, node) ? 'another disk than before' : 'the same disk as before',
      },
      {
        what: `segments on the disk of broker ${node}`,
        value: now.disks[node]?.segmentBytes ?? null,
        unit: 'B',
      },
    ]),
    { what: 'replicas out of sync on it', value: now.outOfSync },
  ],
})

function isNewDisk(now: Reading, before: Reading, node: number): boolean {
  const id = now.disks[node]?.directoryId
  return id !== undefined && id !== null && id !== before.disks[node]?.directoryId
}

async function read(driver: Driver, { nodes }: Chosen): Promise<Reading> {
  const disks = required(driver.disks, 'disks')
  const [brokers, cluster, seen] = await Promise.all([
    readBrokers(driver, nodes),
    driver.cluster.describe(),
    Promise.all(nodes.map(async node => [node, await disks.look(node)] as const)),
  ])
  const outOfSync = Object.values(cluster.partitions).flatMap(partition =>
    nodes.filter(node => partition.replicas.includes(node) && !partition.isr.includes(node)),
  ).length
  return { brokers, disks: Object.fromEntries(seen), outOfSync }
}
