import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import { plural } from '../../../core/numbers.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import { waitFor } from '../../../core/wait.ts'
import { labSockets } from '../../../platforms/addresses.ts'
import { platformOf } from '../../../platforms/index.ts'
import { removeDatabase } from '../database/database-dir.ts'
import { clusterProbe } from '../../cluster-probe.ts'
import { kafkaRuntime, newKafkaUuid } from '../nodes/kafka-node.ts'
import { labAccess } from './lab-access.ts'
import { storeCredentials } from '../store/store-runtime.ts'
import { type LabLayout, labLayout, type SecondCluster, toxiproxyConfig } from './lab-layout.ts'
import { copyLabLogins, makeLabLogins, scramUsers } from './lab-logins.ts'
import type { NodeSoftware } from '../nodes/node-software.ts'
import { makeBuckets, storeCommands, storeReady } from '../store/object-store-node.ts'
import { softwareOf } from '../platforms/index.ts'
import { claimLab, type LabState, readLabState, secondRegionDir } from './lab-state.ts'
import type { InstalledSoftware } from '../setup/lab.ts'
import { endEverythingOf, labMarks, type ProcessListener, Supervisor } from './supervisor.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'

export interface LabOptions {
  readonly block: number
  readonly dir: string
  readonly kind: 'up' | 'run'
  readonly timeouts: 'tuned' | 'defaults'
  /** @default false: every client is let in */
  readonly hasAuthorizer?: boolean
  /** The folder of another lab, whose logins are those of this one. @default its own are made */
  readonly loginsOf?: string
  /** Brokers advertise their own addresses. @default false: names that clients of the lab are told */
  readonly byAddress?: true
  /** It is the cluster of a second region. @default it is none */
  readonly second?: SecondCluster
  readonly user: ProcessIdentity
  readonly software: InstalledSoftware
  readonly clock: Clock
  readonly onProcess?: ProcessListener
  readonly progress?: (line: string) => void
  readonly signal?: AbortSignal
}

/** A lab whose processes live. It is ended by `stop`, or, when it stays, by a later `attachLab` and `stop`. */
export interface StartedLab {
  readonly layout: LabLayout
  readonly supervisor: Supervisor
  readonly nodes: NodeSoftware
  readonly clock: Clock
}

/**
 * Starts three brokers in three zones behind one proxy, and resolves when every broker answers, all are
 * registered and the quorum has a leader. Whatever goes wrong, nothing that was started is left.
 * @throws AftershockError `refused` when a lab is there already; `unavailable` when it does not get ready.
 */
export async function startLab(options: LabOptions): Promise<StartedLab> {
  const { block, dir, clock, software, hasAuthorizer, second, byAddress, progress = () => {} } = options
  const { platform, gateway } = software
  const layout = labLayout(block, dir, platform.platform, hasAuthorizer, second, byAddress)
  const state: LabState = {
    format: 1,
    block,
    clusterId: newKafkaUuid(),
    timeouts: options.timeouts,
    ...(hasAuthorizer && { hasAuthorizer }),
    ...(second && { second }),
    ...(byAddress && { byAddress }),
    kind: options.kind,
    user: options.user,
    ready: false,
    runtime: software.kafka && kafkaRuntime(software.kafka),
    platform,
    store: gateway === null ? null : { gateway, ...storeCredentials() },
    startedAtWallMs: clock.wallMs(),
    processes: [],
  }
  claimLab(dir, state)
  const supervisor = new Supervisor(dir, state, clock, options.onProcess)
  const nodes = softwareOf(layout, state, () => supervisor.state)
  const lab: StartedLab = { layout, supervisor, nodes, clock }
  try {
    await refuseTakenAddresses(layout)
    mkdirSync(join(dir, 'logs'), { recursive: true })
    if (hasAuthorizer) {
      if (options.loginsOf === undefined) makeLabLogins(dir)
      else copyLabLogins(options.loginsOf, dir)
    }
    options.signal?.throwIfAborted()
    progress(
      `starting the links between zones${gateway === null ? '' : ' and the object store'}, and preparing the disks`,
    )
    startToxiproxy(lab, software.toxiproxy.binary)
    startStore(lab)
    await lab.nodes.prepare()
    options.signal?.throwIfAborted()
    await linksReady(lab, options.signal)
    await waitForStore(lab, options.signal)
    const count = layout.topology.nodes.length
    progress(count === 3 ? 'starting three brokers in three zones' : `starting ${plural(count, 'broker')}`)
    for (const node of layout.topology.nodes) lab.supervisor.start(lab.nodes.command(node.id))
    await brokersReady(lab, options.signal)
    // Other platforms have them on the disks that were formatted for them.
    if (hasAuthorizer && platformOf(platform.platform).formatsItself)
      await labAccess(layout, clock).addUsers(scramUsers(dir))
    lab.supervisor.update({ ready: true, user: options.kind === 'up' ? null : options.user })
    return lab
  } catch (error) {
    await removeLab(dir, clock)
    throw error
  }
}

/** Takes hold of a lab. @throws AftershockError `unavailable` when there is none that is whole. */
export function attachLab(dir: string, clock: Clock, onProcess?: ProcessListener): StartedLab {
  const state = readLabState(dir)
  if (!state?.ready) {
    throw new AftershockError('unavailable', 'there is no lab to attach to', {
      hint: 'start one with `aftershock lab up`',
    })
  }
  return labOf(state, dir, clock, onProcess)
}

/** A lab by its state, whatever lives of it. */
export function labOf(state: LabState, dir: string, clock: Clock, onProcess?: ProcessListener): StartedLab {
  const layout = labLayout(
    state.block,
    dir,
    state.platform.platform,
    state.hasAuthorizer,
    state.second,
    state.byAddress,
  )
  const supervisor = new Supervisor(dir, state, clock, onProcess)
  return { layout, supervisor, nodes: softwareOf(layout, state, () => supervisor.state), clock }
}

