import { createWriteStream } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { connect as connectTls } from 'node:tls'
import { AftershockError, messageOf } from '../core/errors.ts'
import { proxyFor } from './proxy-choice.ts'

export interface DownloadOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
  /** A connection on which nothing comes for that long is given up. @default 60 s */
  readonly idleMs?: number
}

const MOST_REDIRECTS = 5
const TRIES = 3

/**
 * One file of the web into `target`, over the proxy that the usual variables name. A user and a password in the
 * address log in, and are shown nowhere. Redirects are followed, never from HTTPS to HTTP, and take no login along.
 * What breaks off is tried three times in all. Nothing is checked here: whoever asked knows the checksum.
 * @throws AftershockError `unavailable` with what was seen
 */
export async function download(address: URL, target: string, options: DownloadOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await follow(address, options)
      await pipeline(answer, createWriteStream(target), { signal: options.signal })
      return
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof AftershockError) throw error
      if (attempt === TRIES)
        throw new AftershockError('unavailable', `${shown(address)} cannot be fetched: ${messageOf(error)}`, {
          cause: error,
          hint: 'It was tried three times. Behind a proxy, set HTTPS_PROXY; behind an authority of your own, NODE_EXTRA_CA_CERTS.',
        })
    }
  }
}

/** Without a user and a password. */
export function shown(address: URL): string {
  const bare = new URL(address)
  bare.username = ''
  bare.password = ''
  return bare.href
}

async function follow(first: URL, options: DownloadOptions): Promise<IncomingMessage> {
  let address = first
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await open(address, options)
    const { statusCode = 0, headers } = answer
    if (statusCode === 200) return answer
    answer.destroy()
    const { location } = headers
    if (statusCode < 300 || statusCode >= 400 || location === undefined)
      throw new AftershockError('unavailable', `${shown(address)} answered with ${statusCode}`, {
        hint:
          statusCode === 407 ? 'That is the proxy: put its user and password into HTTPS_PROXY.' : undefined,
      })
    const next = URL.canParse(location, address.href) ? new URL(location, address) : null
    if (next === null || !(next.protocol === 'https:' || next.protocol === address.protocol))
      throw new AftershockError('unavailable', `${shown(address)} leads to '${location}', which is no HTTPS`)
    address = next
  }
  throw new AftershockError('unavailable', `${shown(first)} leads on more than ${MOST_REDIRECTS} times`)
}

async function open(address: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const { env, signal, idleMs = 60_000 } = options
  const proxy = proxyFor(address, env)
  const headers: OutgoingHttpHeaders = {
    host: address.host,
    'accept-encoding': 'identity',
    ...login(address),
  }
  const common = { method: 'GET', headers, agent: false, signal } as const
  const isSecure = address.protocol === 'https:'
  const socket = proxy && isSecure ? await tunnel(address, proxy, options) : null
  return new Promise((resolve, reject) => {
    const host = plainHost(address)
    const request = socket
      ? httpRequest({ ...common, agent: undefined, path: pathOf(address), createConnection: () => socket })
      : proxy
        ? httpRequest({
            ...common,
            host: plainHost(proxy),
            port: proxy.port || 80,
            path: shown(address),
            headers: { ...headers, ...proxyLogin(proxy) },
          })
        : (isSecure ? httpsRequest : httpRequest)({
            ...common,
            host,
            port: address.port || (isSecure ? 443 : 80),
            path: pathOf(address),
          })
    request.setTimeout(idleMs, () => request.destroy(silence(address, idleMs)))
    request.on('error', reject)
    request.on('response', resolve)
    request.end()
  })
}

/** A TLS connection to the address itself, through the proxy, which sees only where it goes. */
async function tunnel(
  address: URL,
  proxy: URL,
  { signal, idleMs = 60_000 }: DownloadOptions,
): Promise<Socket> {
  const port = address.port || '443'
  const raw = await new Promise<Socket>((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
      method: 'CONNECT',
      host: plainHost(proxy),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      path: `${address.hostname}:${port}`,
      headers: { host: `${address.hostname}:${port}`, ...proxyLogin(proxy) },
      agent: false,
      ...(signal && { signal }),
    })
    request.setTimeout(idleMs, () => request.destroy(silence(proxy, idleMs)))
    request.on('error', reject)
    const refuse = (status: number | undefined) =>
      reject(
        new AftershockError('unavailable', `the proxy ${shown(proxy)} answered with ${status}`, {
          hint: `It was asked for ${address.hostname}:${port}. HTTPS_PROXY and NO_PROXY say who is asked for what.`,
        }),
      )
    request.on('response', answer => {
      answer.destroy()
      refuse(answer.statusCode)
    })
    request.on('connect', ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) resolve(socket)
      else {
        socket.destroy()
        refuse(statusCode)
      }
    })
    request.end()
  })
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: raw, servername: plainHost(address) }, () => resolve(socket))
    socket.setTimeout(idleMs, () => socket.destroy(silence(address, idleMs)))
    socket.once('error', reject)
  })
}

const silence = (address: URL, idleMs: number): AftershockError =>
  new AftershockError('unavailable', `${shown(address)}: nothing came for ${idleMs / 1000} s`)

const pathOf = ({ pathname, search }: URL): string => `${pathname}${search}`

/** Node takes an IPv6 address without its brackets. */
const plainHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

const login = (address: URL) => basic('authorization', address)
const proxyLogin = (proxy: URL) => basic('proxy-authorization', proxy)

function basic(header: string, { username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { [header]: `Basic ${Buffer.from(words).toString('base64')}` }
}
