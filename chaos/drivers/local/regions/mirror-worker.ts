import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../../../core/network.ts'
import { OTHER_REGION, ZONES } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { connectWorkerProperties } from '../../../platforms/connect.ts'
import { hostsFile, log4jProperties } from '../../../platforms/kafka/properties.ts'
import { ofAllClients } from '../../../platforms/security.ts'
import type { Properties } from '../../../platforms/properties.ts'
import { javaLogin, loginsProperties } from '../lab/lab-logins.ts'
import { workerPlugins, workerProcess, workerProperties } from '../connect/worker-process.ts'
import { connectHostsFor, type LabLayout } from '../lab/lab-layout.ts'
import type { Command } from '../lab/supervisor.ts'
import type { ConnectDistribution } from '../setup/connect.ts'

/** Beside four brokers on a small machine: 200 MB suffice for a fleet of a drill. */
const HEAP = '320m'
/** The zone of region b in which its worker is. */
export const MIRROR_ZONE = ZONES[0]

export const bootstrapOf = ({ topology }: LabLayout): string[] =>
  topology.nodes.map(({ host }) => `${host}:${LAB_PORTS.client}`)

/** Which way a mirror copies: out of region a, or back into it. */
export type MirrorWay = 'there' | 'back'

/**
 * The worker that mirrors stands in region b, so that all that goes between the regions crosses the same links. The
 * one that copies there belongs to the cluster of region b and writes near; the one that copies back belongs to that of
 * region a and writes far.
 * @param near region b, with the links of a Connect worker @param far region a, with those of a mirror
 */
export function mirrorWorker(
  near: LabLayout,
  far: LabLayout,
  distribution: ConnectDistribution,
  { way, exactlyOnce, replicas }: { way: MirrorWay; exactlyOnce: boolean; replicas: 1 | 3 },
): Command {
  const dir = mirrorDir(near, way)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(workerPlugins(dir), { recursive: true })
  const { host, port } = mirrorAddress(near, way)
  const properties = connectWorkerProperties({
    bootstrap: bootstrapOf(way === 'there' ? near : far),
    host,
    bindAddress: host,
    restPort: port,
    pluginPath: workerPlugins(dir),
    zone: MIRROR_ZONE,
    internalReplicas: replicas,
    exactlyOnceSources: exactlyOnce,
    ...(near.hasAuthorizer && {
      secretFiles: [loginsProperties(near.dir)],
      security: ofAllClients(mirrorLogin(near)),
    }),
  })
  writeFileSync(workerProperties(dir), properties)
  writeFileSync(
    join(dir, 'hosts'),
    hostsFile([...connectHostsFor(near, MIRROR_ZONE, hostname()), ...across(far)]),
  )
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
  return workerProcess(near, distribution, {
    dir,
    node: way === 'there' ? null : BACK_NODE,
    heap: HEAP,
    logFile: near.logFile(mirrorLog(way)),
  })
}

/** It reads and writes everything, in both regions. */
export const mirrorLogin = (near: LabLayout): Properties => javaLogin(near, 'operator')

/** By which the supervisor knows the second worker of a region. */
const BACK_NODE = 2

export const mirrorLog = (way: MirrorWay): string => (way === 'there' ? 'mirror' : 'mirror-back')

export const mirrorDir = (near: LabLayout, way: MirrorWay): string =>
  way === 'there' ? near.connectDir : `${near.connectDir}-back`

export const mirrorAddress = (near: LabLayout, way: MirrorWay): Address =>
  way === 'there' ? near.connectAddress : near.workerAddress(MIRROR_ZONE)

/** Brokers of region a, over the links between the regions. */
const across = (far: LabLayout): { address: string; host: string }[] =>
  far.topology.nodes.map(({ id, host }) => ({
    host,
    address: far.addressOf({ from: OTHER_REGION, to: id, listener: 'mirror' }).host,
  }))
