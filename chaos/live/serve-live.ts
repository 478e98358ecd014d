import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { POLICY } from '../page/page.ts'
import type { LiveFeed } from './live-feed.ts'
import { livePage } from './live-page.ts'

export interface LiveServer extends AsyncDisposable {
  /** With its token: whoever has it may look on. */
  readonly address: string
  /** The page goes to this report; null: there is none, and `words` say why. Told once. */
  finish(words: string, reportFile: string | null): void
}

/** After that long a browser that has not fetched the report is not waited for. */
const LEAVE_MS = 5000
/** A browser whose connection takes nothing is dropped, so that nothing piles up here. */
const MOST_UNREAD_BYTES = 8 << 20
const RETRY_MS = 1000

/**
 * Serves one run as a page, on loopback only, under a random token. No request leaves the page but the one to its own
 * stream. It answers to names of this machine alone, so that no other page can read it by a name of its own.
 * @param port 0: one that is free
 * @throws AftershockError `usage` when the port cannot be had
 */
export async function serveLive(feed: LiveFeed, port: number, clock: Clock): Promise<LiveServer> {
  const token = randomBytes(24).toString('base64url')
  const streams = new Set<ServerResponse>()
  const left = new AbortController()
  let report: string | null = null
  let awaited = 0
  let fetched = 0
  const stream = (answer: ServerResponse) => {
    answer.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' })
    answer.write(`retry: ${RETRY_MS}\n\n`)
    streams.add(answer)
    const end = feed.listen(message => {
      if (answer.writableLength > MOST_UNREAD_BYTES) answer.destroy()
      else answer.write(`data: ${JSON.stringify(message)}\n\n`)
    })
    answer.on('close', () => {
      end()
      streams.delete(answer)
    })
  }
  const page = livePage(randomBytes(16).toString('base64'))
  const server = createServer((request, answer) => {
    const place = placeOf(request, token)
    if (place === 'page') send(answer, page.text, page.policy)
    else if (place === 'events') stream(answer)
    else if (place === 'report' && report !== null) {
      send(answer, readFileSync(report, 'utf8'), POLICY)
      answer.on('close', () => {
        fetched++
        if (fetched >= awaited) left.abort()
      })
    } else
      answer
        .writeHead(404, HEADERS)
        .end('There is nothing here. The address is in the terminal of the run.\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  }).catch((error: unknown) => {
    throw new AftershockError('usage', `--live cannot listen on 127.0.0.1:${port}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Name a port that is free, or leave it out; one that is free is taken then.',
    })
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${taken}/${token}/`,
    finish(words, reportFile) {
      report = reportFile
      awaited = streams.size
      feed.end(words, reportFile !== null)
    },
    async [Symbol.asyncDispose]() {
      // Whoever looks on is given the time to fetch the report.
      if (report !== null && fetched < awaited) await clock.sleep(LEAVE_MS, left.signal).catch(() => {})
      for (const answer of streams) answer.end()
      server.closeIdleConnections()
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

function send(answer: ServerResponse, text: string, policy: string): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }
  answer.writeHead(200, { ...HEADERS, ...headers }).end(text)
}

/** Over a forwarded port the host is still a name of loopback, with another port. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

function placeOf(
  { method, url = '', headers }: IncomingMessage,
  token: string,
): 'page' | 'events' | 'report' | null {
  if (method !== 'GET' || !OWN_HOST.test(headers.host ?? '')) return null
  const [, given = '', place] = /^\/([^/]*)\/([a-z]*)$/.exec(url) ?? []
  const [is, must] = [Buffer.from(given), Buffer.from(token)]
  if (is.length !== must.length || !timingSafeEqual(is, must)) return null
  if (place === '') return 'page'
  return place === 'events' || place === 'report' ? place : null
}
