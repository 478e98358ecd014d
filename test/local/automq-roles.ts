import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, createSecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { ClusterAccess } from '../../chaos/kafka/cluster-access.ts'
import { ClusterOperator } from '../../chaos/kafka/cluster-operator.ts'
import {
  AUTOMQ_SMALL_JVM,
  autoMqLog4jProperties,
  autoMqProperties,
  SMALL_CACHES,
} from '../../chaos/platforms/automq/properties.ts'
import { hostsFile } from '../../chaos/platforms/kafka/properties.ts'
import {
  accessRuleArguments,
  accessRules,
  NODE_COMMON_NAME,
  PRINCIPALS,
  type Principal,
} from '../../chaos/platforms/security.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { BROKER_CLUSTER, BROKER_PORTS, type StagedArchive } from './bootstrap-broker.ts'
import type { Moto } from './moto.ts'
import { type NodeDeployment, putParameter, sha256, TestMachine, upload } from './moto-node.ts'
import { type SecuredCluster, secure } from './moto-secrets.ts'
import type { PlainStore } from './versitygw.ts'

/** Where the nodes of the stacks' roles are on this machine: controllers have names, brokers have addresses. */
export const CONTROLLERS = [101, 102, 103] as const
export const BROKERS = [1, 2, 3] as const
const ZONES = ['az-a', 'az-b', 'az-c'] as const
export const addressOf = (id: number) => `127.84.6.${id}`
/** From where a client in that zone comes. */
export const clientAddress = (zone: number) => `127.85.${zone}.1`
const nameOf = (id: number) => `controller-${id - 100}.lab.aftershock.internal`
const isController = (id: number) => id > 100
export const addressParameter = (id: number) => `/test/addresses/${id}`

/** An archive that has the distribution in it as links, since six machines would have six copies of it. */
export async function stageLinked(moto: Moto, home: string): Promise<StagedArchive> {
  const layout = join(moto.dir, 'staging', 'automq')
  mkdirSync(layout, { recursive: true })
  for (const folder of ['bin', 'libs']) symlinkSync(join(home, folder), join(layout, folder))
  const archive = join(moto.dir, 'automq.tar')
  await promisify(execFile)('tar', ['-cf', archive, '-C', join(layout, '..'), 'automq'])
  return { uri: await upload(moto, archive, 'automq.tar'), sha256: sha256(archive) }
}

/** Three controllers and three brokers as the stacks make them, with logins and the zone router. */
export class AutoMqRoles implements AsyncDisposable {
  readonly machines = new Map<number, TestMachine>()
  readonly #moto: Moto
  readonly #store: PlainStore
  readonly #distribution: StagedArchive
  readonly #secured: SecuredCluster

  private constructor(moto: Moto, store: PlainStore, distribution: StagedArchive, secured: SecuredCluster) {
    this.#moto = moto
    this.#store = store
    this.#distribution = distribution
    this.#secured = secured
  }

  static async of(moto: Moto, store: PlainStore, home: string): Promise<AutoMqRoles> {
    const hosts = CONTROLLERS.map(id => ({ address: addressOf(id), host: nameOf(id) }))
    const own = { address: '127.0.0.1', host: hostname() }
    writeFileSync(join(moto.dir, 'hosts'), hostsFile([...hosts, own]))
    const names = [NODE_COMMON_NAME, '*.lab.aftershock.internal']
    const secured = await secure(moto, addressOf(1), PRINCIPALS, names)
    return new AutoMqRoles(moto, store, await stageLinked(moto, home), secured)
  }

