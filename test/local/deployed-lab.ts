import {
  CreateNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import type { Address } from '../../chaos/core/network.ts'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
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
  addAgent,
  AGENT_LOG,
  type BrokerParts,
  ENVIRONMENT,
  environmentFile,
  hostOf,
  KEY,
  NETWORK,
  PASSWORD,
  PORTS,
  writeBroker,
  ZONES,
} from './deployed-machines.ts'
import { type Moto, type PythonTools, startMoto } from './moto.ts'
import { clientOf, makeNetwork, type MotoNetwork } from './moto-network.ts'
import { type AlarmState, setAlarm } from './moto-alarms.ts'
import { putParameter, putSecret } from './moto-node.ts'
import { type SsmStandIn, ssmStandIn } from './ssm-stand-in.ts'
import { SystemdMachine } from './systemd-machine.ts'
import { ZoneNetwork } from './zone-network.ts'

/**
 * An environment as its stacks deploy it: an account by the local endpoint, three brokers under a systemd each, machines
 * of clients, agents everywhere, and a network that does what the account's network ACLs say.
 */
export class DeployedLab implements AsyncDisposable {
  readonly moto: Moto
  /** Of the environment. */
  readonly file: string
  #found: MotoNetwork | undefined
  #network = new ZoneNetwork(NETWORK)
  #machines: SystemdMachine[] = []
  #gateways: SystemdMachine[] = []
  #gatewayIds: string[] = []
  #ssm: SsmStandIn | undefined
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
    const lab = new DeployedLab(await startMoto(tools, 'eu-west-1'), brokers, withLogins)
    try {
      await lab.#make()
      return lab
    } catch (error) {
      await lab[Symbol.asyncDispose]()
      throw error
    }
  }

  /** For the program, which finds in it the account and Systems Manager. */
  get env(): NodeJS.ProcessEnv {
    return { ...this.moto.env, AWS_ENDPOINT_URL_SSM: this.#ssm?.url }
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
    const names = new Map(Object.entries(this.#found?.machines ?? {}).map(([name, id]) => [id, name]))
    for (const [index, id] of this.#gatewayIds.entries()) names.set(id, `gateway-${ZONES[index]}`)
    return (this.#ssm?.done ?? []).map(one => one.replace(/\S+$/, id => names.get(id) ?? id))
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
    return new AgentClient({ name: `kafka-${index + 1}`, address, key: Buffer.from(KEY), clock: systemClock })
  }

  async #make(): Promise<void> {
    const { moto } = this
    const hosts = ZONES.map((zone, index) => `${this.#network.address('brokers', zone)} ${hostOf(index)}\n`)
    const allHosts = `127.0.0.1 localhost\n${hosts.join('')}`
    await this.#network.make(allHosts)
    const addressOf = (index: number) => this.#network.address('brokers', ZONES[index] as string)
    this.#found = await makeNetwork(moto, ENVIRONMENT, { cidr: `${NETWORK}.0.0/16`, addressOf })
    await this.#account(this.#found)
    const program = execFileSync(process.execPath, [packageFile('lib', 'assets', 'stage-program.mjs')])
    const bundle = program.toString().trim()
    const { libsDir } =
      this.#brokers === 'kafka'
        ? await ensureKafka({ clock: systemClock, progress: () => {} })
        : { libsDir: null }
    for (const [index, zone] of ZONES.entries())
      this.#machines.push(
        this.#broker(index, zone, {
          allHosts,
          bundle,
          libsDir,
          pem: this.#certificates,
          store: this.storeAddress,
        }),
      )
    for (const zone of ZONES) this.#gateways.push(this.#gateway(zone, allHosts, bundle))
    await Promise.all([...this.#machines, ...this.#gateways].map(machine => machine.boot()))
    for (const machine of this.#machines)
      await machine.run('systemctl start --no-block aftershock-agent aftershock-node')
    for (const machine of this.#gateways) await machine.run('systemctl start --no-block aftershock-agent')
    const byId = new Map(Object.values(this.#found.machines).map((id, index) => [id, this.machine(index)]))
    for (const [index, id] of this.#gatewayIds.entries()) byId.set(id, this.gateway(index))
    this.#ssm = await ssmStandIn(
      moto,
      { [documentName(ENVIRONMENT)]: nodeDocument() },
      (id, script) => (byId.get(id) as SystemdMachine).run(script),
      id => byId.has(id),
      () => [...byId.keys()],
    )
    await this.#serving()
  }

  /** What the makers of the network leave out: rules of the ACLs, machines of clients, the switch, the agents' key. */
  async #account(found: MotoNetwork): Promise<void> {
    const { moto } = this
    const ec2 = new EC2Client(clientOf(moto))
    const { NetworkAcls = [] } = await ec2.send(
      new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [found.vpc] }] }),
    )
    for (const { NetworkAclId, Tags = [] } of NetworkAcls) {
      const tag = (name: string) => Tags.find(({ Key }) => Key === name)?.Value
      const zone = ZONES.indexOf(tag('zone') as (typeof ZONES)[number])
      if (tag('cut') === undefined || zone < 0) continue
      // As lib/constructs/zone-cut.ts has them; an ACL ends with a rule that denies all.
      const inside = [zone, 3 + zone, 6, 7, 8].map(subnet => `${NETWORK}.${subnet}.0/24`)
      const keepsStore = tag('cut') === 'cut-keep-s3'
      const rules = [
        ...inside.map(cidr => [cidr, 'allow'] as const),
        ...(keepsStore ? [[`${NETWORK}.0.0/16`, 'deny'] as const] : []),
        ['0.0.0.0/0', keepsStore ? 'allow' : 'deny'] as const,
      ]
      for (const Egress of [false, true])
        for (const [index, [CidrBlock, RuleAction]] of rules.entries())
          await ec2.send(
            new CreateNetworkAclEntryCommand({
              NetworkAclId,
              RuleNumber: 100 + 10 * index,
              CidrBlock,
              RuleAction,
              Protocol: '-1',
              Egress,
            }),
          )
    }
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
      this.#gatewayIds.push(Instances[0]?.InstanceId ?? '')
    }
    this.#store.listen(0, ZoneNetwork.STORE)
    await once(this.#store, 'listening')
    this.#network.knows(found.subnets)
    this.#network.follow(ec2, found.vpc)
    await this.switch('armed')
    for (const zone of ZONES) await this.alarm(zone, 'OK')
    await putSecret(moto, `aftershock/${ENVIRONMENT}/agent`, KEY)
    writeFileSync(this.file, environmentFile(this.#certificates ? 'sasl-scram' : 'plaintext'))
  }

  #machine(name: string, network: string): SystemdMachine {
    const dir = join(this.moto.dir, name)
    mkdirSync(dir)
    return new SystemdMachine(dir, { PATH: process.env.PATH ?? '', HOME: '/root' }, network)
  }

  #gateway(zone: string, allHosts: string, bundle: string): SystemdMachine {
    const machine = this.#machine(`gateway-${zone}`, this.#network.namespace('clients', zone))
    machine.write('/etc/hosts', allHosts)
    addAgent(machine, bundle, `--name gateway-${zone}`)
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
          name: `gateway-${zone}`,
          address,
          key: Buffer.from(KEY),
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
    this.#store.closeAllConnections()
    this.#store.close()
    for (const machine of [...this.#machines, ...this.#gateways]) await machine[Symbol.asyncDispose]()
    await this.#network[Symbol.asyncDispose]()
    await this.moto[Symbol.asyncDispose]()
  }
}
