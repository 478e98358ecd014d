import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import type { Address } from '../../chaos/core/network.ts'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import { sessionDocument } from '../../chaos/drivers/aws/reach/session-door.ts'
import { documentName } from '../../chaos/drivers/aws/node-deeds.ts'
import { ensureKafka } from '../../chaos/drivers/local/setup/kafka.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { stopSignalName } from '../../lib/stop-signal.ts'
import { nodeDocument } from '../../lib/node-document.ts'
import { NODE_COMMON_NAME } from '../../chaos/platforms/security.ts'
import { type Certificates, certificates } from './certificates.ts'
import {
  AGENT_LOG,
  type BrokerParts,
  ENVIRONMENT,
  environmentFile,
  type GatewayParts,
  hostOf,
  KEY,
  NETWORK,
  PASSWORD,
  PORTS,
  writeBroker,
  writeGateway,
  ZONES,
} from './deployed-machines.ts'
import { deployedNetwork, type DeployedNetwork, writeCutRules } from './deployed-network.ts'
import { type Moto, type PythonTools, startMoto } from './moto.ts'
import { clientOf, makeNetwork, type MotoNetwork } from './moto-network.ts'
import { type AlarmState, setAlarm } from './moto-alarms.ts'
import { putParameter, putSecret } from './moto-node.ts'
import { installPlugin, SessionStandIn } from './session-stand-in.ts'
import { type SsmStandIn, ssmStandIn } from './ssm-stand-in.ts'
import { SystemdMachine } from './systemd-machine.ts'
import { ZoneNetwork } from './zone-network.ts'

/** Names of brokers, in every machine of the network. */
function hostsOf(network: ZoneNetwork): string {
  const hosts = ZONES.map((zone, index) => `${network.address('brokers', zone)} ${hostOf(index)}\n`)
  return `127.0.0.1 localhost\n${hosts.join('')}`
}

/**
 * An environment as its stacks deploy it: an account by the local endpoint, three brokers under a systemd each, machines
 * of clients, agents everywhere, and a network that does what the account's network ACLs say.
 */
