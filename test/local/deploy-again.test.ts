import {
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { parameters } from './moto-inventory.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { clientOf } from './moto-network.ts'
import { putParameter, sha256 } from './moto-node.ts'
import { run } from './run-program.ts'
import { noSystemd, SystemdMachine } from './systemd-machine.ts'

const ENVIRONMENT = 'again'
const BROKER = 'automq-1'
const HOST = '127.84.6.1'
const LOG = '/var/log/aftershock-node.log'
const addressOf = (index: number) => `/aftershock/${ENVIRONMENT}/addresses/${index}`

/**
 * Stands for AutoMQ's process, in its layout: it listens where the properties say, and says what it was started with.
 * The start of a node is tried with it, and nothing of what a broker keeps.
 */
const START = `set -e
host=$(sed -n 's/^advertised.listeners=.*PLAINTEXT:\\/\\/\\([0-9.]*\\):9092.*/\\1/p' "$1")
echo "stand-in: $(sha256sum <"$1" | cut -c 1-64) at $host"
exec python3 -c 'import socketserver, sys
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer((sys.argv[1], 9092), socketserver.BaseRequestHandler).serve_forever()' "$host"
`

/** `cdk deploy` twice on the local endpoint; a node that boots from what each of them left, under a real systemd. */
describe('an environment that is deployed again with other tags', function () {
  this.timeout(1_200_000)
  let moto: Moto
  let machine: SystemdMachine | undefined
  let programs = ''
  let file = ''
  let distribution = ''

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`an environment that is deployed again: skipped, because ${tools}\n`)
      this.skip()
    }
    programs = tools.bin
    moto = await startMoto(tools, 'eu-west-1')
    await bootstrapAccount(moto)
    distribution = standIn(moto.dir)
    file = join(moto.dir, `${ENVIRONMENT}.yaml`)
  })
  after(async () => {
    await machine?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  async function deploy(tags: { readonly owner: string; readonly expires: string }): Promise<void> {
    writeFileSync(file, environmentFile(distribution, tags))
    const args = ['deploy', '--environment', file, '--yes', '--', '--method=direct', '--ci']
    const env = { ...moto.env, CDK_VALIDATION: 'false' }
    const { status, stderr } = await run(
      process.execPath,
      [packageFile('bin', 'aftershock.mjs'), ...args],
      env,
    )
    const log = () => readFileSync(join(moto.dir, 'moto.log'), 'utf8').slice(-3000)
    assert.equal(status, 0, status === 0 ? '' : `${log()}\n${stderr}`)
  }

  it('has brokers where they were, and everything that a node reads or is made of as it was', async () => {
    await deploy({ owner: 'me', expires: '2999-12-31' })
    for (const index of [1, 2, 3]) assert.equal((await parameters(moto)).get(addressOf(index)), 'none')
    // Two brokers as they would write it; the first is booted, where that can be done.
    for (const index of [2, 3]) await putParameter(moto, addressOf(index), `10.79.0.${index}:9092`)
    machine = noSystemd() === null ? await bootedBroker() : undefined
    if (!machine) await putParameter(moto, addressOf(1), `${HOST}:9092`)
    const first = await deployed(moto)
    assert.equal(first.parameters[addressOf(1)], `${HOST}:9092`)
    assert.equal(first.owner, 'me')
    await deploy({ owner: 'somebody else', expires: '2998-12-31' })
    const { owner, ...now } = await deployed(moto)
    assert.equal(owner, 'somebody else')
    const { owner: _, ...same } = first
    assert.deepEqual(now, same)
  })

  it('has a broker that serves after its next boot, with the configuration and the address of before', async function () {
    const missing = noSystemd()
    if (!machine || missing !== null) {
      process.stderr.write(`a boot after a change of tags: skipped, because ${missing}\n`)
      this.skip()
    }
    const [first] = started(machine)
    await machine.crash()
    await machine.boot()
    await waitFor('the next start', () => started(machine as SystemdMachine).length > 1, {
      ...WAIT,
      lastSeen: () => machine?.read(LOG).slice(-2000) ?? '',
    })
    await takesConnections()
    assert.deepEqual(started(machine), [first, first])
    // It brought settings and files anew, and found nothing that has changed.
    assert.equal(machine.read(LOG).match(/settings of \/aftershock\/again\/automq\/automq-1/g)?.length, 2)
    assert.doesNotMatch(machine.read(LOG), /starts with what is here/)
    const all = await parameters(moto)
    assert.deepEqual(
      [1, 2, 3].map(index => all.get(addressOf(index))),
      [`${HOST}:9092`, '10.79.0.2:9092', '10.79.0.3:9092'],
    )
  })

  /** By the user data of its own launch template, as it is deployed. */
  async function bootedBroker(): Promise<SystemdMachine> {
    const dir = join(moto.dir, 'machine')
    mkdirSync(dir)
    const booted = new SystemdMachine(dir, {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      HOME: '/root',
      ...Object.fromEntries(
        Object.entries(moto.env).filter(([key]) => key.startsWith('AWS_')) as [string, string][],
      ),
      AFTERSHOCK_METADATA: 'http://127.0.0.1:9',
      AFTERSHOCK_ADDRESS: HOST,
      AFTERSHOCK_AGAIN_SECONDS: '1',
      AFTERSHOCK_ADDRESS_SECONDS: '2',
    })
    try {
      await booted.boot()
      const { userData } = (await deployed(moto)).templates[BROKER] ?? {}
      assert.ok(userData, 'there is no launch template of it')
      booted.write('/user-data.sh', Buffer.from(userData, 'base64').toString())
      // The AWS CLI of tests may be in a folder that only root may enter, and a node's user is not root.
      await booted.run('chmod o+rx ~root ~root/.cache 2>/dev/null || true')
      await booted.run('bash /user-data.sh')
      const isThere = async () => (await parameters(moto)).get(addressOf(1)) === `${HOST}:9092`
      await waitFor('its address', isThere, { ...WAIT, lastSeen: () => booted.read(LOG).slice(-2000) })
      await takesConnections()
      return booted
    } catch (error) {
      await booted[Symbol.asyncDispose]()
      throw error
    }
  }
})