  /** @param change of its properties, as they stand there */
  async boot(id: number, change: (properties: string) => string = text => text): Promise<TestMachine> {
    const name = `node-${id}`
    const machine = this.machines.get(id) ?? new TestMachine(this.#moto, name, false)
    this.machines.set(id, machine)
    if (!isController(id)) await putParameter(this.#moto, addressParameter(id), 'none')
    await machine.deploy(this.#deployment(machine, name, id, change))
    const { accessKeyId, secretAccessKey } = this.#store.credentials
    machine.boot(name, {
      AFTERSHOCK_ADDRESS: addressOf(id),
      KAFKA_S3_ACCESS_KEY: accessKeyId,
      KAFKA_S3_SECRET_KEY: secretAccessKey,
    })
    return machine
  }

  /** From a zone, or from none that the router knows. */
  client(principal: Principal, zone?: number): Kafka {
    const password = this.#secured.passwords[PRINCIPALS.indexOf(principal)] ?? ''
    const localAddress = zone === undefined ? '127.0.0.1' : clientAddress(zone)
    return new Kafka({
      brokers: BROKERS.map(id => `${addressOf(id)}:${BROKER_PORTS.client}`),
      logLevel: logLevel.NOTHING,
      retry: { retries: 30, initialRetryTime: 200, maxRetryTime: 1000 },
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: principal, password },
      socketFactory: ({ host, port, onConnect }) => {
        const trust = { ca: [this.#secured.authority], servername: NODE_COMMON_NAME }
        const options: ConnectionOptions & { localAddress: string } = { host, port, localAddress, ...trust }
        return connect(options, onConnect)
      },
    })
  }

  /** What every broker says to principals that ask it for records. */
  get access(): ClusterAccess {
    const listener = (id: number) => ({
      address: { host: addressOf(id), port: BROKER_PORTS.client },
      host: addressOf(id),
    })
    return new ClusterAccess({
      brokers: () => BROKERS,
      admin: () => Promise.reject(new Error('nobody changes rights here')),
      operator: new ClusterOperator({ brokers: () => BROKERS, listener, login: null, clock: systemClock }),
      asPrincipal: name => ({
        username: name,
        password: () => this.#secured.passwords[PRINCIPALS.indexOf(name as Principal)] ?? '',
        trust: createSecureContext({ ca: this.#secured.authority }),
        serverName: NODE_COMMON_NAME,
      }),
      listener,
      clock: systemClock,
    })
  }

  get passwords(): readonly string[] {
    return this.#secured.passwords
  }

  /** Proportional set size of the node's process. */
  memoryMiB(id: number): number {
    const process = this.machines.get(id)?.node()
    if (!process) throw new Error(`node ${id} does not run`)
    const [, kib] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process.pid}/smaps_rollup`, 'utf8')) ?? []
    return Math.round(Number(kib) / 1024)
  }

  #deployment(
    on: TestMachine,
    name: string,
    id: number,
    change: (properties: string) => string,
  ): NodeDeployment {
    const zone = ZONES[((id - 1) % 100) % 3] ?? 'az-a'
    const secrets = join(on.root, 'run', 'aftershock')
    const host = isController(id) ? nameOf(id) : '@PRIVATE_IP@'
    const properties = autoMqProperties({
      clusterId: BROKER_CLUSTER,
      nodeId: id,
      zone,
      host,
      bindAddress: '@PRIVATE_IP@',
      ports: BROKER_PORTS,
      roles: isController(id) ? 'controller' : 'broker',
      voters: CONTROLLERS.map(nodeId => ({ nodeId, host: nameOf(nodeId) })),
      logDir: join(on.data, 'log'),
      timeouts: 'defaults',
      store: {
        dataBucket: 'data',
        opsBucket: 'ops',
        region: this.#store.region,
        endpoint: this.#store.endpoint,
        pathStyle: true,
      },
      certificates: { node: join(secrets, 'node.pem'), authority: join(secrets, 'authority.pem') },
      zoneRouter: true,
      zoneNetworks: Object.fromEntries(ZONES.map((one, index) => [one, [`127.85.${index + 1}.0/24`]])),
      caches: SMALL_CACHES,
    })
    return {
      name,
      settings: {
        NODE_ROLE: 'automq',
        NODE_HOST: host,
        CLUSTER_ID: BROKER_CLUSTER,
        DISTRIBUTION_URI: this.#distribution.uri,
        DISTRIBUTION_SHA256: this.#distribution.sha256,
        JVM_OPTIONS: [...AUTOMQ_SMALL_JVM, `-Djdk.net.hosts.file=${join(this.#moto.dir, 'hosts')}`].join(' '),
        ...(isController(id)
          ? {}
          : { ADDRESS_PARAMETER: addressParameter(id), ADDRESS_PORT: String(BROKER_PORTS.client) }),
        ...this.#secured.settings,
      },
      files: {
        'server.properties': change(properties),
        'log4j.properties': autoMqLog4jProperties(),
        'access-rules.txt': accessRuleArguments(accessRules()),
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines.values()) await machine[Symbol.asyncDispose]()
  }
}
