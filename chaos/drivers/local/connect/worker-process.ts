import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId, ZoneName } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { type ConnectWorkerConfig, connectWorkerProperties } from '../../../platforms/connect.ts'
import { internalReplicas, type PlatformName } from '../../../platforms/index.ts'
import { hostsFile, log4jProperties } from '../../../platforms/kafka/properties.ts'
import { ofAllClients } from '../../../platforms/security.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { javaLogin, loginsProperties } from '../lab/lab-logins.ts'
import { type Command, labMarks } from '../lab/supervisor.ts'
import type { ConnectDistribution } from '../setup/connect.ts'

export const WORKER_ROLE = 'connect'

export interface WorkerPlace {
  /** Its files. */
  readonly dir: string
  readonly zone: ZoneName
  readonly platform: PlatformName
  /** Of the worker's own topics. @default as many as the platform has of its own */
  readonly copies?: 1 | 3
  /** What each name that it may ask for is at. */
  readonly hosts: Parameters<typeof hostsFile>[0]
}

export const workerProperties = (dir: string): string => join(dir, 'worker.properties')
export const workerPlugins = (dir: string): string => join(dir, 'plugins')

/** Renders a worker's files, but for its plugins. */
export function writeWorker(
  layout: LabLayout,
  { dir, zone, platform, copies, hosts }: WorkerPlace,
  own: Omit<
    ConnectWorkerConfig,
    'bootstrap' | 'pluginPath' | 'zone' | 'secretFiles' | 'security' | 'internalReplicas'
  >,
): void {
  const { topology, hasAuthorizer } = layout
  mkdirSync(workerPlugins(dir), { recursive: true })
  const properties = connectWorkerProperties({
    bootstrap: topology.nodes.map(node => `${node.host}:${LAB_PORTS.client}`),
    pluginPath: workerPlugins(dir),
    zone,
    internalReplicas: copies ?? internalReplicas(platform),
    ...(hasAuthorizer && {
      secretFiles: [loginsProperties(layout.dir)],
      security: ofAllClients(javaLogin(layout, 'connector')),
    }),
    ...own,
  })
  writeFileSync(workerProperties(dir), properties)
  writeFileSync(join(dir, 'hosts'), hostsFile(hosts))
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
}

/** How a worker is started whose files are there. @param heap as `-Xmx` takes it */
export function workerProcess(
  layout: Pick<LabLayout, 'dir'>,
  { java, classPath }: ConnectDistribution,
  of: {
    readonly dir: string
    readonly node: NodeId | null
    readonly heap: string
    readonly logFile: string
    readonly env?: Readonly<Record<string, string>>
  },
): Command {
  return {
    role: WORKER_ROLE,
    node: of.node,
    program: java,
    args: [
      `-Xmx${of.heap}`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Djdk.net.hosts.file=${join(of.dir, 'hosts')}`,
      '-Dsun.net.inetaddr.ttl=1',
      `-Dlog4j2.configurationFile=${join(of.dir, 'log4j2.properties')}`,
      labMarks(layout.dir)[0],
      '-cp',
      classPath,
      'org.apache.kafka.connect.cli.ConnectDistributed',
      workerProperties(of.dir),
    ],
    cwd: of.dir,
    logFile: of.logFile,
    ...(of.env && { env: of.env }),
  }
}
