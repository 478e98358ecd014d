import { z } from 'zod'
import type { Observation } from '../core/observation.ts'
import type { DiskReading, Driver } from '../drivers/driver.ts'
import { ENDED_BROKERS } from './broker-fault.ts'
import {
  allServe,
  allWentAway,
  type BrokerReading,
  combineBrokers,
  describeBrokers,
  processesOf,
  readBrokers,
  required,
} from './broker-reading.ts'
import { defineFault, type Moment } from './fault.ts'
import { type Chosen, nodeSelector } from './select-nodes.ts'

const spec = z.strictObject({ target: nodeSelector })

interface Reading {
  readonly brokers: BrokerReading
  readonly disks: Readonly<Record<string, DiskReading>>
  /** Partitions that should have a replica on a touched broker and do not have it in sync. */
  readonly outOfSync: number
}

/**
 * The machine is gone and its disk with it; a new, empty one takes its id. `for` is how long the new one takes
 * to arrive. Proof: no process, a refused port, and a disk that keeps nothing and is not the one of before: it has
 * another id, or none where a node formats its disk itself, when it starts. It is healed when its disk has an id
 * and every replica that belongs on it is in sync again, which is after everything was copied: that is what it costs.
 */
export const brokerReplace = defineFault<z.output<typeof spec>, Chosen, Reading>({
  kind: 'broker-replace',
  summary: 'Brokers are killed, their disks are lost, and empty ones take their place.',
  deed: 'a broker was replaced by an empty one',
  dimension: 'broker-replacement',
  ...ENDED_BROKERS,
  needs: ['processes', 'disks'],
  spec,
  inject: async (driver, { nodes }) => {
    await Promise.all(nodes.map(node => processesOf(driver).kill(node)))
    await Promise.all(nodes.map(node => required(driver.disks, 'disks').wipe(node)))
  },
  probe: read,
  baseline: looks => ({
    ...(looks.at(-1) as Reading),
    brokers: combineBrokers(looks.map(look => look.brokers)),
  }),
  isEffective: (now, before, { nodes }) =>
    allWentAway(now.brokers, before.brokers) &&
    nodes.every(node => isLost(now.disks[node], before.disks[node])),
  isHealed: (now, before, { nodes }) =>
    allServe(now.brokers) &&
    now.outOfSync === 0 &&
    nodes.every(node => isFormatted(now.disks[node]) || !isFormatted(before.disks[node])),
  describe: (now, before, { nodes }, when) => [
    ...describeBrokers(now.brokers, before.brokers),
    ...nodes.flatMap<Observation>(node => [
      {
        what: `disk of broker ${node}`,
        value: diskWords(now.disks[node], before.disks[node], when),
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

const isFormatted = (disk: DiskReading | undefined): boolean => typeof disk?.directoryId === 'string'

/** What was on the disk of before is gone. A disk of another cluster is a mistake in the set-up, and no replacement. */
function isLost(now: DiskReading | undefined, before: DiskReading | undefined): boolean {
  if (!now || !before || !isFormatted(before)) return false
  return now.directoryId !== before.directoryId && now.segmentBytes === 0 && !isForeign(now, before)
}

const isForeign = (now: DiskReading, before: DiskReading): boolean =>
  typeof now.clusterId === 'string' &&
  typeof before.clusterId === 'string' &&
  now.clusterId !== before.clusterId

function diskWords(now: DiskReading | undefined, before: DiskReading | undefined, when: Moment): string {
  if (!now || !before) return 'not looked at'
  if (!isFormatted(now)) return isFormatted(before) ? 'wiped: no id until a node formats it' : 'without an id'
  if (when === 'before') return `id ${now.directoryId}`
  if (isForeign(now, before)) return `a disk of another cluster, ${now.clusterId}`
  return now.directoryId === before.directoryId
    ? 'the same disk as before'
    : isFormatted(before)
      ? 'another disk than before'
      : 'a disk with an id, which it had not before'
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
