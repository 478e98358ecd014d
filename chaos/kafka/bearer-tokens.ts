import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { exchangeOverHttp } from '../net/http-call.ts'
import { systemClock } from '../system-clock.ts'
import { mskToken } from './msk-token.ts'

/** Where the tokens of OAUTHBEARER come from. */
export type TokenSource = ClientCredentials | Unsecured | MskIam

/** OAuth 2.0, RFC 6749 §4.4: a client asks for tokens of its own. */
export interface ClientCredentials {
  readonly kind: 'client-credentials'
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | null
}

/** A token that nobody signed, for brokers whose own validator for tests takes it. */
export interface Unsecured {
  readonly kind: 'unsecured'
  readonly subject: string
}

/** A token that AWS's key signed: how clients that are not Java log in to MSK with IAM. */
export interface MskIam {
  readonly kind: 'msk-iam'
  readonly region: string
}

interface Token {
  readonly value: string
  /** On the wall's clock. */
  readonly goodUntilMs: number
}

const ANSWER_MS = 10_000
const MAX_BYTES = 1 << 20
const UNSECURED_MS = 3_600_000
/** A token that is about to end would end between two questions of one login. */
const SPARE_MS = 30_000
const answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().default(300) })

/** A function that has one that is good now; it asks for another when the last is about to end. */
export function tokensOf(source: TokenSource): () => Promise<string> {
  let last: Promise<Token> | null = null
  const fresh = async (): Promise<Token> => {
    if (source.kind === 'unsecured') return unsecured(source)
    if (source.kind === 'msk-iam') return mskToken(source.region, process.env, systemClock.wallMs())
    return askEndpoint(source)
  }
  return async () => {
    const known = await last?.catch(() => null)
    if (known && known.goodUntilMs - SPARE_MS > systemClock.wallMs()) return known.value
    last = fresh()
    return (await last).value
  }
}

function unsecured({ subject }: Unsecured): Token {
  const now = systemClock.wallMs()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { sub: subject, iat: now / 1000, exp: (now + UNSECURED_MS) / 1000 }
  return { value: `${part({ alg: 'none' })}.${part(claims)}.`, goodUntilMs: now + UNSECURED_MS }
}

/** @throws AftershockError `unavailable`; what the endpoint said is in no message, since it may hold a token. */
async function askEndpoint({ endpoint, clientId, clientSecret, scope }: ClientCredentials): Promise<Token> {
  const now = systemClock.wallMs()
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== null && { scope }) })
  const who = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
  const url = new URL(endpoint)
  const isSecure = url.protocol === 'https:'
  const address = { host: url.hostname, port: Number(url.port) || (isSecure ? 443 : 80) }
  const reply = await exchangeOverHttp(address, {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    isSecure,
    headers: {
      authorization: `Basic ${Buffer.from(who).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: body.toString(),
    timeoutMs: ANSWER_MS,
    maxBytes: MAX_BYTES,
  })
  const failed = (why: string) =>
    // Without a login or a query: either may hold a secret.
    new AftershockError(
      'unavailable',
      `the token endpoint ${url.origin}${url.pathname} gave no token: ${why}`,
      {
        hint: 'are the client id, its secret and the scope right, and is it the endpoint for tokens?',
      },
    )
  if (reply.outcome !== 'answered') throw failed(reply.instead)
  if (reply.status !== 200) throw failed(`HTTP ${reply.status}`)
  let json: unknown
  try {
    json = JSON.parse(reply.body)
  } catch {
    throw failed('its answer is no JSON')
  }
  const parsed = answer.safeParse(json)
  if (!parsed.success) throw failed('its answer has no access_token')
  return { value: parsed.data.access_token, goodUntilMs: now + parsed.data.expires_in * 1000 }
}
