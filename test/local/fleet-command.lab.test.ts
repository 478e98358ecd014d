import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { auditRun } from '../../chaos/audit/audit-run.ts'
import type { AuditResult } from '../../chaos/record/audit-file.ts'
import type { Clock } from '../../chaos/core/clock.ts'
import type { HistoryLine } from '../../chaos/record/history.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { finalRead } from '../../chaos/replay/final-read.ts'
import { clockFromZero } from '../../chaos/run/run-clock.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { shipped } from '../stacks/synthesized.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { putParameter, sha256, upload } from './moto-node.ts'
import { type PlainCluster, startPlainCluster } from './plain-cluster.ts'
import { linesOf, type Settings, settingsOf, type Started, taskOf, watch } from './shard-process.ts'
import { fleetContract } from './test-contract.ts'

/** Nobody listens there. */
const NOWHERE = '127.86.0.9:9092'

describe('a shard of the fleet, from the file that a machine of the stacks fetches', function () {
  this.timeout(300_000)
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-shards-'))
  const program = join(dir, 'machine', 'aftershock.mjs')
  const started: Started[] = []
  let cluster: PlainCluster

  before(async () => {
    await stage(dir, program)
    cluster = await startPlainCluster()
  })
  after(async () => {
    for (const { child } of started) if (child.exitCode === null) child.kill('SIGKILL')
    await cluster?.[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  /** As systemd starts it: the program alone in its folder, and the settings of the stack as its environment. */
  function start(settings: Settings, name: string, ...args: string[]): Started {
    const env = { PATH: dirname(process.execPath), ...settings, SHARD_DIR: join(dir, name) }
    const child = spawn(process.execPath, [program, 'fleet', ...args], { cwd: dirname(program), env })
    const shard = watch(child, join(dir, name))
    started.push(shard)
    return shard
  }

  /** No account is at hand here; an empty setting means that there is none. */
  const here = (shard: string): Settings => ({
    ...settingsOf(shipped('lab'), shard),
    BOOTSTRAP_SERVERS: cluster.bootstrap,
    EVIDENCE_URI: '',
    METRIC_NAMESPACE: '',
  })

  it('makes the topics, drives its own devices beside another shard, drains when told to stop, and loses nothing', async () => {
    const clock = clockFromZero(systemClock)
    const shards = ['fleet-az-a-1', 'fleet-az-b-1'].map(name => start(here(name), name))
    for (const shard of shards) await shard.acknowledged(600)
    for (const { child } of shards) child.kill('SIGTERM')
    assert.deepEqual(await Promise.all(shards.map(shard => shard.exit)), [0, 0])
    await keepsWhatDisksAreSizedFor(cluster, shards.map(shard => shard.output()).join(''))
    const again = start(here('fleet-az-a-1'), 'again', '--for', '2s', '--json')
    assert.equal(await again.exit, 0, again.output())

    const headers = [...shards, again].map(shard => shard.header())
    assert.deepEqual(
      headers.map(({ shard, zone, firstDevice, devices, ended }) => [
        shard,
        zone,
        firstDevice,
        devices,
        ended?.by,
        ended?.undelivered,
      ]),
      [
        ['fleet-az-a-1', 'az-a', 0, 300, 'signal', 0],
        ['fleet-az-b-1', 'az-b', 300, 300, 'signal', 0],
        ['fleet-az-a-1', 'az-a', 0, 300, 'time', 0],
      ],
    )
    assert.deepEqual(JSON.parse(again.stdout()), headers[2])
    const sent = [...shards, again].map(shard => sentBy(shard.folder()))
    for (const [i, { devices }] of sent.entries()) assert.deepEqual(devices, i === 1 ? [300, 599] : [0, 299])
    const ids = sent.flatMap(shard => shard.acknowledged)
    assert.equal(new Set(ids).size, ids.length)
    for (const [i, shard] of [...shards, again].entries()) {
      assert.equal(headers[i]?.ended?.acked, sent[i]?.acknowledged.length)
      assert.equal(shard.sampled(), sent[i]?.acknowledged.length)
    }

    const audit = await auditOf([...shards, again], join(dir, 'run'), cluster, clock)
    assert.equal(audit.verdict, 'pass', JSON.stringify(audit, null, 2))
    assert.equal(audit.counts.acked, ids.length)
  })

  it('goes on when the broker that leads its partitions is killed, and loses nothing that was acknowledged', async () => {
    const clock = clockFromZero(systemClock)
    const contract = join(dir, 'contract.yaml')
    writeFileSync(contract, JSON.stringify(smallContract()))
    const shard = start(here('fleet-az-a-1'), 'survivor', '--contract', contract)
    await shard.acknowledged(300)
    const leader = await leaderOf(cluster, 'small-telemetry')
    await cluster.kill(leader)
    await shard.acknowledged(shard.sampled() + 1500)
    cluster.start(leader)
    await shard.acknowledged(shard.sampled() + 300)
    shard.child.kill('SIGTERM')
    assert.equal(await shard.exit, 0, shard.output())
    assert.equal(shard.header().ended?.undelivered, 0)
    const { anomalyCounts, counts } = await auditOf([shard], join(dir, 'survived'), cluster, clock)
    assert.equal(counts.acked, sentBy(shard.folder()).acknowledged.length)
    assert.equal(anomalyCounts['lost-write'], 0)
    assert.equal(anomalyCounts['device-reorder'], 0)
  })

  it('ends with 130 when a person interrupts it, after draining', async () => {
    const shard = start(here('fleet-az-c-1'), 'interrupted')
    await shard.acknowledged(1)
    shard.child.kill('SIGINT')
    assert.equal(await shard.exit, 130)
    assert.equal(shard.header().ended?.undelivered, 0)
    assert.ok(sentBy(shard.folder()).acknowledged.length > 0)
  })

  it('ends at once when it is told to stop before it has found a broker', async () => {
    const shard = start(here('fleet-az-c-1'), 'waiting', '--bootstrap', NOWHERE)
    await waitFor('it to look for a broker', () => shard.output().includes('looking for'), {
      clock: systemClock,
      deadlineMs: 60_000,
    })
    shard.child.kill('SIGTERM')
    assert.equal(await shard.exit, 0, shard.output())
    assert.match(shard.output(), /stopped before anything was sent/)
  })

  it('ends with 69 where no broker answers in time, and leaves nothing behind', async () => {
    const shard = start(here('fleet-az-c-1'), 'alone', '--bootstrap', NOWHERE, '--wait', '500ms')
    assert.equal(await shard.exit, 69)
    assert.match(shard.output(), /waited 0.5 s for a broker of 127.86.0.9:9092 to answer/)
    assert.throws(() => readdirSync(join(dir, 'alone')))
  })

  describe('in a task of Fargate', () => {
    let moto: Moto

    before(async function () {
      const tools = pythonTools('moto_server', 'aws')
      if (typeof tools === 'string') {
        process.stderr.write(`tasks: skipped, because ${tools}\n`)
        this.skip()
      }
      moto = await startMoto(tools, 'eu-west-1')
    })
    after(() => moto?.[Symbol.asyncDispose]())

    it('fetches the program, finds brokers that have no names, publishes what alarms read, and stores its folder', async () => {
      const { command, settings } = taskOf('automq', 'fleet-az-a-1', { security: 'plaintext' })
      const uri = await upload(moto, program, 'program.mjs')
      await putParameter(moto, `${settings.BOOTSTRAP_SERVERS_PATH}/1`, 'none')
      await putParameter(moto, `${settings.BOOTSTRAP_SERVERS_PATH}/2`, cluster.bootstrap.split(',')[2] ?? '')
      const container = join(dir, 'container')
      mkdirSync(container)
      const child = spawn('sh', ['-c', command.replaceAll('/tmp/', `${container}/`)], {
        cwd: container,
        env: {
          ...moto.env,
          ...settings,
          PROGRAM_URI: uri,
          PROGRAM_SHA256: sha256(program),
          EVIDENCE_URI: uri.replace('program.mjs', 'evidence'),
          SHARD_DEVICES: '50',
          SHARD_DIR: join(dir, 'task'),
        },
      })
      const task = watch(child, join(dir, 'task'))
      started.push(task)
      await task.acknowledged(100)
      // The shell has become the program: what ECS signals is what drains.
      child.kill('SIGTERM')
      assert.equal(await task.exit, 0, task.output())

      const { acked } = task.header().ended ?? assert.fail('it has not ended')
      const [name] = readdirSync(join(dir, 'task'))
      for (const file of ['shard.json', 'samples/fleet.jsonl', 'history/gw-az-a-1.jsonl'])
        assert.equal(
          await moto.get('s3', `assets/evidence/${name}/${file}`),
          readFileSync(join(task.folder(), file), 'utf8'),
        )
      const sum = (metric: string) => published(moto, settings.METRIC_NAMESPACE ?? '', metric, 'fleet-az-a-1')
      assert.equal(await sum('AckedRecords'), acked)
      assert.equal(await sum('EdgeDroppedRecords'), 0)
    })
  })
})

/** The bundle that a deployment would upload, alone in a folder. */
async function stage(dir: string, program: string): Promise<void> {
  const script = packageFile('lib', 'assets', 'stage-program.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    cwd: packageRoot(),
    env: { ...process.env, XDG_CACHE_HOME: join(dir, 'cache') },
  })
  mkdirSync(dirname(program))
  copyFileSync(stdout.trim(), program)
  rmSync(join(dir, 'cache'), { recursive: true })
}

/** The shipped contract under other names. */
function smallContract() {
  const terms = { replayWindow: '1h', retention: '1h', partitions: 2 }
  const topics = Object.entries(fleetContract.topics).map(
    ([name, promise]) => [`small-${name}`, { ...promise, ...terms }] as const,
  )
  return { contract: 'small', topics: Object.fromEntries(topics) }
}

/** The topics of the shipped contract, made by a shard of `lab`. */
async function keepsWhatDisksAreSizedFor({ kafka }: PlainCluster, said: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: Object.keys(fleetContract.topics).map(name => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
    })),
  })
  await admin.disconnect()
  assert.equal(resources.length, 4)
  for (const { resourceName, configEntries } of resources) {
    const valueOf = (name: string) => configEntries.find(entry => entry.configName === name)?.configValue
    assert.equal(valueOf('retention.ms'), String(6 * 3_600_000), resourceName)
    assert.equal(valueOf('segment.bytes'), String(128 * 1024 ** 2), resourceName)
  }
  assert.match(said, /operations: kept for 6 h, the environment's limit; promised are 720 h/)
}