/** Ends the brokers in order; the proxy lives on, so that its byte counters can still be read. */
export async function stopBrokers(lab: StartedLab): Promise<void> {
  // All at once: the last ones of a quorum that shrinks would wait for a majority that is gone.
  await Promise.all(
    lab.layout.topology.nodes.map(node => lab.supervisor.end('broker', node.id, 'SIGTERM', 8000)),
  )
}

export async function stopLab(lab: StartedLab): Promise<void> {
  await stopBrokers(lab)
  for (const role of ['toxiproxy', 's3-proxy', 'object-store'])
    await lab.supervisor.end(role, null, 'SIGTERM', 3000)
  await removeLab(lab.layout.dir, lab.clock)
}

/** Kills whatever lives of the lab in `dir` and removes the folder. Idempotent. */
export async function removeLab(dir: string, clock: Clock): Promise<number> {
  const second = secondRegionDir(dir)
  const endedThere = existsSync(second) ? await removeLab(second, clock) : 0
  const ended = endedThere + (await endEverythingOf(dir, clock))
  const block = readLabState(dir)?.block
  if (block !== undefined) removeDatabase({ block, dir })
  rmSync(dir, { recursive: true, force: true })
  return ended
}

function startToxiproxy(lab: StartedLab, binary: string): void {
  const { layout } = lab
  const config = join(layout.dir, 'toxiproxy.json')
  writeFileSync(config, JSON.stringify(toxiproxyConfig(layout)))
  const { host, port } = layout.addresses.toxiproxy
  lab.supervisor.start({
    role: 'toxiproxy',
    node: null,
    program: binary,
    args: [`-host=${host}`, `-port=${port}`, '-proxy-metrics', '-runtime-metrics', labMarks(layout.dir)[1]],
    cwd: layout.dir,
    logFile: layout.logFile('toxiproxy'),
  })
}

/** Before the brokers: those that keep records in it do not start without it. */
function startStore(lab: StartedLab): void {
  const { store } = lab.supervisor.state
  if (!store) return
  makeBuckets(lab.layout)
  for (const command of storeCommands(lab.layout, store)) lab.supervisor.start(command)
}

async function waitForStore(lab: StartedLab, signal: AbortSignal | undefined): Promise<void> {
  if (!lab.supervisor.state.store) return
  await storeReady(lab.layout, {
    clock: lab.clock,
    assertAlive: () => {
      for (const role of ['object-store', 's3-proxy']) assertAlive(lab, role, null)
    },
    ...(signal && { signal }),
  })
}

async function linksReady(lab: StartedLab, signal: AbortSignal | undefined): Promise<void> {
  const wanted = lab.layout.topology.links.length
  const api = toxiproxyApi(lab.layout.addresses.toxiproxy, lab.clock, 1000)
  const listed = async () => {
    assertAlive(lab, 'toxiproxy', null)
    try {
      return Object.keys(await api.proxies()).length === wanted
    } catch {
      return false
    }
  }
  await waitFor(`Toxiproxy to serve ${wanted} links`, listed, {
    clock: lab.clock,
    deadlineMs: 15_000,
    everyMs: 50,
    ...(signal && { signal }),
  })
}

async function brokersReady(lab: StartedLab, signal: AbortSignal | undefined): Promise<void> {
  const { nodes } = lab.layout.topology
  using probe = clusterProbe(
    new Map(nodes.map(node => [node.id, lab.layout.directAddress(node.id)])),
    lab.clock,
  )
  let seen = 'no broker answered'
  await waitFor(
    `${plural(nodes.length, 'broker')} to register and elect a controller`,
    async () => {
      for (const node of nodes) assertAlive(lab, 'broker', node.id)
      const [reading, registered] = [await probe.describe(), await probe.registered()]
      seen = `brokers ${reading.answered.join(', ') || 'none'} answered, ${registered.size} registered, controller ${reading.controller ?? 'unknown'}`
      return (
        reading.answered.length === nodes.length &&
        registered.size === nodes.length &&
        reading.controller !== null
      )
    },
    {
      clock: lab.clock,
      deadlineMs: lab.nodes.readyDeadlineMs,
      everyMs: 100,
      lastSeen: () => seen,
      ...(signal && { signal }),
    },
  )
}

/** @param log its log’s name @default as its role and its number say */
export function assertAlive(lab: StartedLab, role: string, node: number | null, log?: string): void {
  if (lab.supervisor.alive(role, node)) return
  const name = node === null ? role : `${role}-${node}`
  const tail = readFileSync(lab.layout.logFile(log ?? name), 'utf8')
    .trim()
    .split('\n')
    .slice(-8)
    .join('\n')
  throw new AftershockError(
    'unavailable',
    `${name} ended while the lab was starting. Its last words:\n${tail}`,
  )
}

/** Every address is tried before anything starts: the error then names it, and not a broker's stack trace. */
async function refuseTakenAddresses(layout: LabLayout): Promise<void> {
  for (const { host, port } of labSockets(layout.addresses)) {
    const code = await tryListen(host, port)
    if (code === 'EADDRINUSE') {
      throw new AftershockError('refused', `${host}:${port} is taken by another process`, {
        hint: 'end it, or set AFTERSHOCK_LAB=1 for a lab on other addresses',
      })
    }
    if (code) {
      throw new AftershockError('unavailable', `cannot listen on ${host}:${port} (${code})`, {
        hint: 'run `aftershock doctor`',
      })
    }
  }
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
