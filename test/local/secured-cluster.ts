import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaConfig } from 'kafkajs'
import { NODE_COMMON_NAME } from '../../chaos/platforms/security.ts'
import { certificates } from './certificates.ts'
import { PLAIN_HOSTS, type PlainCluster, startPlainCluster } from './plain-cluster.ts'

export interface SecuredCluster<Name extends string> extends AsyncDisposable {
  readonly cluster: PlainCluster
  /** In PEM; whom clients trust. */
  readonly authority: string
  /** A file in the folder of this cluster, where `node.pem` and `authority.pem` are. */
  file(name: string): string
  /** How somebody logs in, as kafkajs's options. */
  access(username: Name): Pick<KafkaConfig, 'ssl' | 'sasl'>
}

/** Three brokers that know each other by certificates, and clients by SCRAM; `admin` may do everything. */
export async function startSecuredCluster<Name extends string>(
  passwords: Readonly<Record<Name | 'admin', string>>,
): Promise<SecuredCluster<Name | 'admin'>> {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-secured-'))
  const file = (name: string) => join(dir, name)
  const { authority, node } = certificates(file('pem'), [...PLAIN_HOSTS, NODE_COMMON_NAME])
  writeFileSync(file('node.pem'), node)
  writeFileSync(file('authority.pem'), authority)
  const access = (username: Name | 'admin'): Pick<KafkaConfig, 'ssl' | 'sasl'> => ({
    ssl: { ca: [authority] },
    sasl: { mechanism: 'scram-sha-512', username, password: passwords[username] },
  })
  const removeFolder = () => rmSync(dir, { recursive: true, force: true })
  try {
    const cluster = await startPlainCluster({
      certificates: { node: file('node.pem'), authority: file('authority.pem') },
      scram: Object.entries(passwords).map(
        ([name, password]) => `SCRAM-SHA-512=[name=${name},password=${password}]`,
      ),
      administrator: access('admin'),
    })
    return {
      cluster,
      authority,
      file,
      access,
      async [Symbol.asyncDispose]() {
        await cluster[Symbol.asyncDispose]()
        removeFolder()
      },
    }
  } catch (error) {
    removeFolder()
    throw error
  }
}
