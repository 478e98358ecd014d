import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../chaos/core/wait.ts'
import { kafkaRuntime, newKafkaUuid } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import { renderProperties } from '../../chaos/platforms/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { endChild } from './end-child.ts'
import { testSoftware } from './test-lab.ts'

const HOST = '127.0.0.1'

/** Files in PEM and passwords, for listeners that ask who is there. */
export interface ForeignSecurity {
  readonly node: string
  readonly authority: string
  readonly username: string
  readonly password: string
  /** Who else logs in by SCRAM; then brokers ask who may do what, and the first may do everything. @default nobody */
  readonly others?: Readonly<Record<string, string>>
}

export interface ForeignOptions {
  readonly brokers: 1 | 2 | 3
  /** The first of its ports: three for each broker, and two more where it has logins. */
  readonly firstPort: number
  /** @default none: one plain listener */
  readonly security?: ForeignSecurity
  /** Of brokers, beside what every one of them has. @default none */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Kafka as somebody else starts it by hand: brokers that share a host and have ports of their own, with a file of
 * properties that nothing of this program wrote.
 */
export interface ForeignCluster extends AsyncDisposable {
  /** Of each broker's plain listener, `host:port` with commas. */
  readonly plain: string
  /** SASL over TLS: SCRAM, PLAIN and unsigned tokens. */
  readonly sasl: string
  /** TLS where clients show a certificate. */
  readonly certificates: string
  pidOf(broker: number): number
}

const LISTENERS = ['PLAIN', 'INNER', 'CONTROLLER', 'SASL', 'CERTIFICATE'] as const

export async function startForeignCluster(options: ForeignOptions): Promise<ForeignCluster> {
  const { brokers, security } = options
  const { java, classPath } = kafkaRuntime((await testSoftware()).kafka)
  const root = mkdtempSync(join(tmpdir(), 'aftershock-foreign-'))
  const ids = Array.from({ length: brokers }, (_, index) => index + 1)
  const children = new Map<number, ChildProcess>()
  const at = (id: number, listener: (typeof LISTENERS)[number]) =>
    `${HOST}:${options.firstPort + (id - 1) * 10 + LISTENERS.indexOf(listener)}`
  const servers = (listener: (typeof LISTENERS)[number]) => ids.map(id => at(id, listener)).join(',')
  const cluster: ForeignCluster = {
    plain: servers('PLAIN'),
    sasl: servers('SASL'),
    certificates: servers('CERTIFICATE'),
    pidOf: broker => children.get(broker)?.pid ?? -1,
    async [Symbol.asyncDispose]() {
      for (const child of children.values()) child.kill('SIGCONT')
      await Promise.all([...children.values()].map(endChild))
      rmSync(root, { recursive: true, force: true })
    },
  }
  const clusterId = newKafkaUuid()
  try {
    for (const id of ids) {
      const dir = join(root, String(id))
      mkdirSync(join(dir, 'data'), { recursive: true })
      const file = join(dir, 'server.properties')
      writeFileSync(
        file,
        renderProperties({ ...propertiesOf(id, ids, at, join(dir, 'data'), security), ...options.settings }),
      )
      writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
      const jvm = [
        ...SMALL_JVM,
        `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
        '-cp',
        classPath,
      ]
      const known = security ? { [security.username]: security.password, ...security.others } : {}
      const users = Object.entries(known).flatMap(([name, password]) =>
        ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
          '--add-scram',
          `${mechanism}=[name=${name},password=${password}]`,
        ]),
      )
      await promisify(execFile)(java, [
        ...jvm,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        file,
        ...users,
      ])
      const log = openSync(join(dir, 'broker.log'), 'a')
      children.set(id, spawn(java, [...jvm, 'kafka.Kafka', file], { cwd: dir, stdio: ['ignore', log, log] }))
      closeSync(log)
    }
    const started = () =>
      ids.every(id => {
        const log = readFileSync(join(root, String(id), 'broker.log'), 'utf8')
        if (children.get(id)?.exitCode !== null) throw new Error(`broker ${id} ended:\n${log.slice(-3000)}`)
        return log.includes('Kafka Server started')
      })
    await waitFor(`${brokers} brokers to start`, started, {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 250,
    })
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

function propertiesOf(
  id: number,
  ids: readonly number[],
  at: (id: number, listener: (typeof LISTENERS)[number]) => string,
  data: string,
  security: ForeignSecurity | undefined,
): Record<string, string | number> {
  const forClients = security
    ? (['PLAIN', 'INNER', 'SASL', 'CERTIFICATE'] as const)
    : (['PLAIN', 'INNER'] as const)
  const urls = (names: readonly (typeof LISTENERS)[number][]) =>
    names.map(name => `${name}://${at(id, name)}`).join(',')
  const copies = Math.min(3, ids.length)
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': ids.map(other => `${other}@${at(other, 'CONTROLLER')}`).join(','),
    listeners: urls([...forClients, 'CONTROLLER']),
    'advertised.listeners': urls(forClients),
    'listener.security.protocol.map':
      'PLAIN:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,CERTIFICATE:SSL',
    'inter.broker.listener.name': 'INNER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
    'num.partitions': 3,
    'offsets.topic.num.partitions': 3,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': 'false',
    ...(security && securityOf(security)),
  }
}

function securityOf({
  node,
  authority,
  username,
  password,
  others,
}: ForeignSecurity): Record<string, string> {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const token = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const tls = (listener: string) => ({
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: node,
    [`listener.name.${listener}.ssl.truststore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.truststore.location`]: authority,
  })
  return {
    ...tls('sasl'),
    ...tls('certificate'),
    ...(others && {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Brokers among each other, and whoever comes to the plain listener.
      'super.users': `User:${username};User:ANONYMOUS`,
    }),
    'listener.name.certificate.ssl.client.auth': 'required',
    'listener.name.sasl.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER',
    'listener.name.sasl.plain.sasl.jaas.config': `${plain} user_${username}="${password}";`,
    'listener.name.sasl.oauthbearer.sasl.jaas.config': `${token} unsecuredLoginStringClaim_sub="broker";`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': scram,
  }
}
