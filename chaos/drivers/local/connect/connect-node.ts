import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import type { PlatformName } from '../../../platforms/index.ts'
import type { ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { connectRest, SINK_CLASS } from './connect-rest.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import { connectHostsFor, type LabLayout, proxyName, toxiproxyConfig } from '../lab/lab-layout.ts'
import { findByArgument } from '../../../machine/process-table.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { endRoles, endStrays, removeLinks } from '../lab/lab-parts.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import { WORKER_ROLE, workerPlugins, workerProcess, workerProperties, writeWorker } from './worker-process.ts'

/** Beside three brokers on a small machine: ready in about 6 s. */
const HEAP = '256m'
/** A JVM and a group to join, on a busy machine. */
const READY_DEADLINE_MS = 90_000
/** A worker says goodbye to its group and commits what its sink has; while its brokers live that takes a second. */
const END_DEADLINE_MS = 10_000

export interface WorkerSpec {
  readonly zone: ZoneName
  readonly topics: readonly string[]
  /** Of the connector, and so of its consumer group. */
  readonly name: string
  readonly platform: PlatformName
}

export const sinkFile = (layout: LabLayout): string => join(layout.connectDir, 'sink.txt')

/**
 * Opens the worker's links in the Toxiproxy that runs, of a lab that stays or of one's own. What an earlier run left
 * goes first. @param lab its layout has the worker's links (`withConnector`).
 */
export async function openConnectLinks(lab: StartedLab): Promise<void> {
  await removeConnector(lab)
  const { topology, addresses } = lab.layout
  const api = toxiproxyApi(addresses.toxiproxy)
  const names = topology.links.filter(link => link.listener === 'connect').map(proxyName)
  for (const proxy of toxiproxyConfig(lab.layout).filter(({ name }) => names.includes(name)))
    await api.create(proxy)
}

/**
 * Starts the worker and its one connector; resolves when its task says that it runs, which is not yet progress.
 * @throws AftershockError `unavailable` when it ends, or is not ready in time.
 */
export async function startWorker(
  lab: StartedLab,
  spec: WorkerSpec,
  distribution: ConnectDistribution,
  signal?: AbortSignal,
): Promise<void> {
  const { layout, clock, supervisor } = lab
  rmSync(layout.logFile(WORKER_ROLE), { force: true })
  writeWorkerFiles(layout, spec, distribution)
  supervisor.start(
    workerProcess(layout, distribution, {
      dir: layout.connectDir,
      node: null,
      heap: HEAP,
      logFile: layout.logFile(WORKER_ROLE),
    }),
  )
  const rest = connectRest(layout.connectAddress)
  const wait = { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 200, ...(signal && { signal }) }
  let seen = ''
  const until = (what: string, look: () => Promise<{ done: boolean; said: string }>) =>
    waitFor(
      what,
      async () => {
        assertAlive(lab, WORKER_ROLE, null)
        const { done, said } = await look()
        seen = said
        return done
      },
      { ...wait, lastSeen: () => seen },
    )
  await until('the Connect worker to answer', () => rest.ready())
  await until('the Connect worker to take its connector', () =>
    rest.configure(spec.name, {
      'connector.class': SINK_CLASS,
      topics: spec.topics.join(','),
      file: sinkFile(layout),
      // One writer, so that every line of the file is whole.
      'tasks.max': '1',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    }),
  )
  await until("the connector's task to run", async () => {
    const status = await rest.status(spec.name, 1000)
    return { done: status?.tasks.join() === 'RUNNING', said: JSON.stringify(status) }
  })
}

/** Before the brokers: a worker whose brokers are gone does not end on SIGTERM. */
export async function endWorker({ supervisor }: StartedLab): Promise<void> {
  await supervisor.end(WORKER_ROLE, null, 'SIGTERM', END_DEADLINE_MS)
}

/**
 * Whatever there is of a connector in this lab: its process, recorded or not, its links and its files. Idempotent.
 * @returns how many processes were ended
 */
export async function removeConnector(lab: StartedLab): Promise<number> {
  const { layout, clock } = lab
  const ended = await endRoles(lab, [WORKER_ROLE])
  const left = await endStrays(findByArgument(workerProperties(layout.connectDir)), clock)
  await removeLinks(lab, ['connect'])
  rmSync(layout.connectDir, { recursive: true, force: true })
  return ended + left
}

function writeWorkerFiles(
  layout: LabLayout,
  { zone, platform }: WorkerSpec,
  { sinkJar }: ConnectDistribution,
): void {
  const dir = layout.connectDir
  const plugin = join(workerPlugins(dir), 'file')
  mkdirSync(plugin, { recursive: true })
  copyFileSync(sinkJar, join(plugin, basename(sinkJar)))
  const { host, port } = layout.connectAddress
  const hosts = connectHostsFor(layout, zone, hostname())
  writeWorker(layout, { dir, zone, platform, hosts }, { host, bindAddress: host, restPort: port })
}
