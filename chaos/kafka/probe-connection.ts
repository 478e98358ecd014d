import { connect, type Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Address, Outcome } from '../core/network.ts'
import { ownConnections } from '../net/own-connections.ts'

/** A failed exchange with a node, by what the network did. */
export class ProbeFailure extends Error {
  readonly outcome: Exclude<Outcome, 'answered'>
  constructor(outcome: Exclude<Outcome, 'answered'>) {
    super(outcome)
    this.outcome = outcome
  }
}

/** One TCP connection that carries Kafka requests one after the other, in order. */
export class ProbeConnection {
  private readonly socket: Socket
  private received: Buffer = Buffer.alloc(0)
  private waiting: ((frame: Buffer) => void) | undefined
  private ended: ((outcome: 'refused' | 'reset') => void) | undefined
  private connected = false
  /** Resolves when nobody awaits a reply any more. */
  private turn: Promise<void> = Promise.resolve()
  closed = false

  /** @param socket one that somebody else opened to that address, for example over TLS. */
  constructor(address: Address, socket = connect({ host: address.host, port: address.port, noDelay: true })) {
    this.socket = socket
    ownConnections.add(this.socket)
    this.socket.unref()
    this.socket.once('connect', () => {
      this.connected = true
    })
    this.socket.on('data', chunk => this.take(chunk))
    this.socket.on('error', error =>
      this.end((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
    this.socket.on('close', () => this.end(this.connected ? 'reset' : 'refused'))
  }

  /**
   * The reply's bytes after its length. Who asks while a reply is awaited waits for its turn, and its time begins then:
   * samplers, faults and what waits for a target share a connection.
   * @throws ProbeFailure; the connection is closed then.
   */
  request(frame: Buffer, timeoutMs: number, clock: Clock): Promise<Buffer> {
    const reply = this.turn.then(() => this.ask(frame, timeoutMs, clock))
    this.turn = reply.then(
      () => {},
      () => {},
    )
    return reply
  }

  private async ask(frame: Buffer, timeoutMs: number, clock: Clock): Promise<Buffer> {
    if (this.closed) throw new ProbeFailure('reset')
    const stop = new AbortController()
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        this.waiting = resolve
        this.ended = outcome => reject(new ProbeFailure(outcome))
        this.socket.write(frame)
        clock.sleep(timeoutMs, stop.signal).then(
          () => {
            reject(new ProbeFailure('silent'))
            this.close()
          },
          () => {},
        )
      })
    } finally {
      this.waiting = undefined
      this.ended = undefined
      stop.abort()
    }
  }

  close(): void {
    this.closed = true
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk])
    if (this.received.length < 4) return
    const length = this.received.readInt32BE(0)
    if (this.received.length < 4 + length) return
    const frame = this.received.subarray(4, 4 + length)
    this.received = this.received.subarray(4 + length)
    this.waiting?.(frame)
  }

  private end(outcome: 'refused' | 'reset'): void {
    this.closed = true
    this.ended?.(outcome)
  }
}
