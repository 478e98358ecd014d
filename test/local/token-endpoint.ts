import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../chaos/system-clock.ts'

/** An endpoint on this machine that hands out tokens to one client (RFC 6749 §4.4). They are not signed. */
export interface TokenEndpoint extends AsyncDisposable {
  readonly url: string
  /** The headers by which somebody asked. */
  readonly asked: readonly string[]
  /** What it handed out. */
  readonly tokens: readonly string[]
}

export async function startTokenEndpoint(client: {
  readonly id: string
  readonly secret: string
}): Promise<TokenEndpoint> {
  const asked: string[] = []
  const tokens: string[] = []
  const server = createServer((request, response) => {
    if (request.url !== '/token') {
      response.writeHead(404).end()
      return
    }
    const { authorization = '' } = request.headers
    asked.push(authorization)
    const [id, secret] = Buffer.from(authorization.slice('Basic '.length), 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent)
    request.resume()
    if (id !== client.id || secret !== client.secret) {
      response.writeHead(401).end('{"error":"invalid_client"}')
      return
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(systemClock.wallMs() / 1000)
    const claims = { sub: 'fleet', iat: now, exp: now + 600, jti: String(tokens.length) }
    const token = `${part({ alg: 'none' })}.${part(claims)}.`
    tokens.push(token)
    response.end(JSON.stringify({ access_token: token, expires_in: 600, token_type: 'Bearer' }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    tokens,
    async [Symbol.asyncDispose]() {
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
