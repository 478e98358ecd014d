import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { Clock } from '../../core/clock.ts'
import type { Outcome } from '../driver.ts'
import type { Address } from './probe-connection.ts'

export interface HttpQuestion {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}
export interface HttpReply {
  readonly outcome: Outcome
  /** null when nothing was answered. */
  readonly status: number | null
  readonly body: string
  readonly ms: number
}

/** One request on a connection of its own, so that what is kept alive from before cannot answer in its place. */
export async function askOverHttp(
  address: Address,
  { body, headers, ...question }: HttpQuestion,
  timeoutMs: number,
  clock: Clock,
): Promise<HttpReply> {
  const start = clock.now()
  const done = new AbortController()
  const reply = await new Promise<Omit<HttpReply, 'ms'>>(resolve => {
    const nothing = (outcome: Outcome) => resolve({ outcome, status: null, body: '' })
    const request = httpRequest({
      ...address,
      ...question,
      headers: { ...headers, 'content-length': Buffer.byteLength(body ?? '') },
      agent: false,
      setHost: headers?.['host'] === undefined,
    })
    request.on('error', error =>
      nothing((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => nothing('reset'))
      response.on('end', () =>
        resolve({
          outcome: 'answered',
          status: response.statusCode ?? null,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    clock.sleep(timeoutMs, done.signal).then(
      () => {
        nothing('silent')
        request.destroy()
      },
      () => {},
    )
    request.end(body)
  })
  done.abort()
  return { ...reply, ms: clock.now() - start }
}

/** Opens connections, asks once on each, and leaves them: how many were open, and how many of those died. */
export async function watchIdle(
  address: Address,
  { count, forMs, path }: { count: number; forMs: number; path: string },
  clock: Clock,
): Promise<{ opened: number; ended: number }> {
  const connections = Array.from({ length: count }, () => {
    const socket = connect({ ...address, noDelay: true })
    const seen = { socket, closed: false }
    socket.unref()
    socket.on('error', () => {})
    socket.on('close', () => {
      seen.closed = true
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${address.host}:${address.port}\r\n\r\n`)
    socket.resume()
    return seen
  })
  await clock.sleep(forMs)
  const ended = connections.filter(({ closed }) => closed).length
  for (const { socket } of connections) socket.destroy()
  return { opened: count, ended }
}
