import {
  type Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Clock } from '../../../../core/clock.ts'
import type { Address } from '../../../../core/network.ts'
import { type ErrorStatus, errorXml } from './error-answer.ts'
import type { Injections } from './injections.ts'
import { operationOf } from './operation.ts'
import { HEALTH_PATH, PROBE_AGENT } from './protocol.ts'
import { type Counts, uncounted, type UseCounter } from './use-counter.ts'

/**
 * One zone's way to the object store: a reverse proxy that changes nothing of what it carries, so that signatures
 * stay valid (Host and all headers as they came, in their order and letter case), streams both ways, and counts.
 */
export interface Zone {
  readonly name: string
  readonly store: Address
  readonly agent: Agent
  readonly injections: Injections
  readonly use: UseCounter
  readonly clock: Clock
}

/** SDKs keep idle connections for up to a minute; one that we end first is lost under a request of theirs. */
const KEEP_ALIVE_MS = 75_000

export function zoneServer(zone: Zone): Server {
  // A slow upload is for the store and its client to end, not for us.
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 })
  server.on('request', (request, response) => serve(zone, request, response))
  // A client that asks first, before it sends a large body.
  server.on('checkContinue', (request, response) => serve(zone, request, response))
  return server
}

/** One request and its answer, on their way. */
interface ProxiedRequest {
  readonly zone: Zone
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly counts: Counts
  readonly delayMs: number
  /** Whether the client was told to send its body. */
  sentContinue: boolean
}

function serve(zone: Zone, request: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = request
  request.on('error', () => {})
  response.on('error', () => {})
  if (url === HEALTH_PATH) return serveHealth(zone, request, response)
  const operation = operationOf(method, url, headers)
  const isProbe = headers['user-agent'] === PROBE_AGENT
  const counts = isProbe ? uncounted() : zone.use.begin(operation)
  request.on('data', (chunk: Buffer) => {
    counts.toStoreBytes += chunk.length
  })
  response.once('close', () => {
    if (!response.writableFinished || isFailure(response.statusCode)) counts.failed++
  })
  const { delayMs, error } = zone.injections.judge(zone.name, operation, isProbe)
  const proxied = { zone, request, response, counts, delayMs, sentContinue: headers.expect === undefined }
  if (error === null) forward(proxied)
  else answerItself(proxied, error)
}

function forward(proxied: ProxiedRequest): void {
  const { zone, request, response, counts } = proxied
  const upstream = httpRequest({
    ...zone.store,
    agent: zone.agent,
    method: request.method,
    path: request.url,
    headers: endToEnd(request.rawHeaders),
    setHost: false,
  })
  let answered = false
  upstream.on('continue', () => sendContinue(proxied))
  upstream.on('response', incoming => {
    answered = true
    incoming.on('error', () => response.destroy())
    incoming.on('data', (chunk: Buffer) => {
      counts.fromStoreBytes += chunk.length
    })
    incoming.pause()
    void afterDelay(proxied, () => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, endToEnd(incoming.rawHeaders))
      incoming.pipe(response)
    })
  })
  upstream.on('error', () => {
    // A store that answers before it has read everything may close while we still write: its answer counts.
    if (answered || response.destroyed) return
    request.unpipe(upstream)
    answerItself(proxied, 502)
  })
  response.once('close', () => endWith(upstream, response))
  request.pipe(upstream)
}

/** A client that went away ends what was asked on its behalf. */
function endWith(upstream: ClientRequest, response: ServerResponse): void {
  if (!response.writableFinished) upstream.destroy()
}

/** Only after the whole body was read: SDKs that still write see a broken connection in place of the answer. */
function answerItself(proxied: ProxiedRequest, status: ErrorStatus): void {
  const { request, response } = proxied
  const answer = () =>
    void afterDelay(proxied, () => {
      const body = errorXml(status, 'aftershock')
      response.writeHead(status, {
        'content-type': 'application/xml',
        'content-length': Buffer.byteLength(body),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
  if (request.readableEnded) return answer()
  sendContinue(proxied)
  request.once('end', answer)
  request.resume()
}

function sendContinue(proxied: ProxiedRequest): void {
  if (!proxied.sentContinue) proxied.response.writeContinue()
  proxied.sentContinue = true
}

async function afterDelay({ zone, response, delayMs }: ProxiedRequest, act: () => void): Promise<void> {
  if (delayMs > 0) {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      await zone.clock.sleep(delayMs, gone.signal)
    } catch {
      return
    }
  }
  if (!response.destroyed) act()
}

/** Of any method and with any body, so that a link can be measured with it; only the question reaches the store. */
function serveHealth({ store, agent }: Zone, request: IncomingMessage, response: ServerResponse): void {
  const ask = () => {
    const upstream = httpRequest({ ...store, agent, path: HEALTH_PATH })
    upstream.on('error', () => response.writeHead(502).end())
    upstream.on('response', incoming => {
      incoming.resume()
      response.writeHead(incoming.statusCode ?? 502, { 'content-length': 0 }).end()
    })
    upstream.end()
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  request.once('end', ask)
  request.resume()
}

/** Without the headers that are about one connection and not about the request. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)]?.toLowerCase()
    return name !== 'connection' && name !== 'keep-alive'
  })
}

/** That there is no such object is an answer: a tier asks for indexes that not every segment has. */
function isFailure(status: number): boolean {
  return status >= 400 && status !== 404
}
