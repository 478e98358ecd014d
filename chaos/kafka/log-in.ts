import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import {
  readSaslAuthenticate,
  readSaslHandshake,
  saslAuthenticateRequest,
  saslHandshakeRequest,
} from './wire.ts'
import type { BrokerLogin } from './broker-login.ts'
import { DEFAULT_MECHANISM } from './login-recipe.ts'
import { ScramClient } from './scram.ts'

/** The broker answered, and the answer was no; or it could not show that it knows the password itself. */
export class LoginRefused extends Error {}

/** Carries one request after the other. */
export interface LoginConnection {
  request(frame: Buffer, timeoutMs: number, clock: Clock): Promise<Buffer>
}

type Say = (message: string) => Promise<string>

/** @throws LoginRefused; ProbeFailure when there is no answer. The connection is of no use after either. */
export async function logIn(
  connection: LoginConnection,
  login: BrokerLogin,
  timeoutMs: number,
  clock: Clock,
): Promise<void> {
  const { mechanism = DEFAULT_MECHANISM } = login
  if (mechanism === null) return
  const ask = (request: Buffer) => connection.request(request, timeoutMs, clock)
  const handshake = readSaslHandshake(await ask(saslHandshakeRequest(1, mechanism)))
  if (handshake.error !== 0)
    throw new LoginRefused(
      `it offers ${handshake.mechanisms.join(', ') || 'nothing'} instead of ${mechanism}`,
    )
  const say: Say = async message => {
    const answer = readSaslAuthenticate(await ask(saslAuthenticateRequest(2, message)))
    if (answer.error !== 0) throw new LoginRefused(answer.words || `error ${answer.error}`)
    return answer.message
  }
  if (mechanism === 'PLAIN') await say(`\0${login.username}\0${login.password()}`)
  else if (mechanism === 'OAUTHBEARER') await showToken(login, say)
  else await proveByScram(login, mechanism, say)
}

async function proveByScram(
  { username, password }: BrokerLogin,
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  say: Say,
): Promise<void> {
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const scram = new ScramClient(username, password(), randomBytes(24).toString('base64url'), hash)
  const challenge = await say(scram.first())
  const proof = await scram.final(challenge).catch(misspoken)
  const ending = await say(proof)
  try {
    scram.verify(ending)
  } catch (error) {
    misspoken(error)
  }
}

/** RFC 7628: a broker that says no says why in an answer without an error, and waits for a word until it fails. */
async function showToken({ token }: BrokerLogin, say: Say): Promise<void> {
  const bearer = await token?.().catch(misspoken)
  const why = await say(`n,,\x01auth=Bearer ${bearer ?? ''}\x01\x01`)
  if (why === '') return
  await say('\x01').catch(() => {})
  throw new LoginRefused(`it does not take the token: ${why.slice(0, 200)}`)
}

function misspoken(error: unknown): never {
  throw new LoginRefused(messageOf(error), { cause: error })
}
