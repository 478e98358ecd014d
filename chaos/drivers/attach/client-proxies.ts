import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Address } from '../../core/network.ts'
import type { ProcessIdentity } from '../../core/process-identity.ts'
import { type Link, linkId, type Topology } from '../../core/topology.ts'
import { waitFor } from '../../core/wait.ts'
import { findAlive, identityOf, signalProcess } from '../../machine/process-table.ts'
import { type ProxiedLinks, proxyName } from '../proxied-links.ts'
import { type ToxiproxyApi, toxiproxyApi } from '../toxiproxy-api.ts'

const LOOPBACK = '127.0.0.1'
const READY_MS = 15_000
const END_MS = 5_000

export interface ClientProxies extends ProxiedLinks {
  readonly api: ToxiproxyApi
  readonly process: ProcessIdentity
  end(): Promise<void>
}

export interface ProxiesOptions {
  readonly binary: string
  readonly topology: Topology
  readonly runDir: string
  readonly clock: Clock
  /** Called as soon as the process is there. */
  readonly onStart: (process: ProcessIdentity) => void
}

/** A Toxiproxy with a proxy for each zone of clients in front of each advertised broker, all of it on loopback. */
export async function startClientProxies(options: ProxiesOptions): Promise<ClientProxies> {
  const { binary, topology, runDir, clock, onStart } = options
  const address = { host: LOOPBACK, port: await freePort() }
  const process = start(binary, address, join(runDir, 'logs', 'toxiproxy.log'))
  onStart(process)
  const api = toxiproxyApi(address, clock)
  const isUp = async () => {
    if (!findAlive(process))
      throw new AftershockError('unavailable', 'Toxiproxy ended at once', {
        hint: `see ${join(runDir, 'logs', 'toxiproxy.log')}`,
      })
    return api.proxies().then(
      () => true,
      () => false,
    )
  }
  await waitFor('Toxiproxy to answer', isUp, { clock, deadlineMs: READY_MS, everyMs: 50 })
  const upstreamOf = (link: Link): Address => {
    const node = topology.nodes.find(({ id }) => id === link.to)
    if (!node) throw new AftershockError('internal', `there is no broker ${link.to}`)
    return { host: node.host, port: node.port ?? 9092 }
  }
  for (const link of topology.links) {
    const { host, port } = upstreamOf(link)
    const upstream = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    await api.create({ name: proxyName(link), listen: `${LOOPBACK}:0`, upstream, enabled: true })
  }
  const made = await api.proxies()
  const listening = new Map(
    topology.links.map(link => {
      const port = Number(/:(\d+)$/.exec(made[proxyName(link)]?.listen ?? '')?.[1])
      if (!port) throw new AftershockError('unavailable', `Toxiproxy made no proxy for ${linkId(link)}`)
      return [linkId(link), { host: LOOPBACK, port }] as const
    }),
  )
  return {
    api,
    process,
    topology,
    addresses: { toxiproxy: address },
    upstreamOf,
    addressOf(link) {
      const found = listening.get(linkId(link))
      if (!found) throw new AftershockError('internal', `there is no link ${linkId(link)}`)
      return found
    },
    end: () => endProxies(process, clock),
  }
}

/** May be repeated. */
export async function endProxies(process: ProcessIdentity, clock: Clock): Promise<void> {
  if (!signalProcess(process, 'SIGTERM')) return
  const isGone = () => findAlive(process) === undefined
  await waitFor('Toxiproxy to end', isGone, { clock, deadlineMs: END_MS, everyMs: 20 }).catch(() =>
    signalProcess(process, 'SIGKILL'),
  )
}

function start(binary: string, { host, port }: Address, logFile: string): ProcessIdentity {
  const log = openSync(logFile, 'a')
  const args = [`-host=${host}`, `-port=${port}`, '-proxy-metrics']
  const child = spawn(binary, args, { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  const identity = child.pid === undefined ? undefined : identityOf(child.pid)
  if (identity) return identity
  throw new AftershockError('unavailable', `Toxiproxy did not start: ${binary}`, { hint: `see ${logFile}` })
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, LOOPBACK, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  await new Promise<void>(resolve => server.close(() => resolve()))
  return port
}
