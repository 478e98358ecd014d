import type { Socket } from 'node:net'
import type { Address, Dial } from '../core/network.ts'
import { type BrokerLogin, openBrokerSocket } from '../kafka/broker-login.ts'
import { isRequestWithoutRecords } from '../kafka/produce-wire.ts'
import { type ConnectionKey, connectionKey, type SocketBytes } from './tcp-table.ts'

/** What a gateway has handed to its sockets so far. */
export interface Written {
  /** Everything that may have records in it. */
  readonly withRecords: number
  /** Bytes of requests that have none: metadata, logins, versions. */
  readonly otherBytes: number
}

interface Owner {
  readonly gateway: string
}

/**
 * Every TCP connection that gateways open goes through here: it dials the zone's own link to the broker,
 * counts the attempt, and remembers which gateway the kernel's connection belongs to, for as long as its socket is
 * open here. Afterwards the kernel gives its port to others, also of other programs.
 */
export class GatewaySockets {
  readonly #dial: Dial
  /** By gateway: where its connections go instead. */
  readonly #dials = new Map<string, Dial>()
  readonly #login: BrokerLogin | null
  readonly #owners = new Map<ConnectionKey, Owner>()
  readonly #written = new Map<string, { withRecords: number; otherBytes: number }>()

  constructor(dial: Dial, login: BrokerLogin | null) {
    this.#dial = dial
    this.#login = login
  }

  /** New connections of this gateway go elsewhere. */
  redirect(gateway: string, dial: Dial): void {
    this.#dials.set(gateway, dial)
  }

  open(gateway: string, zone: string, { host, port }: Address): Socket {
    const dial = this.#dials.get(gateway) ?? this.#dial
    const socket = openBrokerSocket(dial(zone, host, 'client', port), host, this.#login)
    // kafkajs unrefs a socket that still connects each time it gives up on it, and each call is a listener.
    socket.setMaxListeners(0)
    this.watch(gateway, socket)
    return socket
  }

  /** Call before anybody writes to it. */
  watch(gateway: string, socket: Socket): void {
    socket.once('connect', () => {
      const { localAddress, localPort, remoteAddress, remotePort } = socket
      if (!localAddress || !localPort || !remoteAddress || !remotePort) return
      const key = connectionKey(localAddress, localPort, remoteAddress, remotePort)
      const owner = { gateway }
      this.#owners.set(key, owner)
      socket.once('close', () => {
        // It may have been given out again already, and then belongs to its newest owner.
        if (this.#owners.get(key) === owner) this.#owners.delete(key)
      })
    })
    const written = this.#writtenBy(gateway)
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
    socket.write = (chunk: unknown, ...rest: unknown[]) => {
      if (Buffer.isBuffer(chunk) && isRequestWithoutRecords(chunk)) written.otherBytes += chunk.length
      else written.withRecords += 1
      return write(chunk, ...rest)
    }
  }

  written(gateway: string): Written {
    return { ...this.#writtenBy(gateway) }
  }

  #writtenBy(gateway: string): { withRecords: number; otherBytes: number } {
    const written = this.#written.get(gateway) ?? { withRecords: 0, otherBytes: 0 }
    this.#written.set(gateway, written)
    return written
  }

  /** How many of the gateway's connections are in `established`, the kernel's own list. */
  countEstablished(gateway: string, established: ReadonlySet<ConnectionKey>): number {
    let count = 0
    for (const [key, owner] of this.#owners) if (owner.gateway === gateway && established.has(key)) count += 1
    return count
  }

  /** Of the gateway's connections: how many are open at the end, and what brokers took over them between two looks. */
  moved(gateway: string, before: SocketBytes, after: SocketBytes): { connections: number; bytes: number } {
    const sum = { connections: 0, bytes: 0 }
    for (const [key, owner] of this.#owners) {
      const now = owner.gateway === gateway ? after.get(key) : undefined
      if (now === undefined) continue
      sum.connections += 1
      // One that is new, or whose ports were given out again, has a smaller counter.
      const then = before.get(key) ?? 0
      sum.bytes += now >= then ? now - then : now
    }
    return sum
  }
}
