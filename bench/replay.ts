import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contractSchema } from '../chaos/core/contract.ts'
import type { ProcessIdentity } from '../chaos/core/process-identity.ts'
import { type StartedLab, removeLab, startLab } from '../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../chaos/drivers/local/lab/lab-admin.ts'
import { ensureLab } from '../chaos/drivers/local/setup/lab.ts'
import { identityOf } from '../chaos/machine/process-table.ts'
import { systemClock } from '../chaos/system-clock.ts'
import { runKafkaTool } from '../test/local/kafka-tool.ts'
import { makeTopics } from '../test/local/make-topics.ts'
import { fleetContract } from '../test/local/test-contract.ts'
import { tell } from './measured.ts'
import { fails, OtherWork } from './other-work.ts'

/**
 * What it takes to read a topic whole, with a history and digests of every record, against Kafka's own
 * ConsumerPerformance, which counts bytes: the same records from the same three brokers' page cache over the same links,
 * in turns. `node --import tsx bench/replay.ts [records] [pairs] [readers]`; readers are of `log`, `log+2`, `group`.
 */
const records = Number(process.argv[2] ?? 1_000_000)
const pairs = Number(process.argv[3] ?? 3)
const readers = (process.argv[4] ?? 'log').split(',')
const RECORD_BYTES = 200
const TOPIC = 'history'
const clock = systemClock
const say = (line: string) => void process.stderr.write(`${line}\n`)
const root = mkdtempSync(join(tmpdir(), 'aftershock-bench-'))
const dir = join(root, 'lab')
const program = fileURLToPath(new URL('..', import.meta.url))

interface Took {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly bytes: number
}

// Whatever it is started for, the program builds itself first when its sources have changed.
spawnSync(process.execPath, [join(program, 'bin', 'aftershock.mjs'), '--version'], {
  stdio: ['ignore', 2, 2],
})
const software = await ensureLab({ clock, progress: say })
try {
  const user = identityOf(process.pid) as ProcessIdentity
  const lab = await startLab({ block: 8, dir, kind: 'run', timeouts: 'tuned', user, software, clock })
  await fill(lab)
  await consumerPerformance(lab)
  for (const reader of readers) {
    const found: { ours: number; peer: number; byOthers: number }[] = []
    for (let pair = 0; pair < pairs; pair++) {
      const others = new OtherWork(lab.supervisor.state.processes.map(({ process: { pid } }) => pid))
      const peer = await consumerPerformance(lab)
      others.child(peer.cpuSeconds)
      const ours = readOnce(lab, reader, pair)
      others.child(ours.cpuSeconds)
      const byOthers = others.share()
      const ratio = perMegabyte(ours) / perMegabyte(peer)
      found.push({ ours: perMegabyte(ours), peer: perMegabyte(peer), byOthers })
      process.stdout.write(
        `${reader.padEnd(6)} ${words(ours)}; ConsumerPerformance ${words(peer)}; ratio of CPU ${ratio.toFixed(2)}, ` +
          `of throughput ${((ours.bytes / ours.seconds / peer.bytes) * peer.seconds).toFixed(2)}; other work ${Math.round(byOthers * 100)}%\n`,
      )
    }
    const what = `reading ${records.toLocaleString('en')} records of ${RECORD_BYTES} B (${reader}) against ConsumerPerformance`
    tell({ bench: 'replay', what, unit: 'ms of CPU a MB', pairs: found, wanted: 1.3 })
  }
} finally {
  await removeLab(dir, clock)
  rmSync(root, { recursive: true, force: true })
}

function perMegabyte({ cpuSeconds, bytes }: Took): number {
  return (cpuSeconds * 1000) / (bytes / 1e6)
}

function words(took: Took): string {
  const rate = took.bytes / 1e6 / took.seconds
  return `${rate.toFixed(0)} MB/s, ${perMegabyte(took).toFixed(1)} ms of CPU a MB`
}

/** As the fleet writes them, of 6 partitions; those of the first brokers' page cache when they are read. */
async function fill(lab: StartedLab): Promise<void> {
  const replicaAssignment = [1, 2, 3, 1, 2, 3].map((leader, partition) => ({ partition, replicas: [leader] }))
  await withLabAdmin(lab.layout, admin => makeTopics(admin, [{ topic: TOPIC, replicaAssignment }]))
  const payloads = join(root, 'payloads')
  const payload = (i: number) => `{"id":"d${i % 2000}/1/${i}","class":"telemetry","at":1700000000000,"pad":"`
  writeFileSync(
    payloads,
    Array.from({ length: 5000 }, (_, i) => `${payload(i).padEnd(RECORD_BYTES - 2, 'x')}"}`).join('\n'),
  )
  await runKafkaTool(
    lab,
    'ProducerPerformance',
    ['--topic', TOPIC, '--num-records', String(records), '--throughput', '-1', '--payload-file', payloads]
      .concat('--producer-props', `bootstrap.servers=${bootstrap(lab)}`, 'acks=1', 'linger.ms=20')
      .concat('batch.size=65536'),
    { clock, deadlineMs: 300_000 },
  )
}

function bootstrap(lab: StartedLab): string {
  return `${lab.layout.directAddress(1).host}:9092`
}

async function consumerPerformance(lab: StartedLab): Promise<Took> {
  const args = ['--topic', TOPIC, '--num-records', String(records), '--timeout', '60000']
  const { cpuSeconds, said } = await runKafkaTool(
    lab,
    'ConsumerPerformance',
    [...args, '--bootstrap-server', bootstrap(lab)],
    { clock, deadlineMs: 300_000, node: 3 },
  )
  // start.time, end.time, data.consumed.in.MB, MB.sec, nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, …
  const row = said.trim().split('\n').at(-1)?.split(', ') ?? []
  const [megabytes, read, fetchMs] = [Number(row[2]), Number(row[4]), Number(row[7])]
  if (!(read >= records)) fails(`ConsumerPerformance read ${read} of ${records}: ${said}`)
  return { seconds: fetchMs / 1000, cpuSeconds, bytes: megabytes * 1024 * 1024 }
}

function readOnce(lab: StartedLab, reader: string, pair: number): Took {
  const { topology, dial } = lab.layout
  const [kind, threads = '0'] = reader.split('+')
  const promise = { ...fleetContract.topics['telemetry'], replayWindow: '1h', retention: '1h', partitions: 6 }
  // Parsed here and read there as it is: only its topics' names and windows count.
  const contract = contractSchema.parse({ contract: 'bench', topics: { [TOPIC]: promise } })
  const job = {
    dist: join(program, 'dist'),
    kind,
    threads: Number(threads),
    topology,
    addresses: Object.fromEntries(topology.nodes.map(({ host }) => [host, dial('az-c', host, 'client')])),
    contract,
    dir: join(root, `${reader}-${pair}`),
    group: `bench-${reader}-${pair}`,
  }
  const once = fileURLToPath(new URL('replay-once.mjs', import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [once, JSON.stringify(job)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  })
  if (status !== 0) fails(`the reader ended with ${status}`)
  return JSON.parse(stdout) as Took
}
