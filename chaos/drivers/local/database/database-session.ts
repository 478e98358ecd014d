import { connect, type Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { Address, Outcome } from '../../../core/network.ts'
import { within } from '../../../core/wait.ts'
import { ownConnections } from '../../../net/own-connections.ts'
import type { RoundTrip } from '../../driver.ts'

/** PostgreSQL's frontend protocol 3.0, as far as a lab's own questions need it: start, simple query, answer. */
const PROTOCOL = 196_608
const SSL_REQUEST = 80_877_103

/** The owner of everything, by whom the lab asks; sinks log in as somebody who may only write to their tables. */
export const OWNER = 'aftershock'
export const SINK_USER = 'sink'
/** Who may read the log of the database. */
export const SOURCE_USER = 'source'
/** The database that sinks write to. */
export const SINK_DATABASE = 'sink'

export type Row = readonly (string | null)[]

/** One login, over which questions are asked one after the other. */
export class DatabaseSession {
  readonly #socket: Socket
  readonly #clock: Clock
  #bytes: Buffer = Buffer.alloc(0)
  #isClosed = false
  #heard = () => {}
  #turn: Promise<unknown>

  /** The lab's database trusts whoever reaches it from this machine, so there is no password. */
  constructor(address: Address, user: string, database: string, clock: Clock) {
    this.#clock = clock
    this.#socket = connect({ ...address, noDelay: true })
    ownConnections.add(this.#socket)
    this.#socket.unref()
    this.#socket.on('data', chunk => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#heard()
    })
    this.#socket.on('error', () => this.close())
    this.#socket.on('close', () => this.close())
    const settings = ['user', user, 'database', database, 'application_name', 'aftershock'].map(
      text => `${text}\0`,
    )
    this.#socket.write(frame(null, Buffer.concat([int32(PROTOCOL), Buffer.from(`${settings.join('')}\0`)])))
    this.#turn = this.#answer().catch(() => {})
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * The rows of the last statement. @throws AftershockError `unavailable` with what the server said, or when it says
   * nothing in time; the session is closed then.
   */
  query(sql: string, timeoutMs: number): Promise<Row[]> {
    const rows = this.#turn.then(async () => {
      if (this.#isClosed) throw new AftershockError('unavailable', 'the session with the database has ended')
      this.#socket.write(frame('Q', Buffer.from(`${sql}\0`)))
      return this.#answer()
    })
    this.#turn = rows.catch(() => {})
    return within('the database to answer', rows, { clock: this.#clock, deadlineMs: timeoutMs }).catch(
      error => {
        if (!(error instanceof ServerRefused)) this.close()
        throw error
      },
    )
  }

  close(): void {
    this.#isClosed = true
    this.#socket.destroy()
    this.#heard()
  }

  /** Reads until the server is ready for the next question. */
  async #answer(): Promise<Row[]> {
    let rows: Row[] = []
    let refused: string | null = null
    for (;;) {
      const { type, body } = await this.#message()
      if (type === 'T') rows = []
      if (type === 'D') rows.push(rowOf(body))
      if (type === 'E') refused = errorOf(body)
      if (type === 'Z' && refused === null) return rows
      if (type === 'Z') throw new ServerRefused(`the database refused: ${refused}`)
    }
  }

  async #message(): Promise<{ type: string; body: Buffer }> {
    for (;;) {
      const length = this.#bytes.length >= 5 ? this.#bytes.readInt32BE(1) : Number.POSITIVE_INFINITY
      if (this.#bytes.length > length) {
        const type = String.fromCharCode(this.#bytes[0] as number)
        const body = this.#bytes.subarray(5, length + 1)
        this.#bytes = this.#bytes.subarray(length + 1)
        return { type, body }
      }
      if (this.#isClosed) throw new AftershockError('unavailable', 'the database ended the session')
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }
}

/** The server answered, with an error: the session goes on. */
class ServerRefused extends AftershockError {
  constructor(message: string) {
    super('unavailable', message)
  }
}

/** One login for one question. */
export async function askDatabase(
  address: Address,
  { user, database, sql, timeoutMs }: { user: string; database: string; sql: string; timeoutMs: number },
  clock: Clock,
): Promise<Row[]> {
  const session = new DatabaseSession(address, user, database, clock)
  try {
    return await session.query(sql, timeoutMs)
  } finally {
    session.close()
  }
}

/**
 * The smallest exchange that a server answers before it asks who calls: whether it speaks TLS. More `bytes` are sent as
 * a login that is too long to be one, which it refuses: an answer as well.
 */
export async function knockOnDatabase(
  address: Address,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const start = clock.now()
  let left = bytes
  let outcome: Outcome
  do {
    const size = Math.min(left, LONGEST_LOGIN)
    const text = bytes === 0 ? frame(null, int32(SSL_REQUEST)) : longLogin(size)
    outcome = await exchangeOnce(address, text, Math.max(1, timeoutMs - (clock.now() - start)), clock)
    left -= size
  } while (left > 0 && outcome === 'answered')
  return { outcome, ms: clock.now() - start }
}

/** A server reads at most 10,000 bytes of it. */
const LONGEST_LOGIN = 9000

const longLogin = (bytes: number): Buffer =>
  frame(null, Buffer.concat([int32(PROTOCOL), Buffer.from(`user\0${'x'.repeat(Math.max(1, bytes))}\0\0`)]))

async function exchangeOnce(
  address: Address,
  text: Buffer,
  timeoutMs: number,
  clock: Clock,
): Promise<Outcome> {
  const socket = connect({ ...address, noDelay: true })
  ownConnections.add(socket)
  let isConnected = false
  const answer = new Promise<Outcome>(resolve => {
    socket.once('connect', () => {
      isConnected = true
      socket.write(text)
    })
    socket.once('data', () => resolve('answered'))
    socket.once('error', error =>
      resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
    socket.once('close', () => resolve(isConnected ? 'reset' : 'refused'))
  })
  try {
    return await within('the database to answer', answer, { clock, deadlineMs: timeoutMs })
  } catch {
    return 'silent'
  } finally {
    socket.destroy()
  }
}

function frame(type: string | null, body: Buffer): Buffer {
  const head = int32(body.length + 4)
  return Buffer.concat(type === null ? [head, body] : [Buffer.from(type), head, body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function rowOf(body: Buffer): Row {
  let at = 2
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return body.toString('utf8', at - length, at)
  })
}

/** `42501: permission denied for table rows` */
function errorOf(body: Buffer): string {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map(field => [field.slice(0, 1), field.slice(1)]),
  )
  return `${fields.get('C') ?? ''}: ${fields.get('M') ?? messageOf(body)}`
}