const WAIT = { clock: systemClock, deadlineMs: 180_000, everyMs: 500 }

/** Digest of its properties, and where it listens, of each start of its process. */
function started(machine: SystemdMachine): string[] {
  return [...machine.read(LOG).matchAll(/^stand-in: (.+)$/gm)].map(([, words = '']) => words)
}

async function takesConnections(): Promise<void> {
  const takes = () =>
    new Promise<boolean>(resolve => {
      const socket = connect(9092, HOST)
      socket.once('connect', () => (socket.destroy(), resolve(true)))
      socket.once('error', () => resolve(false))
    })
  await waitFor(`${HOST}:9092 to take connections`, takes, WAIT)
}

/** All that a node reads or is made of, and of the network the tag that is changed. */
async function deployed(moto: Moto) {
  const ec2 = new EC2Client(clientOf(moto))
  try {
    const Filters = [{ Name: 'tag:environment', Values: [ENVIRONMENT] }]
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters }))
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}))
    const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}))
    const templates = await Promise.all(
      LaunchTemplates.map(async ({ LaunchTemplateId, LatestVersionNumber }) => {
        const asked = { LaunchTemplateId, Versions: ['$Latest'] }
        const { LaunchTemplateVersions = [] } = await ec2.send(
          new DescribeLaunchTemplateVersionsCommand(asked),
        )
        const { UserData, TagSpecifications = [] } = LaunchTemplateVersions[0]?.LaunchTemplateData ?? {}
        const name = TagSpecifications[0]?.Tags?.find(({ Key }) => Key === 'Name')?.Value ?? ''
        return [name, { version: LatestVersionNumber, userData: UserData }] as const
      }),
    )
    const machines = Reservations.flatMap(({ Instances = [] }) => Instances).map(
      ({ InstanceId, State, PrivateIpAddress }) => [InstanceId, State?.Name, PrivateIpAddress] as const,
    )
    return {
      owner: Vpcs[0]?.Tags?.find(({ Key }) => Key === 'owner')?.Value,
      parameters: Object.fromEntries([...(await parameters(moto))].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      machines: machines.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
      templates: Object.fromEntries(templates.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }
  } finally {
    ec2.destroy()
  }
}

function standIn(dir: string): string {
  const layout = join(dir, 'staging', 'stand-in-not-automq')
  mkdirSync(join(layout, 'bin'), { recursive: true })
  mkdirSync(join(layout, 'libs'))
  writeFileSync(join(layout, 'bin', 'kafka-server-start.sh'), START)
  const archive = join(dir, 'stand-in.tar')
  execFileSync('tar', ['-cf', archive, '-C', join(layout, '..'), 'stand-in-not-automq'])
  return archive
}

function environmentFile(
  distribution: string,
  { owner, expires }: { readonly owner: string; readonly expires: string },
): string {
  return `account: '${MOTO_ACCOUNT}'
environment: ${ENVIRONMENT}
platform: automq
owner: ${owner}
costCenter: mine
expires: '${expires}'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: 10.79.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 2 }
timeouts: defaults
security: plaintext
brokers: { perZone: 1, instanceType: m7g.large }
controllers: { instanceType: m7g.medium }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 20, instanceType: c7g.large }
distribution: { source: 'file:${distribution}', sha256: ${sha256(distribution)} }
zoneRouter: false
`
}
