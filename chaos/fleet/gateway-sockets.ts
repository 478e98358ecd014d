import type { Socket } from 'node:net'
import type { Address, Dial } from '../core/network.ts'
import { type BrokerLogin, openBrokerSocket } from '../kafka/broker-login.ts'
import { type ConnectionKey, connectionKey, type SocketBytes } from './tcp-table.ts'

/**
 * Every TCP connection that gateways open goes through here: it dials the zone's own link to the broker,
 * counts the attempt, and remembers which gateway the kernel's connection belongs to, also after its end.
 */
export class GatewaySockets {
  readonly #dial: Dial
  /** By gateway: where its connections go instead. */
  readonly #dials = new Map<string, Dial>()
  readonly #login: BrokerLogin | null
  readonly #owners = new Map<ConnectionKey, string>()

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
    socket.once('connect', () => {
      const { localAddress, localPort, remoteAddress, remotePort } = socket
      if (localAddress && localPort && remoteAddress && remotePort) {
        // A port that the kernel gave out again belongs to its newest owner.
        this.#owners.set(connectionKey(localAddress, localPort, remoteAddress, remotePort), gateway)
      }
    })
    return socket
  }

  /** How many of the gateway's connections are in `established`, the kernel's own list. */
  countEstablished(gateway: string, established: ReadonlySet<ConnectionKey>): number {
    let count = 0
    for (const [key, owner] of this.#owners) if (owner === gateway && established.has(key)) count += 1
    return count
  }

  /** Of the gateway's connections: how many are open at the end, and what brokers took over them between two looks. */
  moved(gateway: string, before: SocketBytes, after: SocketBytes): { connections: number; bytes: number } {
    const sum = { connections: 0, bytes: 0 }
    for (const [key, owner] of this.#owners) {
      const now = owner === gateway ? after.get(key) : undefined
      if (now === undefined) continue
      sum.connections += 1
      // One that is new, or whose ports were given out again, has a smaller counter.
      const then = before.get(key) ?? 0
      sum.bytes += now >= then ? now - then : now
    }
    return sum
  }
}
