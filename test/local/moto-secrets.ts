import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { NODE_COMMON_NAME, type Principal } from '../../chaos/platforms/security.ts'
import { certificates } from './certificates.ts'
import type { Moto } from './moto.ts'
import { putSecret } from './moto-node.ts'

export interface SecuredCluster {
  /** For a node: names of secrets. */
  readonly settings: Readonly<Record<string, string>>
  readonly passwords: readonly string[]
  readonly authority: string
  /** The secret that holds the password. */
  secretOf(principal: Principal): string
  client(principal: Principal, password?: string): Kafka
}

/**
 * Certificates and passwords as a deployment and its user make them, in the secrets manager of the endpoint.
 *
 * @param names in the certificates. @default the host's and that of all nodes
 */
export async function secure(
  moto: Moto,
  host: string,
  principals: readonly Principal[],
  names: readonly string[] = [host, NODE_COMMON_NAME],
): Promise<SecuredCluster> {
  const { node, authority } = certificates(join(moto.dir, 'certificates'), names)
  await putSecret(moto, 'node-tls', JSON.stringify({ 'node.pem': node, 'authority.pem': authority }))
  const passwords = new Map(principals.map(principal => [principal, `secretOf${principal}For${host}`]))
  const secrets = new Map<Principal, string>()
  for (const [principal, password] of passwords)
    secrets.set(principal, await putSecret(moto, passwordName(principal), password))
  const words = [...secrets].map(([principal, secret]) => `${principal}=${secret}`)
  return {
    settings: { TLS_SECRET: 'node-tls', SCRAM_SECRETS: words.join(' ') },
    passwords: [...passwords.values()],
    authority,
    secretOf: principal => secrets.get(principal) ?? '',
    client: (principal, password = passwords.get(principal) ?? '') =>
      new Kafka({
        brokers: [`${host}:9092`],
        logLevel: logLevel.NOTHING,
        retry: { retries: 3 },
        ssl: { ca: [authority], servername: NODE_COMMON_NAME },
        sasl: { mechanism: 'scram-sha-512', username: principal, password },
      }),
  }
}

export function passwordName(principal: Principal): string {
  return `password-${principal}`
}
