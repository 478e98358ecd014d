import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type NodeId, workersOf, type ZoneName } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { CONNECT_REST_PORT, connectWorkerProperties } from '../../../platforms/connect.ts'
import { type PlatformName, internalReplicas } from '../../../platforms/index.ts'
import { hostsFile, log4jProperties } from '../../../platforms/kafka/properties.ts'
import { clusterHostsFor, type LabLayout, workerHost } from '../lab/lab-layout.ts'
import { type Command, labMarks } from '../lab/supervisor.ts'
import type { ConnectDistribution } from '../setup/connect.ts'

export const WORKER_ROLE = 'connect'
/** With the JDBC sink's Hibernate: 205 to 306 MB in all. */
const WORKER_JVM = ['-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const

/** What a worker needs to be started, now or again. */
export interface ClusterSoftware {
  readonly platform: PlatformName
  readonly connect: ConnectDistribution
  /** Folders of jars, by plugin. */
  readonly plugins: Readonly<Record<string, string>>
  /** Whether sources write records and position in one transaction. */
  readonly exactlyOnce: boolean
}

export const workerDir = (layout: LabLayout, worker: NodeId): string =>
  join(layout.connectDir, `worker-${worker}`)
const propertiesFile = (layout: LabLayout, worker: NodeId): string =>
  join(workerDir(layout, worker), 'worker.properties')
export const workerLog = (layout: LabLayout, worker: NodeId): string =>
  layout.logFile(`${WORKER_ROLE}-${worker}`)

/** The environment variable by which a worker's sessions with the database say whose they are. */
const WORKER_VARIABLE = 'AFTERSHOCK_WORKER'
/** What stands for the worker's number in a connector's configuration; each worker puts in its own. */
export const WORKER_REFERENCE = `\${env:${WORKER_VARIABLE}}`

/** Renders a worker's files. Its plugins are where the cache has them. */
export function writeWorkerFiles(
  layout: LabLayout,
  zone: ZoneName,
  worker: NodeId,
  software: ClusterSoftware,
): void {
  const dir = workerDir(layout, worker)
  const plugins = join(dir, 'plugins')
  mkdirSync(plugins, { recursive: true })
  for (const [name, folder] of Object.entries(software.plugins)) {
    rmSync(join(plugins, name), { force: true })
    symlinkSync(folder, join(plugins, name))
  }
  const { host } = layout.workerAddress(zone)
  const properties = connectWorkerProperties({
    bootstrap: layout.topology.nodes.map(node => `${node.host}:${LAB_PORTS.client}`),
    host: workerHost(zone),
    bindAddress: host,
    restPort: CONNECT_REST_PORT,
    pluginPath: plugins,
    zone,
    internalReplicas: internalReplicas(software.platform),
    variables: [WORKER_VARIABLE],
    exactlyOnceSources: software.exactlyOnce,
  })
  writeFileSync(propertiesFile(layout, worker), properties)
  writeFileSync(join(dir, 'hosts'), hostsFile(clusterHostsFor(layout, zone, hostname())))
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
}

export function workerCommand(
  layout: LabLayout,
  worker: NodeId,
  { java, classPath }: ConnectDistribution,
): Command {
  const dir = workerDir(layout, worker)
  return {
    role: WORKER_ROLE,
    node: worker,
    program: java,
    args: [
      ...WORKER_JVM,
      `-Djdk.net.hosts.file=${join(dir, 'hosts')}`,
      '-Dsun.net.inetaddr.ttl=1',
      `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
      labMarks(layout.dir)[0],
      '-cp',
      classPath,
      'org.apache.kafka.connect.cli.ConnectDistributed',
      propertiesFile(layout, worker),
    ],
    cwd: dir,
    logFile: workerLog(layout, worker),
    env: { [WORKER_VARIABLE]: String(worker) },
  }
}

/** The worker that a REST answer names: `connect-az-b.lab:8083`. */
export function workerNamed({ topology }: LabLayout, name: string): NodeId | null {
  return workersOf(topology).find(({ zone }) => name.startsWith(`${workerHost(zone)}:`))?.id ?? null
}
