import { connect, type Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import type { Address, Outcome } from '../core/network.ts'
import { ownConnections } from '../net/own-connections.ts'

/** A time-out is counted in pieces of at most this: a process that stood still has not listened meanwhile. */
const PIECE_MS = 100

/** A failed exchange with a node, by what the network did. */
export class ProbeFailure extends Error {
  readonly outcome: Exclude<Outcome, 'answered'>
  /** False when the connection ended while this question waited for its turn: that says nothing about its answer. */
  readonly wasAsked: boolean
  constructor(outcome: Exclude<Outcome, 'answered'>, wasAsked = true) {
    super(outcome)
    this.outcome = outcome
    this.wasAsked = wasAsked
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
    if (this.closed) throw new ProbeFailure('reset', false)
    const stop = new AbortController()
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        this.waiting = resolve
        this.ended = outcome => reject(new ProbeFailure(outcome))
        this.socket.write(frame)
        listenFor(timeoutMs, clock, stop.signal).then(
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

  /** Whatever has to be said before the first question that is timed; here nothing. @throws ProbeFailure */
  async prepare(_timeoutMs: number, _clock: Clock): Promise<void> {}

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

/**
 * Sleeps in pieces, and once more at the end: between two timers the sockets are read. After a pause of this process
 * the timer of a whole time-out would fire before a reply that has long been here is read.
 */
async function listenFor(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= PIECE_MS) await clock.sleep(Math.min(left, PIECE_MS), signal)
  await clock.sleep(1, signal)
}