export class DeployedLab implements AsyncDisposable {
  readonly moto: Moto
  /** Of the environment. */
  readonly file: string
  #network = new ZoneNetwork(NETWORK)
  #machines: SystemdMachine[] = []
  #gateways: SystemdMachine[] = []
  /** Of the machines of clients, by their zones. */
  readonly #names: string[] = []
  readonly #byId = new Map<string, SystemdMachine>()
  readonly #nameOf = new Map<string, string>()
  #key = KEY
  /** Where the test itself made the network. */
  #found: MotoNetwork | undefined
  #ssm: SsmStandIn | undefined
  #sessions: SessionStandIn | undefined
  /** Knows who asks for what, and keeps nothing. */
  readonly #store = createServer((asked, answer) => {
    const isSigned = asked.headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true
    const code = isSigned ? 'NoSuchKey' : 'AccessDenied'
    answer.writeHead(isSigned ? 404 : 403).end(`<Error><Code>${code}</Code></Error>`)
  })
  readonly #brokers: 'kafka' | 'stand-in'

  /** null: brokers let everybody in. */
  readonly #certificates: Certificates | null

  private constructor(moto: Moto, brokers: 'kafka' | 'stand-in', withLogins: boolean) {
    this.moto = moto
    this.#brokers = brokers
    this.#certificates = withLogins
      ? certificates(join(moto.dir, 'pem'), [...ZONES.map((_, index) => hostOf(index)), NODE_COMMON_NAME])
      : null
    this.file = join(moto.dir, `${ENVIRONMENT}.yaml`)
  }

  /** @param brokers stand-ins say who they are and that they are there, and store nothing */
  static async start(
    tools: PythonTools,
    brokers: 'kafka' | 'stand-in',
    { withLogins = false }: { readonly withLogins?: boolean } = {},
  ): Promise<DeployedLab> {
    const lab = await DeployedLab.before(tools, brokers, { withLogins })
    try {
      await lab.#make()
      return lab
    } catch (error) {
      await lab[Symbol.asyncDispose]()
      throw error
    }
  }

  /** An account without machines, where somebody may deploy; `occupy` then boots them. */
  static async before(
    tools: PythonTools,
    brokers: 'kafka' | 'stand-in',
    { withLogins = false }: { readonly withLogins?: boolean } = {},
  ): Promise<DeployedLab> {
    const lab = new DeployedLab(await startMoto(tools, 'eu-west-1'), brokers, withLogins)
    lab.#sessions = await SessionStandIn.start(sessionDocument(ENVIRONMENT), id => lab.#agentOn(id))
    lab.#ssm = await ssmStandIn(
      lab.moto,
      { [documentName(ENVIRONMENT)]: nodeDocument() },
      (id, script) => (lab.#byId.get(id) as SystemdMachine).run(script),
      id => lab.#byId.has(id),
      lab.#sessions,
      () => [...lab.#byId.keys()],
    )
    return lab
  }

  /** For the program, which finds in it the account, Systems Manager and the plugin of sessions. */
  get env(): NodeJS.ProcessEnv {
    const PATH = `${installPlugin(this.moto.dir)}:${this.moto.env.PATH}`
    return { ...this.moto.env, PATH, AWS_ENDPOINT_URL_SSM: this.#ssm?.url }
  }

  /** Sessions that there are, by the names of their machines. */
  get sessions(): readonly string[] {
    return (this.#sessions?.live ?? []).map(id => this.#nameOf.get(id) ?? id)
  }

  /** Sessions with this machine are over. */
  dropSessions(name: string): void {
    for (const [id, known] of this.#nameOf) if (known === name) this.#sessions?.drop(id)
  }

  /** How clients log in, as a file of properties. */
  get clientProperties(): string {
    const file = join(this.moto.dir, 'client.properties')
    writeFileSync(join(this.moto.dir, 'authority.pem'), this.#certificates?.authority ?? '')
    const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
    const lines = [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=${jaas} username="admin" password="${PASSWORD}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${join(this.moto.dir, 'authority.pem')}`,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
    return file
  }

  get network(): MotoNetwork {
    if (!this.#found) throw new Error('it is not made yet')
    return this.#found
  }

  get storeAddress(): Address {
    return { host: ZoneNetwork.STORE, port: (this.#store.address() as AddressInfo).port }
  }

  async switch(value: string): Promise<void> {
    await putParameter(this.moto, `/aftershock/${ENVIRONMENT}/chaos/switch`, value)
  }

  async alarm(zone: string, state: AlarmState): Promise<void> {
    await setAlarm(this.moto, stopSignalName(ENVIRONMENT, zone), state)
  }

  /** Documents that were done, by the names of their machines: `stop kafka-2`. */
  get done(): readonly string[] {
    return (this.#ssm?.done ?? []).map(one => one.replace(/\S+$/, id => this.#nameOf.get(id) ?? id))
  }

  /** Of a broker: nothing reaches its machine any more, or comes from it. */
  async unplug(index: number, isIn: boolean): Promise<void> {
    await this.#network.plug('brokers', ZONES[index] as string, isIn)
  }

  machine(index: number): SystemdMachine {
    return this.#machines[index] as SystemdMachine
  }

  /** Of clients, in this zone. */
  gateway(index: number): SystemdMachine {
    return this.#gateways[index] as SystemdMachine
  }

  agent(index: number): AgentClient {
    const zone = ZONES[index] as string
    const address = { host: this.#network.address('brokers', zone), port: AGENT_PORT }
    const key = Buffer.from(this.#key)
    return new AgentClient({ name: `kafka-${index + 1}`, address, key, clock: systemClock })
  }

  async #make(): Promise<void> {
    const { moto } = this
    const network = new ZoneNetwork(NETWORK)
    this.#network = network
    await network.make(hostsOf(network))
    const addressOf = (index: number) => network.address('brokers', ZONES[index] as string)
    const found = await makeNetwork(moto, ENVIRONMENT, { cidr: `${NETWORK}.0.0/16`, addressOf })
    this.#found = found
    const clients = await this.#account(found)
    await this.#occupy({ ...found, machines: { ...found.machines, ...clients }, key: KEY })
  }

  /** Boots a machine for each that a deployment has made in the account: until then nobody is on its network. */
  async occupy(): Promise<void> {
    const found = await deployedNetwork(this.moto)
    const network = new ZoneNetwork(NETWORK, found.places)
    this.#network = network
    await network.make(hostsOf(network))
    this.#store.listen(0, ZoneNetwork.STORE)
    await once(this.#store, 'listening')
    network.knows(found.subnets)
    network.follow(new EC2Client(clientOf(this.moto)), found.vpc)
    await this.#occupy(found)
    // Composite alarms, which moto leaves out of stacks, over what shards would say of themselves.
    for (const zone of ZONES) await this.alarm(zone, 'OK')
  }

  /** @param found machines by their names, of which those of clients are no brokers */
  async #occupy({ machines, key }: Pick<DeployedNetwork, 'machines' | 'key'>): Promise<void> {
    const program = execFileSync(process.execPath, [packageFile('lib', 'assets', 'stage-program.mjs')])
    const bundle = program.toString().trim()
    const { libsDir } =
      this.#brokers === 'kafka'
        ? await ensureKafka({ clock: systemClock, progress: () => {} })
        : { libsDir: null }
    const allHosts = hostsOf(this.#network)
    const whole = { allHosts, bundle, libsDir, pem: this.#certificates, store: this.storeAddress, key }
    for (const [index, zone] of ZONES.entries()) {
      const machine = this.#broker(index, zone, whole)
      this.#machines.push(machine)
      this.#byId.set(machines[`kafka-${index + 1}`] as string, machine)
    }
    const clients = Object.keys(machines).filter(name => !name.startsWith('kafka-'))
    for (const zone of ZONES) {
      const name = clients.find(one => one.includes(zone)) as string
      const machine = this.#gateway(name, zone, { allHosts, bundle, key })
      this.#gateways.push(machine)
      this.#byId.set(machines[name] as string, machine)
      this.#names.push(name)
    }
    for (const [name, id] of Object.entries(machines)) this.#nameOf.set(id, name)
    this.#key = key
    await Promise.all([...this.#machines, ...this.#gateways].map(machine => machine.boot()))
    for (const machine of this.#machines)
      await machine.run('systemctl start --no-block aftershock-agent aftershock-node')
    for (const machine of this.#gateways)
      await machine.run('systemctl start --no-block aftershock-agent aftershock-node')
    await this.#serving()
  }

  /** Where a session with this machine comes out: on its own agent. */
  #agentOn(id: string): Address | null {
    const machine = this.#byId.get(id)
    if (!machine) return null
    const [tier, index] = this.#machines.includes(machine)
      ? (['brokers', this.#machines.indexOf(machine)] as const)
      : (['clients', this.#gateways.indexOf(machine)] as const)
    return { host: this.#network.address(tier, ZONES[index] as string), port: AGENT_PORT }
  }

  /** What the makers of the network leave out: rules of the ACLs, machines of clients, the switch, the agents' key. */
  async #account(found: MotoNetwork): Promise<Readonly<Record<string, string>>> {
    const { moto } = this
    const ec2 = new EC2Client(clientOf(moto))
    await writeCutRules(ec2, found.vpc)
    const clients: Record<string, string> = {}
    for (const zone of ZONES) {
      const { Instances = [] } = await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          SubnetId: found.subnets[`clients ${zone}`],
          PrivateIpAddress: this.#network.address('clients', zone),
          TagSpecifications: [
            {
              ResourceType: 'instance',
              Tags: Object.entries({
                project: 'aftershock',
                environment: ENVIRONMENT,
                'chaos-ready': 'true',
                Name: `gateway-${zone}`,
              }).map(([Key, Value]) => ({ Key, Value })),
            },
          ],
        }),
      )
      clients[`gateway-${zone}`] = Instances[0]?.InstanceId ?? ''
    }
    this.#store.listen(0, ZoneNetwork.STORE)
    await once(this.#store, 'listening')
    this.#network.knows(found.subnets)
    this.#network.follow(ec2, found.vpc)
    await this.switch('armed')
    for (const zone of ZONES) await this.alarm(zone, 'OK')
    await putSecret(moto, `aftershock/${ENVIRONMENT}/agent`, KEY)
    writeFileSync(this.file, environmentFile(this.#certificates ? 'sasl-scram' : 'plaintext'))
    return clients
  }

  #machine(name: string, network: string): SystemdMachine {
    const dir = join(this.moto.dir, name)
    mkdirSync(dir)
    return new SystemdMachine(dir, { PATH: process.env.PATH ?? '', HOME: '/root' }, network)
  }

  #gateway(name: string, zone: string, parts: GatewayParts): SystemdMachine {
    const machine = this.#machine(name, this.#network.namespace('clients', zone))
    writeGateway(machine, name, parts)
    return machine
  }

  #broker(index: number, zone: string, whole: Omit<BrokerParts, 'index' | 'zone'>): SystemdMachine {
    const machine = this.#machine(`kafka-${index + 1}`, this.#network.namespace('brokers', zone))
    writeBroker(machine, { ...whole, index, zone })
    return machine
  }

  async #serving(): Promise<void> {
    const seen: string[] = []
    const serves = async () => {
      seen.length = 0
      for (const [index] of ZONES.entries()) {
        const agent = this.agent(index)
        try {
          seen.push(await agent.knock({ host: hostOf(index), port: PORTS.client }, 1000))
        } catch (error) {
          seen.push(String(error))
        }
      }
      for (const zone of ZONES) {
        const address = { host: this.#network.address('clients', zone), port: AGENT_PORT }
        const agent = new AgentClient({
          name: this.#names[ZONES.indexOf(zone)] ?? '',
          address,
          key: Buffer.from(this.#key),
          clock: systemClock,
        })
        const said = this.gateway(ZONES.indexOf(zone)).read(AGENT_LOG).slice(-400)
        seen.push(
          await agent.look().then(
            () => 'answered',
            error => `${String(error)}: ${said}`,
          ),
        )
      }
      return seen.every(one => one === 'answered')
    }
    await waitFor('every broker to listen', serves, {
      clock: systemClock,
      deadlineMs: this.#brokers === 'kafka' ? 180_000 : 40_000,
      everyMs: 500,
      lastSeen: () =>
        `${seen.join(', ')}\n${this.#machines.map(machine => `${machine.read('/var/log/aftershock-node.log').slice(-800)}\n${machine.read(AGENT_LOG).slice(-400)}`).join('\n')}`,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ssm?.[Symbol.asyncDispose]()
    await this.#sessions?.[Symbol.asyncDispose]()
    this.#store.closeAllConnections()
    this.#store.close()
    for (const machine of [...this.#machines, ...this.#gateways]) await machine[Symbol.asyncDispose]()
    await this.#network[Symbol.asyncDispose]()
    await this.moto[Symbol.asyncDispose]()
  }
}
