import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { Principal } from '../../chaos/platforms/security.ts'
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
  const { node, authority } = certificates(join(moto.dir, 'certificates'), host)
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

/** An authority of its own, and a node's key and certificate in one file. */
function certificates(folder: string, host: string): { readonly node: string; readonly authority: string } {
  mkdirSync(folder)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=authority',
    '-days',
    '2',
  )
  openssl('req', ...newKey, '-keyout', 'node.key', '-out', 'node.csr', '-subj', '/CN=aftershock-node')
  writeFileSync(join(folder, 'names'), `subjectAltName=IP:${host}\n`)
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  openssl(
    'x509',
    '-req',
    '-in',
    'node.csr',
    ...authority,
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    'node.crt',
  )
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { node: `${read('node.key')}${read('node.crt')}`, authority: read('ca.pem') }
}
