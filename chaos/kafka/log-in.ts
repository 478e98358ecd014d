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
import { ScramClient } from './scram.ts'

const MECHANISM = 'SCRAM-SHA-512'

/** The broker answered, and the answer was no; or it could not show that it knows the password itself. */
export class LoginRefused extends Error {}

/** Carries one request after the other. */
export interface LoginConnection {
  request(frame: Buffer, timeoutMs: number, clock: Clock): Promise<Buffer>
}

/** @throws LoginRefused; ProbeFailure when there is no answer. The connection is of no use after either. */
export async function logIn(
  connection: LoginConnection,
  { username, password }: BrokerLogin,
  timeoutMs: number,
  clock: Clock,
): Promise<void> {
  const ask = (request: Buffer) => connection.request(request, timeoutMs, clock)
  const handshake = readSaslHandshake(await ask(saslHandshakeRequest(1, MECHANISM)))
  if (handshake.error !== 0)
    throw new LoginRefused(
      `it offers ${handshake.mechanisms.join(', ') || 'nothing'} instead of ${MECHANISM}`,
    )
  const scram = new ScramClient(username, password(), randomBytes(24).toString('base64url'))
  const say = async (message: string): Promise<string> => {
    const answer = readSaslAuthenticate(await ask(saslAuthenticateRequest(2, message)))
    if (answer.error !== 0) throw new LoginRefused(answer.words || `error ${answer.error}`)
    return answer.message
  }
  const challenge = await say(scram.first())
  const proof = await scram.final(challenge).catch(misspoken)
  const ending = await say(proof)
  try {
    scram.verify(ending)
  } catch (error) {
    misspoken(error)
  }
}

function misspoken(error: unknown): never {
  throw new LoginRefused(messageOf(error), { cause: error })
}