async function leaderOf({ kafka }: PlainCluster, topic: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.disconnect()
  return topics[0]?.partitions[0]?.leader ?? assert.fail(`nobody leads ${topic}`)
}

/** What a shard's history says; it must be whole. */
function sentBy(folder: string): { devices: [number, number]; acknowledged: string[] } {
  const devices = new Set<number>()
  const acknowledged: string[] = []
  for (const file of readdirSync(join(folder, 'history'))) {
    const lines = linesOf<HistoryLine>(join(folder, 'history', file))
    assert.equal(lines.at(-1)?.kind, 'end')
    const sends = new Map<number, string[][]>()
    for (const line of lines) {
      if (line.kind === 'invoke') {
        const parts = line.parts.map(([topic, , , ids]) => ids.map(id => `${topic} ${id}`))
        for (const record of parts.flat()) devices.add(Number(/ d(\d+)\//.exec(record)?.[1]))
        sends.set(line.op, parts)
      }
      if (line.kind !== 'ok' && line.kind !== 'settled') continue
      // Of a request whose parts fared differently, some were acknowledged.
      const parts = sends.get(line.op) ?? []
      const isAcked = (i: number) => line.kind === 'ok' || line.parts[i]?.[0] === 'acked'
      acknowledged.push(...parts.filter((_, i) => isAcked(i)).flat())
    }
  }
  return { devices: [Math.min(...devices), Math.max(...devices)], acknowledged }
}

/** The audit of a run whose gateways were those of the shards, with what the brokers have stored as its witness. */
async function auditOf(
  shards: readonly Started[],
  run: string,
  { topology }: PlainCluster,
  clock: Clock,
): Promise<AuditResult> {
  const contract = shards[0]?.header().contract ?? fleetContract
  mkdirSync(join(run, 'history'), { recursive: true })
  const gateways = shards.flatMap((shard, i) => {
    const history = join(shard.folder(), 'history')
    return readdirSync(history).map(file => {
      copyFileSync(join(history, file), join(run, 'history', `${i}-${file}`))
      return file.replace('.jsonl', '')
    })
  })
  writeFileSync(join(run, 'run.json'), JSON.stringify({ drill: { contract } }))
  writeFileSync(join(run, 'journal.jsonl'), `${JSON.stringify({ kind: 'fleet.started', gateways })}\n`)
  const read = await finalRead({
    contract,
    topology,
    zone: 'az-a',
    dial: (_zone, host) => ({ host, port: 9092 }),
    clock,
    historyDir: join(run, 'history'),
    groupId: `stored-${contract.contract}`,
    onTrouble: message => assert.fail(message),
  })
  assert.ok(read.isComplete)
  return auditRun(run)
}

/** The sum that an alarm would see. */
async function published(moto: Moto, namespace: string, metric: string, shard: string): Promise<number> {
  const hourMs = 3_600_000
  const time = (offsetMs: number) => new Date(systemClock.wallMs() + offsetMs).toISOString()
  const answer = await moto.query('monitoring', '2010-08-01', 'GetMetricStatistics', {
    Namespace: namespace,
    MetricName: metric,
    'Dimensions.member.1.Name': 'Shard',
    'Dimensions.member.1.Value': shard,
    StartTime: time(-hourMs),
    EndTime: time(hourMs),
    Period: '60',
    'Statistics.member.1': 'Sum',
  })
  const sums = [...answer.matchAll(/<Sum>([^<]+)</g)].map(match => Number(match[1]))
  assert.ok(sums.length > 0, `nothing of ${namespace} ${metric} was published: ${answer}`)
  return sums.reduce((sum, value) => sum + value, 0)
}
