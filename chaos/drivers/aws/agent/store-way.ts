import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { callOverHttp } from '../../../net/http-call.ts'
import type { StoreReply } from '../../driver.ts'
import { type AskedStore, askObjectStore } from '../../store-questions.ts'

export interface StoreWayOptions {
  readonly bucket: string
  readonly region: string
  /** null: S3 of the region. */
  readonly endpoint: string | null
  /** Of the machine itself. @default that of EC2 */
  readonly metadata?: string
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
}

const METADATA = 'http://169.254.169.254/latest'
const WITHIN = /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./
/** Of the machine's own service: it is beside it. */
const METADATA_MS = 2000
/** Before it is over, another key is asked for. */
const EARLY_MS = 300_000

type Key = AskedStore['key'] & { readonly untilMs: number }

const ofRole = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.string(),
})

/** The platform's bucket as this machine reaches it, with the rights of the machine's role. */
export class StoreWay {
  readonly #options: StoreWayOptions
  #key: Key | null = null

  constructor(options: StoreWayOptions) {
    this.#options = options
  }

  /** One signed request for an object that is nobody's. @throws AftershockError `unavailable` without a key to sign with */
  async ask(object: string, withinMs: number): Promise<StoreReply> {
    const { bucket, region, endpoint, clock } = this.#options
    const url = new URL(endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`)
    const isSecure = url.protocol === 'https:'
    const store = {
      address: { host: url.hostname, port: Number(url.port || (isSecure ? 443 : 80)) },
      host: url.host,
      bucket,
      isInPath: endpoint !== null,
      isSecure,
      key: await this.#sign(),
    }
    return askObjectStore(store, object, 'GetObject', withinMs, clock)
  }

  get port(): number {
    const { endpoint } = this.#options
    return endpoint === null ? 443 : Number(new URL(endpoint).port || 80)
  }

  /** S3 has public addresses, and what else answers on its port is inside the network. */
  isThere(host: string): boolean {
    const { endpoint } = this.#options
    return endpoint === null ? !WITHIN.test(host) : host === new URL(endpoint).hostname
  }

  async #sign(): Promise<Key> {
    const { env, region, clock } = this.#options
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
    if (accessKeyId && secretAccessKey)
      return {
        accessKeyId,
        secretAccessKey,
        region,
        sessionToken: env['AWS_SESSION_TOKEN'],
        untilMs: Number.POSITIVE_INFINITY,
      }
    if (this.#key === null || this.#key.untilMs - EARLY_MS < clock.wallMs()) this.#key = await this.#ofRole()
    return this.#key
  }

  async #ofRole(): Promise<Key> {
    const base = new URL(this.#options.metadata ?? METADATA)
    const at: Address = { host: base.hostname, port: Number(base.port || 80) }
    const { clock, region } = this.#options
    const ask = async (method: string, path: string, headers: Readonly<Record<string, string>>) => {
      const question = {
        method,
        path: `${base.pathname}${path}`,
        headers: { host: base.host, ...headers },
        timeoutMs: METADATA_MS,
        clock,
      }
      const { ok, status, text } = await callOverHttp(at, question)
      if (ok) return text.trim()
      throw new AftershockError('unavailable', `the machine's metadata answered ${status} to ${path}`)
    }
    const token = await ask('PUT', '/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '300' })
    const headers = { 'x-aws-ec2-metadata-token': token }
    const path = '/meta-data/iam/security-credentials'
    const [role = ''] = (await ask('GET', `${path}/`, headers)).split('\n')
    const found = ofRole.safeParse(parsed(await ask('GET', `${path}/${role}`, headers)))
    if (!found.success)
      throw new AftershockError('unavailable', `the machine's metadata has no key of its role ${role}`)
    const { AccessKeyId, SecretAccessKey, Token, Expiration } = found.data
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: Token,
      region,
      untilMs: Date.parse(Expiration),
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
