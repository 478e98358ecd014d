import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AftershockError } from '../core/errors.ts'

const KEY_BYTES = { sha256: 32, sha512: 64 } as const
export type ScramHash = keyof typeof KEY_BYTES
/** RFC 5802: less would be no protection of the password; more than this is a server that wants our CPU. */
const ITERATIONS = { least: 4096, most: 1_000_000 }

/**
 * The client's side of SCRAM (RFC 5802) without channel binding, as Kafka's brokers speak it: the password is
 * taken as it is, without SASLprep. It also makes the broker prove that it knows the password.
 */
export class ScramClient {
  readonly #password: string
  readonly #nonce: string
  readonly #bare: string
  readonly #hash: ScramHash
  #expected: Buffer | null = null

  /** @param nonce printable, without commas, and never used before. */
  constructor(username: string, password: string, nonce: string, hash: ScramHash = 'sha512') {
    this.#hash = hash
    this.#password = password
    this.#nonce = nonce
    this.#bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  }

  first(): string {
    return `n,,${this.#bare}`
  }

  /** @throws AftershockError `unavailable` when the server's message is not one that a server may send. */
  async final(serverFirst: string): Promise<string> {
    const { r: nonce = '', s: salt = '', i = '' } = attributes(serverFirst)
    const iterations = Number(i)
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new AftershockError('unavailable', 'the server changed the nonce')
    if (salt === '' || !(iterations >= ITERATIONS.least && iterations <= ITERATIONS.most))
      throw new AftershockError('unavailable', `the server asked for ${i || 'no'} iterations`)
    const salted = await promisify(pbkdf2)(
      this.#password,
      Buffer.from(salt, 'base64'),
      iterations,
      KEY_BYTES[this.#hash],
      this.#hash,
    )
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`
    const authMessage = `${this.#bare},${serverFirst},${withoutProof}`
    const hmac = (key: Buffer, text: string) => createHmac(this.#hash, key).update(text).digest()
    const clientKey = hmac(salted, 'Client Key')
    const signature = hmac(createHash(this.#hash).update(clientKey).digest(), authMessage)
    this.#expected = hmac(hmac(salted, 'Server Key'), authMessage)
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] as number)))
    return `${withoutProof},p=${proof.toString('base64')}`
  }

  /** @throws AftershockError `unavailable` when the server does not prove that it knows the password. */
  verify(serverFinal: string): void {
    const { v = '' } = attributes(serverFinal)
    const proof = Buffer.from(v, 'base64')
    if (!this.#expected || proof.length !== this.#expected.length || !timingSafeEqual(proof, this.#expected))
      throw new AftershockError('unavailable', 'the server did not prove that it knows the password')
  }
}

function attributes(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(message.split(',').map(word => [word.slice(0, 1), word.slice(2)]))
}
