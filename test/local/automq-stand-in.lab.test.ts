import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { autoMqSoftware } from '../../chaos/drivers/local/nodes/automq-node.ts'
import { answerOf, clusterProbe } from '../../chaos/drivers/cluster-probe.ts'
import { kafkaRuntime, newKafkaUuid } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { labLayout } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { claimLab, type LabState } from '../../chaos/drivers/local/lab/lab-state.ts'
import { findByArgument, identityOf, signalProcess } from '../../chaos/machine/process-table.ts'
import { type RestartEvent, restartBrokers } from '../../chaos/drivers/local/nodes/restart-policy.ts'
import { autoMqPlatformSoftware, findAutoMq } from '../../chaos/drivers/local/setup/automq.ts'
import type { SetupOptions } from '../../chaos/drivers/local/setup/cache.ts'
import { endEverythingOf, labMarks, Supervisor } from '../../chaos/drivers/local/lab/supervisor.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import {
  classes,
  jarBytes,
  kafkaVersionFile,
  manyClasses,
  writeDistribution,
} from '../unit/local-driver/automq-jar-file.ts'
import { writeStandIn } from './stand-in-automq.ts'
import { TEST_BLOCK, testSoftware } from './test-lab.ts'

let root: string
let options: SetupOptions
let said: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aftershock-automq-'))
  said = []
  options = {
    env: { ...process.env, XDG_CACHE_HOME: join(root, 'cache') },
    clock: systemClock,
    progress: line => void said.push(line),
  }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('AutoMQ’s nodes, with a stand-in for its distribution', function () {
  this.timeout(240_000)

  it('are started by its scripts, known by the lab’s mark, started again when they end, and ended', async () => {
    const { kafka } = await testSoftware()
    const home = writeStandIn(join(root, 'automq-1.7.3_kafka-3.9.1'), kafka)
    const distribution = await findAutoMq({ dist: home, cwd: root }, options)
    assert.ok(distribution)
    assert.deepEqual([distribution.kind, distribution.kafkaVersion], ['stand-in', kafka.version])
    const software = autoMqPlatformSoftware(distribution, false)
    assert.match(software.name, /^stand-in .*not AutoMQ$/)

    const dir = join(root, 'lab')
    const runs = labOfStandIn(dir, home, { software, runtime: kafkaRuntime(kafka) })
    try {
      await runs.nodes.prepare()
      const ids = runs.layout.topology.nodes.map(node => node.id)
      const started = ids.map(node => runs.supervisor.start(runs.nodes.command(node)))
      // At once, while they are scripts, which may be in the middle of a command of their own; and later, as JVMs.
      const early = new Set(marked(dir))
      assert.ok(pids(started).every(pid => early.has(pid)))
      await registered(runs.layout, ids)
      assert.deepEqual(marked(dir), pids(started))
      assert.ok(ids.every(node => runs.nodes.look(node).directoryId !== null))
      await assert.rejects(runs.nodes.metrics(1, 1000))

      const events: RestartEvent[] = []
      await using policy = restartBrokers(runs, {
        held: () => new Set(),
        onEvent: event => void events.push(event),
        policy: { firstAfterMs: 100 },
      })
      signalProcess(started[1] as ProcessIdentity, 'SIGKILL')
      await waitFor('the broker to be started again', () => events.length > 0, {
        clock: systemClock,
        deadlineMs: 30_000,
      })
      await waitFor('the broker to answer again', () => answers(runs.layout, 2), {
        clock: systemClock,
        deadlineMs: 60_000,
        everyMs: 250,
      })
      await policy.stop()
      assert.deepEqual([events[0]?.kind, events[0]?.node], ['node.restarted', 2])
      assert.ok((events[0]?.lastWords.length ?? 0) > 0)
      assert.notEqual(runs.supervisor.find('broker', 2)?.process.pid, started[1]?.pid)
      assert.equal(marked(dir).length, 3)
    } finally {
      await endEverythingOf(dir, systemClock)
    }
    assert.deepEqual(marked(dir), [])
  })
})

