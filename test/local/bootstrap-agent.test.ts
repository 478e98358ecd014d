import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { AgentClient } from '../../chaos/drivers/aws/agent/agent-client.ts'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { log4jProperties } from '../../chaos/platforms/kafka/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { userDataScript } from '../../lib/constructs/user-data.ts'
import { nodeDocument } from '../../lib/node-document.ts'
import { BROKER_CLUSTER, brokerProperties } from './bootstrap-broker.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { deployNode, putSecret, sha256, upload } from './moto-node.ts'
import { scriptOf } from './ssm-stand-in.ts'
import { noSystemd, SystemdMachine } from './systemd-machine.ts'

const NAME = 'kafka-1'
const HOST = 'kafka-1.test.internal'
const LOG = '/var/log/aftershock-node.log'
const LOG_DIR = '/var/lib/aftershock/log'
const SECRET = 'aftershock/test/agent'
const KEY = 'a-key-of-this-test-and-of-nothing-else'

/** Stands where the JVM is: it formats a folder as that does, with an id of its own each time, and then lives. */
const JAVA = `#!/bin/bash
case "$*" in
  *-version*) echo 'openjdk version "17"' >&2 ;;
  *StorageTool*) printf 'version=1\\nnode.id=1\\ncluster.id=${BROKER_CLUSTER}\\ndirectory.id=%s\\n' "$RANDOM$RANDOM" >${LOG_DIR}/meta.properties ;;
  *) while :; do sleep 1; done ;;
esac
`

/** The unit of the agent as the bootstrap script makes it, on a machine with a systemd of its own, and AWS a local endpoint. */
describe('the agent of a node under systemd', function () {
  this.timeout(600_000)
  let moto: Moto
  let machine: SystemdMachine

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    const missing = typeof tools === 'string' ? tools : noSystemd()
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`the agent of a node: skipped, because ${missing}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    await deploy()
    const dir = join(moto.dir, 'machine')
    mkdirSync(dir)
    machine = new SystemdMachine(dir, {
      PATH: `/opt/stand-in:${tools.bin}:${process.env.PATH ?? ''}`,
      HOME: '/root',
      ...Object.fromEntries(
        Object.entries(moto.env).filter(([key, value]) => key.startsWith('AWS_') && value !== undefined) as [
          string,
          string,
        ][],
      ),
      AFTERSHOCK_METADATA: 'http://127.0.0.1:9',
      AFTERSHOCK_ADDRESS: '127.0.0.1',
    })
    machine.write('/opt/stand-in/java', JAVA, 0o755)
    machine.write('/user-data.sh', userDataScript(`/test/${NAME}`))
    await machine.boot()
    // The agent is no root, and the AWS CLI of tests may be in a folder that only root may enter.
    await machine.run('chmod o+rx ~root ~root/.cache 2>/dev/null || true')
    await machine.run('bash /user-data.sh')
  })
  after(async () => {
    await machine?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  async function deploy(): Promise<void> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [packageFile('lib', 'assets', 'stage-program.mjs')],
      { cwd: packageRoot(), env: { ...process.env, XDG_CACHE_HOME: join(moto.dir, 'cache') } },
    )
    const program = stdout.trim()
    const layout = join(moto.dir, 'kafka')
    mkdirSync(join(layout, 'libs'), { recursive: true })
    writeFileSync(join(layout, 'libs', 'stand-in.jar'), 'not Kafka')
    const archive = join(moto.dir, 'kafka.tar')
    execFileSync('tar', ['-cf', archive, '-C', layout, 'libs'])
    await putSecret(moto, SECRET, KEY)
    await deployNode(moto, moto.dir, {
      name: NAME,
      settings: {
        NODE_ROLE: 'kafka',
        NODE_HOST: HOST,
        CLUSTER_ID: BROKER_CLUSTER,
        DISTRIBUTION_URI: await upload(moto, archive, 'kafka.tar'),
        DISTRIBUTION_SHA256: sha256(archive),
        PLUGINS: '',
        JVM_OPTIONS: '',
        VOLUME_ID: '',
        LOG_GROUP: '',
        AGENT_URI: await upload(moto, program, 'program.mjs'),
        AGENT_SHA256: sha256(program),
        AGENT_SECRET: SECRET,
        AGENT_STORE_BUCKET: 'tier',
      },
      files: {
        'server.properties': brokerProperties(LOG_DIR, HOST),
        'log4j2.properties': log4jProperties(),
      },
    })
  }

  const agent = () =>
    new AgentClient({
      name: NAME,
      address: { host: '127.0.0.1', port: AGENT_PORT },
      key: Buffer.from(KEY),
      clock: systemClock,
    })
  const deed = (words: Readonly<Record<string, string>>) =>
    machine.run(scriptOf(nodeDocument(), { LeaseSeconds: '600', ...words }))
  const show = (what: string) => machine.run(`systemctl show aftershock-node-agent -P ${what}`)
  const until = (what: string, is: () => Promise<boolean>) =>
    waitFor(what, () => is().catch(() => false), {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 500,
      lastSeen: () => machine.read(LOG).slice(-2000),
    })
  const runs = () => until('the node to run', async () => (await agent().look()).state === 'running')

  it('is started by the bootstrap script, as the node’s user, and knows the process and the disk', async () => {
    await runs()
    const look = await agent().look()
    assert.deepEqual([look.name, look.host, look.faults], [NAME, HOST, []])
    assert.equal(String(look.process?.pid), await machine.run('systemctl show aftershock-node -P MainPID'))
    const { directoryId, clusterId, segmentBytes } = await agent().disk()
    assert.deepEqual([clusterId, segmentBytes], [BROKER_CLUSTER, 0])
    assert.ok(directoryId !== null)
    assert.deepEqual([await show('User'), await show('ActiveState')], ['aftershock', 'active'])
    assert.equal(await machine.run('stat -c "%U %a" /run/aftershock/agent.key'), 'aftershock 600')
    await machine.says(LOG, /tools: what drills do to links can be done here/)
  })

  it('asks the store that its settings name, with a key that is signed with', async () => {
    assert.equal((await agent().store(5000)).outcome, 'answered')
  })

  it('has its node killed, wiped by the bootstrap script and started by the document; nothing that runs is wiped', async () => {
    const earlier = await agent().disk()
    await assert.rejects(deed({ Deed: 'wipe' }), /the node is not held/)
    await deed({ Deed: 'kill' })
    const held = await agent().look()
    assert.deepEqual([held.state, held.faults], ['absent', ['unit']])
    await deed({ Deed: 'wipe' })
    const wiped = await agent().disk()
    assert.equal(wiped.clusterId, BROKER_CLUSTER)
    assert.notEqual(wiped.directoryId, earlier.directoryId)
    assert.equal((await agent().look()).state, 'absent')
    await deed({ Deed: 'start' })
    await runs()
    assert.deepEqual([(await agent().look()).faults, await agent().disk()], [[], wiped])
  })

  it('is back when it is killed, with the node as it was', async () => {
    const node = (await agent().look()).process
    const pid = await show('MainPID')
    await machine.run(`kill -KILL ${pid}`)
    await until(
      'the agent again',
      async () => (await show('MainPID')) !== pid && Boolean(await agent().look()),
    )
    assert.deepEqual((await agent().look()).process, node)
  })

  it('is a unit that systemd has no complaint about', async () => {
    const unit = '/run/systemd/system/aftershock-node-agent.service'
    assert.equal(await machine.run(`systemd-analyze verify ${unit} 2>&1`), '')
  })
})
