import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type NodeId, workersOf, type ZoneName } from '../../../core/topology.ts'
import { CONNECT_REST_PORT, type ConnectClusterName } from '../../../platforms/connect.ts'
import type { PlatformName } from '../../../platforms/index.ts'
import { clusterHostsFor, type LabLayout, workerHost } from '../lab/lab-layout.ts'
import type { Command } from '../lab/supervisor.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { WORKER_ROLE, workerPlugins, workerProcess, writeWorker } from './worker-process.ts'

/** With the JDBC sink's Hibernate: 205 to 306 MB in all. */
const HEAP = '320m'

/** What a worker needs to be started, now or again. */
export interface ClusterSoftware {
  readonly platform: PlatformName
  readonly connect: ConnectDistribution
  /** Folders of jars, by plugin. */
  readonly plugins: Readonly<Record<string, string>>
  /** Whether sources write records and position in one transaction. */
  readonly exactlyOnce: boolean
  /** Of workers beside others on the same brokers. @default theirs is the only cluster of workers there */
  readonly beside?: { readonly cluster: ConnectClusterName; readonly copies: 1 | 3 }
}

export const workerDir = (layout: LabLayout, worker: NodeId): string =>
  join(layout.connectDir, `worker-${worker}`)
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
  { platform, plugins, exactlyOnce, beside }: ClusterSoftware,
): void {
  const dir = workerDir(layout, worker)
  mkdirSync(workerPlugins(dir), { recursive: true })
  for (const [name, folder] of Object.entries(plugins)) {
    const link = join(workerPlugins(dir), name)
    rmSync(link, { force: true })
    symlinkSync(folder, link)
  }
  const hosts = clusterHostsFor(layout, zone, hostname())
  writeWorker(
    layout,
    { dir, zone, platform, hosts, ...(beside && { copies: beside.copies }) },
    {
      host: workerHost(zone),
      bindAddress: layout.workerAddress(zone).host,
      restPort: CONNECT_REST_PORT,
      variables: [WORKER_VARIABLE],
      exactlyOnceSources: exactlyOnce,
      ...(beside && { cluster: beside.cluster }),
    },
  )
}

export function workerCommand(layout: LabLayout, worker: NodeId, distribution: ConnectDistribution): Command {
  return workerProcess(layout, distribution, {
    dir: workerDir(layout, worker),
    node: worker,
    heap: HEAP,
    logFile: workerLog(layout, worker),
    env: { [WORKER_VARIABLE]: String(worker) },
  })
}

/** The worker that a REST answer names: `connect-az-b.lab:8083`. */
export function workerNamed({ topology }: LabLayout, name: string): NodeId | null {
  return workersOf(topology).find(({ zone }) => name.startsWith(`${workerHost(zone)}:`))?.id ?? null
}
