import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { after, before, describe } from 'mocha'
import { chosenEnvironment } from '../../chaos/commands/attach-options.ts'
import type { EnvironmentKind } from '../../chaos/drivers/environment.ts'
import { certificates } from './certificates.ts'
import { keepsTheContractOfEnvironments } from './environment-contract.ts'
import { type ForeignCluster, startForeignCluster } from './foreign-cluster.ts'
import { makeTopics } from './make-topics.ts'

const PASSWORD = 'planted-password'
const THEIRS = 'aftershock.orders'

describe('the contract of environments', function () {
  this.timeout(120_000)

  describe('on a cluster that somebody else started', () => {
    let folder = ''
    let cluster: ForeignCluster
    let kafka: Kafka
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'aftershock-foreign-contract-'))
      const made = certificates(folder, ['127.0.0.1'])
      const path = (name: string, text: string) => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      }
      const [node, authority] = [path('node.pem', made.node), path('authority.pem', made.authority)]
      const security = { node, authority, username: 'fleet', password: PASSWORD }
      cluster = await startForeignCluster({ brokers: 2, firstPort: 23_600, security })
      path(
        'client.properties',
        [
          'security.protocol=SASL_SSL',
          'sasl.mechanism=SCRAM-SHA-512',
          `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="fleet" password="${PASSWORD}";`,
          'ssl.truststore.type=PEM',
          'ssl.truststore.location=authority.pem',
          '',
        ].join('\n'),
      )
      kafka = new Kafka({ brokers: cluster.plain.split(','), logLevel: logLevel.NOTHING })
      const admin = kafka.admin()
      await admin.connect()
      // By a name that begins as the run's own do.
      await makeTopics(admin, [{ topic: THEIRS, numPartitions: 1, replicationFactor: 1 }])
      await admin.disconnect()
    })
    after(async () => {
      await cluster?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    })

    async function topics(): Promise<string[]> {
      const admin = kafka.admin()
      await admin.connect()
      try {
        return (await admin.listTopics()).filter(name => !name.startsWith('__')).toSorted()
      } finally {
        await admin.disconnect()
      }
    }
    const others = { topics, theirs: [THEIRS] }
    const attached = (bootstrap: string, more: object = {}): Promise<EnvironmentKind> => {
      const stream = { isTTY: false, write: () => true }
      const io = { cwd: folder, env: {}, stdout: stream, stderr: stream, isTerminal: false }
      return chosenEnvironment({ driver: 'attach', bootstrap, ...more }, io)
    }

    describe('plain', () => {
      keepsTheContractOfEnvironments({ kind: () => attached(cluster.plain), others })
    })
    describe('with SCRAM over TLS', () => {
      const kind = () => attached(cluster.sasl, { commandConfig: 'client.properties' })
      keepsTheContractOfEnvironments({ kind, others })
    })
  })
})
