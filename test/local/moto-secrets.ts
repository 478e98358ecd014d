import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { Principal } from '../../chaos/platforms/security.ts'
import { certificates } from './certificates.ts'
import type { Moto } from './moto.ts'

export interface SecuredCluster {
  /** For a node: names of secrets. */
  readonly settings: Readonly<Record<string, string>>
  readonly passwords: readonly string[]
  client(principal: Principal, password?: string): Kafka
}

/** Certificates and passwords as a deployment and its user make them, in the secrets manager of the endpoint. */
export async function secure(
  moto: Moto,
  host: string,
  principals: readonly Principal[],
): Promise<SecuredCluster> {
  const { node, authority } = certificates(join(moto.dir, 'certificates'), [host])
  await createSecret(moto, 'node-tls', JSON.stringify({ 'node.pem': node, 'authority.pem': authority }))
  const passwords = new Map(principals.map(principal => [principal, `secretOf${principal}For${host}`]))
  const words: string[] = []
  for (const [principal, password] of passwords)
    words.push(`${principal}=${await createSecret(moto, `password-${principal}`, password)}`)
  return {
    settings: { TLS_SECRET: 'node-tls', SCRAM_SECRETS: words.join(' ') },
    passwords: [...passwords.values()],
    client: (principal, password = passwords.get(principal) ?? '') =>
      new Kafka({
        brokers: [`${host}:9092`],
        logLevel: logLevel.NOTHING,
        retry: { retries: 3 },
        ssl: { ca: [authority] },
        sasl: { mechanism: 'scram-sha-512', username: principal, password },
      }),
  }
}

async function createSecret(moto: Moto, name: string, text: string): Promise<string> {
  const { ARN } = await moto.json<{ ARN: string }>('secretsmanager', 'secretsmanager.CreateSecret', {
    Name: name,
    SecretString: text,
    ClientRequestToken: `${name}-0123456789-0123456789-0123456789`.slice(0, 64),
  })
  return ARN
}
