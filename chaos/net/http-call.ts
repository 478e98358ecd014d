import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { Address, Outcome } from '../core/network.ts'
import { systemClock } from '../system-clock.ts'
import { ownConnections } from './own-connections.ts'

export interface HttpQuestion {
  /** @default GET */
  readonly method?: string | undefined
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
  /** For all of it, from the connect to the last byte of the body. */
  readonly timeoutMs: number
  /** Over TLS, with the authorities that this program knows. @default false */
  readonly isSecure?: boolean | undefined
  /** @default 32 MiB */
  readonly maxBytes?: number | undefined
  /** @default the machine's */
  readonly clock?: Clock | undefined
}

export interface HttpReply {
  /** `answered`: a whole answer came, whatever its status. */
  readonly outcome: Outcome
  /** null when no whole answer came. */
  readonly status: number | null
  readonly body: string
  readonly ms: number
  /** What came instead of a whole answer, in words; empty when one did. */
  readonly instead: string
}

export interface HttpAnswer {
  readonly ok: boolean
  readonly status: number
  readonly text: string
}

const MAX_BYTES = 32 << 20

/**
 * One HTTP request on a connection of its own. It always settles: its time is a timer of its own, which destroys the
 * socket and waits for nothing that the other side does. (Node's `fetch` may never settle when its signal aborts
 * while a compressed body is read: nodejs/node #56917.) Whatever goes wrong is told by `outcome`.
 */
export async function exchangeOverHttp(address: Address, question: HttpQuestion): Promise<HttpReply> {
  const { timeoutMs, clock = systemClock } = question
  const start = clock.now()
  const over = new AbortController()
  const exchange = openExchange(address, question)
  const late = clock.sleep(timeoutMs, over.signal).then(
    () => exchange.end('silent', `${exchange.seen()} within ${timeoutMs / 1000} s`),
    () => {},
  )
  const reply = await exchange.reply
  over.abort()
  await late
  return { ...reply, ms: clock.now() - start }
}

/** @throws AftershockError `unavailable` when no whole answer comes in time. An answer of any status is an answer. */
export async function callOverHttp(address: Address, question: HttpQuestion): Promise<HttpAnswer> {
  const { outcome, status, body, instead } = await exchangeOverHttp(address, question)
  if (outcome === 'answered' && status !== null)
    return { ok: status >= 200 && status < 300, status, text: body }
  const { host, port } = address
  throw new AftershockError(
    'unavailable',
    `${question.method ?? 'GET'} http://${host}:${port}${question.path}: ${instead}`,
  )
}

type Ended = Omit<HttpReply, 'ms'>

interface Exchange {
  readonly reply: Promise<Ended>
  /** Ends it without an answer, unless it has ended. */
  end(outcome: Exclude<Outcome, 'answered'>, instead: string): void
  seen(): string
}

function openExchange(address: Address, question: HttpQuestion): Exchange {
  const { body, headers, maxBytes = MAX_BYTES } = question
  let settle: (ended: Ended) => void = () => {}
  const reply = new Promise<Ended>(resolve => {
    settle = resolve
  })
  let response: IncomingMessage | undefined
  let received = 0
  const open = question.isSecure ? httpsRequest : httpRequest
  const request: ClientRequest = open({
    ...address,
    method: question.method ?? 'GET',
    path: question.path,
    headers: {
      'accept-encoding': 'identity',
      ...headers,
      'content-length': Buffer.byteLength(body ?? ''),
    },
    agent: false,
    setHost: headers?.['host'] === undefined,
  })
  request.on('socket', socket => ownConnections.add(socket))
  const end = (outcome: Exclude<Outcome, 'answered'>, instead: string) => {
    settle({ outcome, status: null, body: '', instead })
    request.destroy()
  }
  request.on('error', error => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED') end('refused', 'the connection was refused')
    else end('reset', `the connection failed (${code ?? error.message})`)
  })
  request.on('close', () => end('reset', 'the connection ended before the answer was whole'))
  request.on('response', message => {
    response = message
    const chunks: Buffer[] = []
    message.on('error', () => end('reset', 'the answer broke off'))
    message.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received > maxBytes) end('reset', `the answer is longer than ${maxBytes} bytes`)
      else chunks.push(chunk)
    })
    message.on('end', () => {
      const text = decoded(Buffer.concat(chunks), message.headers['content-encoding'], maxBytes)
      if (text === null) end('reset', 'the answer cannot be unpacked')
      else settle({ outcome: 'answered', status: message.statusCode ?? null, body: text, instead: '' })
    })
  })
  request.end(body)
  return {
    reply,
    end,
    seen: () =>
      response === undefined ? 'no answer came' : `the answer began and did not end (${received} bytes)`,
  }
}

const UNPACK = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync }

/** Identity was asked for. Who packs all the same is unpacked once all is there, and never beyond the limit. */
function decoded(bytes: Buffer, encoding: string | undefined, maxBytes: number): string | null {
  if (encoding === undefined || encoding === 'identity') return bytes.toString()
  const unpack = (UNPACK as Readonly<Record<string, typeof gunzipSync | undefined>>)[encoding]
  try {
    return unpack ? unpack(bytes, { maxOutputLength: maxBytes }).toString() : null
  } catch {
    return null
  }
}
