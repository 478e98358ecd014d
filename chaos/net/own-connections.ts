import type { Socket } from 'node:net'

/** Looks of the meter that a connection is remembered for after its end: its last bytes are counted by then. */
const REMEMBERED_LOOKS = 5
/** Where nobody looks, nothing is gained by remembering. */
const MOST = 10_000

/**
 * The connections of this program's own probes, by the end that is theirs: the meter of the links sees sockets only,
 * and what a probe sends is not the platform's traffic.
 */
export class OwnConnections {
  private readonly looksLeft = new Map<string, number>()

  add(socket: Socket): void {
    const begin = () => {
      const end = `${socket.localAddress}:${socket.localPort}`
      if (this.looksLeft.size > MOST) this.looksLeft.clear()
      this.looksLeft.set(end, Number.POSITIVE_INFINITY)
      socket.once('close', () => this.looksLeft.set(end, REMEMBERED_LOOKS))
    }
    if (socket.connecting) socket.once('connect', begin)
    else begin()
  }

  has(end: string): boolean {
    return this.looksLeft.has(end)
  }

  /** After each look: the kernel gives an end to somebody else at some time. */
  looked(): void {
    for (const [end, left] of this.looksLeft)
      if (left > 0) this.looksLeft.set(end, left - 1)
      else this.looksLeft.delete(end)
  }
}

/** Sockets are the process's, and so is what it knows of them. */
export const ownConnections = new OwnConnections()
