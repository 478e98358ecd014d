import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { ZONES } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { connectWorkerProperties } from '../../../platforms/connect.ts'
import { hostsFile, log4jProperties } from '../../../platforms/kafka/properties.ts'
import { workerPlugins, workerProcess, workerProperties } from '../connect/worker-process.ts'
import { connectHostsFor, type LabLayout } from '../lab/lab-layout.ts'
import type { Command } from '../lab/supervisor.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { join } from 'node:path'
import { OTHER_REGION } from '../../../core/topology.ts'

/** Beside four brokers on a small machine: 200 MB suffice for a fleet of a drill. */
const HEAP = '320m'
/** The zone of region b in which its worker is. */
export const MIRROR_ZONE = ZONES[0]

export const bootstrapOf = ({ topology }: LabLayout): string[] =>
  topology.nodes.map(({ host }) => `${host}:${LAB_PORTS.client}`)

/**
 * The worker that mirrors: it belongs to region b and writes there over that region's own links; region a it reaches
 * over the links between the regions, and over no other.
 * @param near region b, with the links of a Connect worker @param far region a, with those of a mirror
 */
export function mirrorWorker(
  near: LabLayout,
  far: LabLayout,
  distribution: ConnectDistribution,
  exactlyOnce: boolean,
): Command {
  const dir = near.connectDir
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(workerPlugins(dir), { recursive: true })
  const { host, port } = near.connectAddress
  const properties = connectWorkerProperties({
    bootstrap: bootstrapOf(near),
    host,
    bindAddress: host,
    restPort: port,
    pluginPath: workerPlugins(dir),
    zone: MIRROR_ZONE,
    internalReplicas: near.topology.nodes.length === 1 ? 1 : 3,
    exactlyOnceSources: exactlyOnce,
  })
  writeFileSync(workerProperties(dir), properties)
  writeFileSync(
    join(dir, 'hosts'),
    hostsFile([...connectHostsFor(near, MIRROR_ZONE, hostname()), ...across(far)]),
  )
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
  return workerProcess(near, distribution, {
    dir,
    node: null,
    heap: HEAP,
    logFile: near.logFile('mirror'),
  })
}

/** Brokers of region a, over the links between the regions. */
const across = (far: LabLayout): { address: string; host: string }[] =>
  far.topology.nodes.map(({ id, host }) => ({
    host,
    address: far.addressOf({ from: OTHER_REGION, to: id, listener: 'mirror' }).host,
  }))
