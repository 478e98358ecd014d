import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { messageOf } from '../../chaos/core/errors.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { kafkaProperties } from '../../chaos/platforms/kafka/properties.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { makeTopics } from './make-topics.ts'
import { PLAIN_HOSTS, type PlainCluster, startPlainCluster } from './plain-cluster.ts'

const PROGRAM = packageFile('lib', 'assets', 'bootstrap', 'node-answers.py')
const TOPIC = 'kept'
const THROTTLED = [
  'follower.replication.throttled.rate=1',
  'follower.replication.throttled.replicas=*',
] as const

/** What a node says of itself before CloudFormation goes on to the next one. */
describe('whether a node serves and is in sync', function () {
  this.timeout(300_000)
  let cluster: PlainCluster
  let dir: string

  before(async function () {
    if (spawnSync('python3', ['--version']).status !== 0) {
      process.stderr.write('whether a node serves: skipped, because there is no python3\n')
      this.skip()
    }
    dir = mkdtempSync(join(tmpdir(), 'aftershock-answers-'))
    cluster = await startPlainCluster()
    const admin = cluster.kafka.admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: TOPIC, numPartitions: 1, replicationFactor: 3 }])
    await admin.disconnect()
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    if (dir) rmSync(dir, { recursive: true, force: true })
  })

  /** @param roles what the node is told that it is; `at`: the port where it is told that clients find it */
  function ask(
    node: number,
    roles?: 'controller',
  ): { readonly status: number | null; readonly said: string } {
    const file = join(dir, `${node}.properties`)
    const text = kafkaProperties({
      nodeId: node,
      zone: 'az-a',
      host: PLAIN_HOSTS[node - 1] ?? '',
      bindAddress: '0.0.0.0',
      ports: { client: 9092, control: 9093, replication: 9094 },
      voters: PLAIN_HOSTS.map((host, index) => ({ nodeId: index + 1, host })),
      logDir: dir,
      timeouts: 'tuned',
      ...(roles && { roles }),
    })
    writeFileSync(file, text)
    const { status, stdout, stderr } = spawnSync('python3', [PROGRAM, file], { encoding: 'utf8' })
    return { status, said: `${stdout}${stderr}`.trim() }
  }

  async function answers(node: number, status: number, said: RegExp): Promise<void> {
    let last = ask(node)
    const isSo = () => {
      last = ask(node)
      return last.status === status && said.test(last.said)
    }
    await waitFor(`broker ${node} to end with ${status} and say ${said}`, isSo, {
      clock: systemClock,
      deadlineMs: 90_000,
      everyMs: 500,
      lastSeen: () => `${last.status}: ${last.said}`,
    })
  }

  async function configure(change: '--add-config' | '--delete-config'): Promise<void> {
    const words = THROTTLED.map(word => (change === '--add-config' ? word : word.replace(/=.*/, '')))
    const entities = [
      ['brokers', '2', words[0] ?? ''],
      ['topics', TOPIC, words[1] ?? ''],
    ]
    const server = `${PLAIN_HOSTS[0]}:9092`
    for (const [type = '', name = '', word = ''] of entities) {
      const entity = ['--entity-type', type, '--entity-name', name]
      await cluster.tool(
        'kafka.admin.ConfigCommand',
        '--bootstrap-server',
        server,
        '--alter',
        ...entity,
        change,
        word,
      )
    }
  }

  /** 5 MB. A client is asked anew where the broker that it was to write to is the one that is away. */
  async function write(): Promise<void> {
    const messages = Array.from({ length: 20 }, () => ({ value: 'x'.repeat(50_000) }))
    let [batches, last] = [0, '']
    const attempt = async (): Promise<boolean> => {
      const producer = cluster.kafka.producer()
      try {
        await producer.connect()
        for (; batches < 5; batches++) await producer.send({ topic: TOPIC, acks: -1, messages })
        return true
      } catch (error) {
        last = messageOf(error)
        return false
      } finally {
        await producer.disconnect().catch(() => {})
      }
    }
    const options = { clock: systemClock, deadlineMs: 60_000, everyMs: 500, lastSeen: () => last }
    await waitFor('100 records to be written', attempt, options)
  }

  it('is so on each of three brokers, as broker and as voter', async () => {
    for (const node of [1, 2, 3]) await answers(node, 0, /^$/)
    assert.deepEqual(ask(3, 'controller'), { status: 0, said: '' })
  })

  it('is not so while a broker that is there has not what it should have, and is again when it has', async () => {
    // A broker takes its own configuration while it is there.
    await configure('--add-config')
    await cluster.kill(2)
    await write()
    // A broker that is away keeps nobody: what it lacks, it lacks alone.
    await answers(1, 0, /^$/)
    assert.equal(ask(2).status, 1)
    cluster.start(2)
    await answers(2, 1, /^kept-0 is not in sync on broker 2$/)
    await answers(1, 1, /^kept-0 is not in sync on broker 2$/)
    await configure('--delete-config')
    await answers(2, 0, /^$/)
    await answers(1, 0, /^$/)
  })

  it('cannot be so of one that is alone: it says that it waits for the others', async () => {
    await cluster.kill(2)
    await cluster.kill(3)
    await answers(1, 3, /./)
  })
})
