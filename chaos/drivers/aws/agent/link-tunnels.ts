import { createServer, type Server, type Socket } from 'node:net'
import { AftershockError } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { ownConnections } from '../../../net/own-connections.ts'
import type { AgentClient } from './agent-client.ts'

type Bytes = [toNode: number, back: number]

/** One way to a broker: from the machine of an agent, wherever that is. */
export interface Way {
  readonly id: string
  readonly agent: AgentClient
  readonly to: Address
}

const LOOPBACK = '127.0.0.1'

/**
 * A port of this machine for each way: whoever connects to it speaks to the broker from the agent's machine. A client
 * there and a client here see the same: what does not pass the network between that machine and the broker, does not
 * come here.
 */
export class LinkTunnels implements AsyncDisposable {
  readonly #servers: Server[] = []
  readonly #open = new Set<Socket>()
  readonly #ports = new Map<string, number>()
  readonly #all = new Map<string, Bytes>()
  readonly #probes = new Map<string, Bytes>()
  readonly #ended = new AbortController()

  static async open(ways: readonly Way[]): Promise<LinkTunnels> {
    const tunnels = new LinkTunnels()
    try {
      for (const way of ways) await tunnels.#listen(way)
      return tunnels
    } catch (error) {
      await tunnels[Symbol.asyncDispose]()
      throw error
    }
  }

  addressOf(id: string): Address {
    const port = this.#ports.get(id)
    if (port === undefined) throw new AftershockError('internal', `there is no way ${id}`)
    return { host: LOOPBACK, port }
  }

  /** Bytes since they were opened, by way, and what of them this program's own probes moved. */
  bytes(): { readonly all: Record<string, Bytes>; readonly probes: Record<string, Bytes> } {
    const copy = (from: ReadonlyMap<string, Bytes>) =>
      Object.fromEntries([...from].map(([id, [to, back]]) => [id, [to, back] as Bytes]))
    return { all: copy(this.#all), probes: copy(this.#probes) }
  }

  async #listen(way: Way): Promise<void> {
    this.#all.set(way.id, [0, 0])
    this.#probes.set(way.id, [0, 0])
    const server = createServer({ noDelay: true }, socket => void this.#carry(socket, way))
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(new AftershockError('unavailable', error.message)))
      server.listen(0, LOOPBACK, () => resolve())
    })
    const bound = server.address()
    if (typeof bound === 'object' && bound) this.#ports.set(way.id, bound.port)
  }

  async #carry(socket: Socket, { id, agent, to }: Way): Promise<void> {
    this.#hold(socket)
    const gone = new AbortController()
    socket.once('close', () => gone.abort())
    let far: Socket | null
    try {
      far = await agent.tunnel(to, AbortSignal.any([gone.signal, this.#ended.signal]))
    } catch {
      far = null
    }
    if (far === null || socket.destroyed) {
      far?.destroy()
      socket.destroy()
      return
    }
    this.#hold(far)
    const end = `${socket.remoteAddress}:${socket.remotePort}`
    const counted = [this.#all.get(id), ...(ownConnections.has(end) ? [this.#probes.get(id)] : [])]
    const count = (side: 0 | 1) => (chunk: Buffer) => {
      for (const bytes of counted) if (bytes) bytes[side] += chunk.length
    }
    const other = far
    socket.on('data', count(0))
    other.on('data', count(1))
    socket.once('close', () => other.destroy())
    other.once('close', () => socket.destroy())
    socket.pipe(other)
    other.pipe(socket)
  }

  #hold(socket: Socket): void {
    this.#open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#open.delete(socket))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    for (const socket of this.#open) socket.destroy()
    await Promise.all(this.#servers.map(server => new Promise<void>(end => server.close(() => end()))))
  }
}
