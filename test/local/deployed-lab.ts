import {
  CreateNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import { documentName } from '../../chaos/drivers/aws/node-deeds.ts'
import { ensureKafka } from '../../chaos/drivers/local/setup/kafka.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { nodeDocument } from '../../lib/node-document.ts'
import { MOTO_ACCOUNT, type Moto, type PythonTools, startMoto } from './moto.ts'
import { clientOf, makeNetwork, type MotoNetwork } from './moto-network.ts'
import { putParameter, putSecret } from './moto-node.ts'
import { type SsmStandIn, ssmStandIn } from './ssm-stand-in.ts'
import { SystemdMachine } from './systemd-machine.ts'
import { ZoneNetwork } from './zone-network.ts'

const ENVIRONMENT = 'mine'
const ZONES = ['az-a', 'az-b', 'az-c'] as const
const BASE = '10.77'
const KEY = 'a-key-of-this-test-and-of-nothing-else'
const CLUSTER = 'bootstrapTestClusterAA'
const PORTS = { client: 9092, control: 9093, replication: 9094 }
const hostOf = (index: number) => `kafka-${index + 1}.${ENVIRONMENT}.internal`

/** Of a broker's answers, who all of them are, and that it is there. */
const STAND_IN = `
import { createServer } from 'node:net'
const hosts = process.argv.slice(3)
const int = value => { const b = Buffer.alloc(4); b.writeInt32BE(value); return b }
const text = value => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
const brokers = hosts.map((host, i) => Buffer.concat([int(i + 1), text(host), int(9092), text('az-' + 'abc'[i])]))
const metadata = Buffer.concat([int(0), int(brokers.length), ...brokers, text('stands-in'), int(1), int(0)])
for (const port of [9092, 9093, 9094])
  createServer(socket => {
    let had = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      had = Buffer.concat([had, chunk])
      while (had.length >= 12 && had.length >= 4 + had.readInt32BE(0)) {
        const body = had.readInt16BE(4) === 3 ? metadata : Buffer.from([0, 0, 0, 0, 0, 0])
        const correlation = had.subarray(8, 12)
        had = had.subarray(4 + had.readInt32BE(0))
        socket.write(Buffer.concat([int(4 + body.length), correlation, body]))
      }
    })
  }).listen(port, '0.0.0.0')
`

/**
 * An environment as its stacks deploy it: an account by the local endpoint, three brokers under a systemd each, machines
 * of clients, agents everywhere, and a network that does what the account's network ACLs say.
 */
export class DeployedLab implements AsyncDisposable {
  readonly moto: Moto
  /** Of the environment. */
  readonly file: string
  #found: MotoNetwork | undefined
  #network = new ZoneNetwork(BASE)
  #machines: SystemdMachine[] = []
  #agents: ChildProcess[] = []
  #ssm: SsmStandIn | undefined
  readonly #brokers: 'kafka' | 'stand-in'

  private constructor(moto: Moto, brokers: 'kafka' | 'stand-in') {
    this.moto = moto
    this.#brokers = brokers
    this.file = join(moto.dir, `${ENVIRONMENT}.yaml`)
  }

  /** @param brokers stand-ins say who they are and that they are there, and store nothing */
  static async start(tools: PythonTools, brokers: 'kafka' | 'stand-in'): Promise<DeployedLab> {
    const lab = new DeployedLab(await startMoto(tools, 'eu-west-1'), brokers)
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

  /** Documents that were done, by the names of their machines: `stop kafka-2`. */
  get done(): readonly string[] {
    const names = new Map(Object.entries(this.#found?.machines ?? {}).map(([name, id]) => [id, name]))
    return (this.#ssm?.done ?? []).map(one => one.replace(/\S+$/, id => names.get(id) ?? id))
  }

  /** Of a broker: nothing reaches its machine any more, or comes from it. */
  async unplug(index: number, isIn: boolean): Promise<void> {
    await this.#network.plug('brokers', ZONES[index] as string, isIn)
  }

  machine(index: number): SystemdMachine {
    return this.#machines[index] as SystemdMachine
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
    this.#found = await makeNetwork(moto, ENVIRONMENT, { cidr: `${BASE}.0.0/16`, addressOf })
    await this.#account(this.#found)
    const program = execFileSync(process.execPath, [packageFile('lib', 'assets', 'stage-program.mjs')])
    const bundle = program.toString().trim()
    const { libsDir } =
      this.#brokers === 'kafka'
        ? await ensureKafka({ clock: systemClock, progress: () => {} })
        : { libsDir: '' }
    for (const [index, zone] of ZONES.entries())
      this.#machines.push(this.#broker(index, zone, { allHosts, bundle, libsDir }))
    await Promise.all(this.#machines.map(machine => machine.boot()))
    for (const machine of this.#machines)
      await machine.run('systemctl start --no-block aftershock-agent aftershock-node')
    const key = join(moto.dir, 'agent.key')
    writeFileSync(key, KEY, { mode: 0o600 })
    for (const zone of ZONES) {
      const args = ['agent', '--name', `gateway-${zone}`, '--key-file', key]
      const space = ['netns', 'exec', this.#network.namespace('clients', zone)]
      const log = openSync(join(moto.dir, `gateway-${zone}.log`), 'a')
      this.#agents.push(
        spawn('ip', [...space, process.execPath, bundle, ...args], { stdio: ['ignore', log, log] }),
      )
      closeSync(log)
    }
    const byId = new Map(Object.values(this.#found.machines).map((id, index) => [id, index]))
    this.#ssm = await ssmStandIn(moto, { [documentName(ENVIRONMENT)]: nodeDocument() }, (id, script) => {
      const index = byId.get(id)
      if (index === undefined) throw new Error(`there is no machine ${id}`)
      return this.machine(index).run(script)
    })
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
      const inside = [zone, 3 + zone, 6, 7, 8].map(subnet => `${BASE}.${subnet}.0/24`)
      const rules = [...inside.map(cidr => [cidr, 'allow'] as const), ['0.0.0.0/0', 'deny'] as const]
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
    for (const zone of ZONES)
      await ec2.send(
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
    this.#network.knows(found.subnets)
    this.#network.follow(ec2, found.vpc)
    await putParameter(moto, `/aftershock/${ENVIRONMENT}/chaos/switch`, 'armed')
    await putSecret(moto, `aftershock/${ENVIRONMENT}/agent`, KEY)
    writeFileSync(this.file, environmentFile())
  }

  #broker(
    index: number,
    zone: string,
    {
      allHosts,
      bundle,
      libsDir,
    }: { readonly allHosts: string; readonly bundle: string; readonly libsDir: string },
  ): SystemdMachine {
    const dir = join(this.moto.dir, `kafka-${index + 1}`)
    mkdirSync(dir)
    const env = { PATH: process.env.PATH ?? '', HOME: '/root' }
    const machine = new SystemdMachine(dir, env, this.#network.namespace('brokers', zone))
    const base = '/opt/aftershock'
    const mark = `-Dlog4j2.configurationFile=${base}/config/log4j2.properties`
    const classes = `-cp '${libsDir}/*'`
    const config = `${base}/config/server.properties`
    machine.write('/etc/hosts', allHosts)
    machine.write('/etc/hostname', `kafka-${index + 1}\n`)
    machine.write(`${base}/config/log4j2.properties`, log4jProperties())
    machine.write(
      config,
      kafkaProperties({
        nodeId: index + 1,
        zone,
        host: hostOf(index),
        bindAddress: '0.0.0.0',
        ports: PORTS,
        voters: ZONES.map((_, other) => ({ nodeId: other + 1, host: hostOf(other) })),
        logDir: '/var/lib/aftershock/log',
        timeouts: 'tuned',
      }),
    )
    machine.write(`${base}/aftershock.mjs`, readFileSync(bundle, 'utf8'))
    machine.write(`${base}/agent.key`, KEY, 0o600)
    machine.write(`${base}/stand-in.mjs`, STAND_IN)
    machine.write(
      `${base}/start.sh`,
      this.#brokers === 'kafka'
        ? `set -e
mkdir -p /var/lib/aftershock/log
[ -e /var/lib/aftershock/log/meta.properties ] ||
  java -Xmx256m ${classes} kafka.tools.StorageTool format --ignore-formatted --cluster-id ${CLUSTER} --config ${config}
exec java ${SMALL_JVM.join(' ')} ${mark} ${classes} kafka.Kafka ${config}
`
        : `exec ${process.execPath} ${base}/stand-in.mjs ${mark} ${ZONES.map((_, other) => hostOf(other)).join(' ')}\n`,
    )
    // Of the real unit, what a deed on it meets: systemd starts it again after two seconds.
    machine.write(
      '/etc/systemd/system/aftershock-node.service',
      `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/bash ${base}/start.sh
Restart=always
RestartSec=2
SuccessExitStatus=143
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
`,
    )
    machine.write(
      '/etc/systemd/system/aftershock-agent.service',
      `[Service]
ExecStart=${process.execPath} ${base}/aftershock.mjs agent --name kafka-${index + 1} --host ${hostOf(index)} --key-file ${base}/agent.key --mark ${mark}
Restart=always
StandardOutput=append:/var/log/aftershock-agent.log
StandardError=inherit
`,
    )
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
        const said = readFileSync(join(this.moto.dir, `gateway-${zone}.log`), 'utf8')
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
        `${seen.join(', ')}\n${this.#machines.map(machine => `${machine.read('/var/log/aftershock-node.log').slice(-800)}\n${machine.read('/var/log/aftershock-agent.log').slice(-400)}`).join('\n')}`,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.kill('SIGKILL')
    await this.#ssm?.[Symbol.asyncDispose]()
    for (const machine of this.#machines) await machine[Symbol.asyncDispose]()
    await this.#network[Symbol.asyncDispose]()
    await this.moto[Symbol.asyncDispose]()
  }
}

function environmentFile(): string {
  return `account: '${MOTO_ACCOUNT}'
environment: ${ENVIRONMENT}
platform: kafka
owner: me
costCenter: mine
expires: '2999-12-31'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: ${BASE}.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 6 }
timeouts: tuned
security: plaintext
brokers: { perZone: 1, instanceType: t4g.small }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 300, instanceType: t4g.small }
distribution: { source: 'maven-jars:chaos/drivers/local/setup/kafka', sha256: unset }
`
}
