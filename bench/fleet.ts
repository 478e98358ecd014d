import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FleetSpec, fleetSchema } from '../chaos/core/drill.ts'
import type { ProcessIdentity } from '../chaos/core/process-identity.ts'
import { seededRandom } from '../chaos/core/random.ts'
import { type StartedLab, removeLab, startLab } from '../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../chaos/drivers/local/lab/lab-admin.ts'
import { labTopics } from '../chaos/drivers/local/lab/lab-topics.ts'
import { localDriver } from '../chaos/drivers/local/local-driver.ts'
import { identityOf } from '../chaos/machine/process-table.ts'
import { ensureLab } from '../chaos/drivers/local/setup/lab.ts'
import { startFleet } from '../chaos/fleet/fleet.ts'
import { createTopics } from '../chaos/run/topics.ts'
import { systemClock } from '../chaos/system-clock.ts'
import { runKafkaTool } from '../test/local/kafka-tool.ts'
import { fleetContract } from '../test/local/test-contract.ts'
import { tell } from './measured.ts'
import { OtherWork } from './other-work.ts'

/**
 * CPU that the fleet spends on a record, against Kafka's own ProducerPerformance: the same number of records of
 * the same size, the same brokers and topic, one after the other in the same run.
 * `node --import tsx bench/fleet.ts [records a second] [seconds]`, 10,000 and 20 unless told otherwise.
 */
const rate = Number(process.argv[2] ?? 10_000)
const seconds = Number(process.argv[3] ?? 20)
const PAYLOAD_BYTES = 200
const clock = systemClock
const root = mkdtempSync(join(tmpdir(), 'aftershock-bench-'))
const dir = join(root, 'lab')
const software = await ensureLab({
  clock,
  progress: line => void process.stderr.write(`${line}\n`),
})

try {
  const lab = await startLab({
    block: 8,
    dir,
    kind: 'run',
    timeouts: 'tuned',
    user: identityOf(process.pid) as ProcessIdentity,
    software,
    clock,
  })
  using driver = localDriver(lab)
  await createTopics({
    topics: labTopics(fleetContract, 'kafka', new Set()),
    driver,
    admin: work => withLabAdmin(lab.layout, work),
    clock,
  })
  const { partitions } = await driver.cluster.describe()
  const leaderOf = (topic: string, partition: number) => partitions[`${topic}/${partition}`]?.leader ?? null

  await driveFleet(lab, leaderOf, 3)
  const others = new OtherWork(lab.supervisor.state.processes.map(({ process: { pid } }) => pid))
  const fleet = await driveFleet(lab, leaderOf, seconds)
  const peer = await producerPerformance(lab, fleet.records)
  others.child(peer.cpuSeconds)
  process.stderr.write(peer.said.trim().split('\n').at(-1)?.concat('\n') ?? '')
  const byOthers = others.share()
  const fleetMicros = (fleet.cpuSeconds / fleet.records) * 1e6
  const peerMicros = (peer.cpuSeconds / fleet.records) * 1e6
  process.stdout.write(
    [
      `records                   ${fleet.records} of about ${PAYLOAD_BYTES} B, acks=all, 3 replicas`,
      `fleet                     ${fleetMicros.toFixed(1)} µs of CPU a record (${fleet.devices} devices, ${fleet.sends} requests, history and latency kept)`,
      `ProducerPerformance       ${peerMicros.toFixed(1)} µs of CPU a record, its JVM's start included`,
      `other work                ${Math.round(byOthers * 100)}% of the machine's CPU`,
      `devices per core          ${Math.floor((fleet.devices * fleet.wallSeconds) / fleet.cpuSeconds)} at one record a second each`,
      '',
    ].join('\n'),
  )
  const what = `${rate.toLocaleString('en')} audited records a second against ProducerPerformance`
  const pairs = [{ ours: fleetMicros, peer: peerMicros, byOthers }]
  tell({ bench: 'fleet', what, unit: 'µs of CPU a record', pairs, wanted: 1.25 })
} finally {
  await removeLab(dir, clock)
  rmSync(root, { recursive: true, force: true })
}

async function driveFleet(
  lab: StartedLab,
  leaderOf: (topic: string, partition: number) => number | null,
  forSeconds: number,
) {
  const rare = 3_600_000
  const spec: FleetSpec = fleetSchema.parse({
    devices: rate,
    telemetry: { intervalMs: 1000, payloadBytes: PAYLOAD_BYTES },
    stateChangeEveryMs: rare,
    commandEveryMs: rare,
    operationEveryMs: rare,
    integrationEveryMs: rare,
  })
  await using fleet = await startFleet({
    spec,
    contract: fleetContract,
    topology: lab.layout.topology,
    dial: lab.layout.dial,
    clock,
    random: seededRandom(1),
    historyDir: mkdtempSync(join(root, 'history-')),
    leaderOf,
    onTrouble: message => void process.stderr.write(`${message}\n`),
  })
  const before = process.cpuUsage()
  const start = clock.now()
  let records = 0
  let sends = 0
  const take = () => {
    const sample = fleet.take()
    records += sample.acked
    sends += sample.sends
  }
  for (let second = 0; second < forSeconds; second++) {
    await clock.sleep(1000)
    take()
  }
  fleet.stopGenerating()
  const left = await fleet.drain(30_000)
  take()
  if (left > 0)
    throw new Error(`${left} records were not acknowledged: the machine is too busy for this rate`)
  const { user, system } = process.cpuUsage(before)
  return {
    records,
    sends,
    devices: rate,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (clock.now() - start) / 1000,
  }
}

function producerPerformance(lab: StartedLab, records: number) {
  return runKafkaTool(
    lab,
    'ProducerPerformance',
    ['--topic', 'telemetry', '--num-records', String(records), '--record-size', String(PAYLOAD_BYTES)]
      .concat('--throughput', String(rate), '--producer-props')
      .concat(`bootstrap.servers=${lab.layout.directAddress(1).host}:9092`, 'acks=all', 'linger.ms=100')
      .concat('batch.size=131072', 'enable.idempotence=false'),
    { clock, deadlineMs: (seconds * 3 + 60) * 1000 },
  )
}