describe('a tarball of AutoMQ', function () {
  this.timeout(30_000)

  const jars = {
    'kafka_2.13-3.9.1.jar': jarBytes({
      ...classes(
        'kafka/Kafka',
        'kafka/automq/AutoMQConfig',
        'kafka/autobalancer/metricsreporter/AutoBalancerMetricsReporter',
        ...manyClasses('kafka/automq', 25),
      ),
      ...kafkaVersionFile('3.9.1'),
    }),
    's3stream-3.9.1.jar': jarBytes(
      classes('com/automq/stream/s3/S3Storage', ...manyClasses('com/automq/stream', 60)),
    ),
  }
  function tarball(name: string, folder: string): string {
    execFileSync('tar', ['-czf', join(root, name), '-C', root, folder])
    return join(root, name)
  }

  it('is unpacked once under its checksum, and again when what was unpacked has changed', async () => {
    writeDistribution(join(root, 'automq-1.7.3_kafka-3.9.1'), jars)
    const dist = tarball('download.tgz', 'automq-1.7.3_kafka-3.9.1')
    const first = await findAutoMq({ dist, cwd: root }, options)
    assert.ok(first)
    assert.deepEqual([first.kind, first.version, first.kafkaVersion], ['product', '1.7.3', '3.9.1'])
    const checksum = /SHA-256 ([0-9a-f]{64})/.exec(said[0] ?? '')?.[1]
    assert.ok(checksum && first.home.includes(`automq-${checksum}`))
    assert.match(first.notes.join(' '), new RegExp(checksum))
    const unpacked = () => said.filter(line => line.includes('unpacking')).length
    assert.equal(unpacked(), 1)

    assert.deepEqual(await findAutoMq({ dist, cwd: root }, options), first)
    assert.equal(unpacked(), 1)

    writeFileSync(join(first.home, 'libs', 's3stream-3.9.1.jar'), readFileSync(dist))
    assert.deepEqual(await findAutoMq({ dist, cwd: root }, options), first)
    assert.equal(unpacked(), 2)
    assert.ok(said.some(line => line.includes('its jars have changed')))
  })

  it('of something else is refused, and nothing of it is kept', async () => {
    mkdirSync(join(root, 'other', 'bin'), { recursive: true })
    writeFileSync(join(root, 'other', 'bin', 'run.sh'), 'exit 0\n')
    const cut = tarball('cut.tgz', 'other')
    writeFileSync(cut, readFileSync(cut).subarray(0, 40))
    for (const [dist, message] of [
      [tarball('other.tgz', 'other'), /other\.tgz has no bin\/kafka-server-start\.sh/],
      [cut, /cut\.tgz cannot be unpacked/],
    ] as const)
      await assert.rejects(findAutoMq({ dist, cwd: root }, options), (error: AftershockError) => {
        assert.ok(error instanceof AftershockError)
        assert.equal(error.code, 'input')
        assert.match(error.message, message)
        return true
      })
    assert.deepEqual(readdirSync(join(root, 'cache', 'aftershock')), [])
  })
})

/** Nodes that reach each other directly: how links are made is not what is tested here. */
function labOfStandIn(dir: string, home: string, parts: Pick<LabState, 'runtime'> & { software: object }) {
  const whole = labLayout(TEST_BLOCK, dir, 'automq')
  const layout: typeof whole = {
    ...whole,
    addressOf: link => (link.listener === 's3' ? whole.storeAddress : whole.directAddress(link.to)),
  }
  const state = {
    format: 1,
    block: TEST_BLOCK,
    clusterId: newKafkaUuid(),
    timeouts: 'tuned',
    kind: 'run',
    user: identityOf(process.pid) as ProcessIdentity,
    ready: false,
    runtime: parts.runtime,
    platform: {
      platform: 'automq',
      software: parts.software as LabState['platform']['software'],
      tier: null,
      home,
    },
    store: null,
    startedAtWallMs: systemClock.wallMs(),
    processes: [],
  } satisfies LabState
  claimLab(dir, state)
  mkdirSync(join(dir, 'logs'), { recursive: true })
  const nodes = autoMqSoftware({
    layout,
    state,
    distribution: { home },
    zoneRouter: false,
    store: {
      endpoint: 'http://s3.lab:7070',
      dataBucket: 'data',
      opsBucket: 'ops',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      region: 'us-east-1',
    },
  })
  return { layout, nodes, supervisor: new Supervisor(dir, state, systemClock), clock: systemClock }
}

async function registered(layout: ReturnType<typeof labLayout>, ids: readonly number[]): Promise<void> {
  using probe = clusterProbe(new Map(ids.map(id => [id, layout.directAddress(id)])), systemClock)
  await waitFor(
    'three nodes to register',
    async () =>
      (await probe.registered()).size === ids.length && (await probe.describe()).controller !== null,
    { clock: systemClock, deadlineMs: 150_000, everyMs: 250 },
  )
}

const answers = async (layout: ReturnType<typeof labLayout>, node: number) =>
  (await answerOf(layout.directAddress(node), 1000, systemClock)) === 'answered'
const pids = (processes: readonly ProcessIdentity[]) => processes.map(({ pid }) => pid).sort((a, b) => a - b)
const marked = (dir: string) => pids(findByArgument(labMarks(dir)[0]))
