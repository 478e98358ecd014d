import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { FleetSpec } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { seededRandom } from '../core/random.ts'
import type { FleetSample } from '../record/samples.ts'
import { waitFor } from '../core/wait.ts'
import { writeDocument } from '../record/bounded-files.ts'
import { withAdmin } from '../kafka/admin.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { ClusterView } from '../kafka/cluster-view.ts'
import { requireCompression } from '../kafka/compressors.ts'
import { startFleet } from '../fleet/fleet.ts'
import type { StartedFleet } from '../fleet/started-fleet.ts'
import type { FleetShard } from '../fleet/shard.ts'
import { fleetTopics } from '../fleet/streams.ts'
import { type KeepingTerms, type TierTerms, type TopicSettings, topicSettings } from '../platforms/topics.ts'
import { makeNewFolder } from '../out-place.ts'
import { programVersion } from '../staged-program.ts'
import { clockFromZero } from './run-clock.ts'
import { Sampler } from './sampler.ts'

export interface ShardRunOptions {
  readonly shard: FleetShard
  /** null for brokers that ask nobody who they are. */
  readonly login: BrokerLogin | null
  /** What stays on the brokers of topics that are made, where closed segments go to a tier; null: everything does. */
  readonly tier: TierTerms | null
  /** What of topics that are made is kept, and in what pieces, where the environment says so. */
  readonly keep: KeepingTerms
  /** Its `devices` are those of this shard. */
  readonly spec: FleetSpec
  readonly contract: Contract
  readonly seed: string
  /** Must not exist. */
  readonly outDir: string
  /** How long brokers and topics are waited for. */
  readonly waitMs: number
  /** null: until the signal. */
  readonly forMs: number | null
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly onSample: (sample: FleetSample) => void
  readonly progress: (line: string) => void
}

/**
 * `shard.json` beside `history/` and `samples/`: who wrote them. Times in both count from `startedAtWallMs`. Records are
 * `d<number>/<epoch>/<sequence>`; the epoch is the second in which the shard started, so that a shard that is
 * started again, wherever, never gives an id twice.
 */
export interface ShardHeaderFile {
  readonly format: 1
  readonly shard: string
  readonly zone: string
  /** `euw1-az2`; null where nobody said it. Absent in shards of before 2026-12. */
  readonly zoneId?: string | null
  /** From 0. */
  readonly index: number
  readonly count: number
  readonly firstDevice: number
  readonly devices: number
  readonly epoch: number
  readonly gateways: readonly string[]
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly zone: string }[]
  readonly contract: Contract
  readonly fleet: FleetSpec
  readonly seed: string
  readonly startedAtWallMs: number
  readonly versions: Readonly<Record<string, string>>
  /** null while it runs, and for ever when it was killed. */
  readonly ended: ShardEnding | null
}

export interface ShardEnding {
  readonly t: number
  readonly by: 'time' | 'signal'
  readonly acked: number
  readonly failed: number
  readonly unknown: number
  readonly dropped: number
  /** Given up, because brokers refused them for what they are. */
  readonly refused: number
  /** Records that devices still held at the deadline for draining. */
  readonly undelivered: number
}

/** Time for what devices still hold. ECS and systemd are told to wait for longer (lib/assets/README.md). */
export const DRAIN_MS = 20_000
const SAMPLE_MS = 1000

/**
 * Drives one shard until its time is over or the signal comes, lets its devices deliver what they hold, and closes
 * its histories. @throws AftershockError `unavailable` when brokers or topics are not there in time, or it cannot compress.
 */
export async function runShard(options: ShardRunOptions): Promise<ShardHeaderFile> {
  const { shard, login, spec, contract, seed, signal, outDir, progress } = options
  const startedAtWallMs = Math.round(options.clock.wallMs())
  const clock = clockFromZero(options.clock)
  const epoch = Math.floor(startedAtWallMs / 1000)
  requireCompression(spec.compression)
  progress(
    `${shard.name}: looking for ${shard.bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')}`,
  )
  await using view = await ClusterView.find(
    { bootstrap: shard.bootstrap, zone: shard.zone, clock, login, onTrouble: progress },
    options.waitMs,
    signal,
  )
  await prepareTopics(view, options, Math.max(1, options.waitMs - clock.now()), clock)
  makeNewFolder(outDir)
  mkdirSync(join(outDir, 'samples'))
  await using fleet = await startFleet({
    spec,
    contract,
    topology: view.topology,
    dial: view.dial,
    clock,
    random: seededRandom(`${seed}/${shard.index}/${epoch}`),
    historyDir: join(outDir, 'history'),
    leaderOf: view.leaderOf,
    onTrouble: progress,
    login,
    part: { firstDevice: shard.firstDevice, gatewaysBefore: shard.index * spec.gatewaysPerZone, epoch },
  })
  const header: ShardHeaderFile = {
    format: 1,
    shard: shard.name,
    zone: shard.zone,
    zoneId: shard.zoneId,
    index: shard.index,
    count: shard.count,
    firstDevice: shard.firstDevice,
    devices: shard.devices,
    epoch,
    gateways: fleet.gateways.map(gateway => gateway.name),
    brokers: view.topology.nodes.map(({ id, host, zone }) => ({ id, host, zone })),
    contract,
    fleet: spec,
    seed,
    startedAtWallMs,
    versions: { aftershock: programVersion(), node: process.versions.node },
    ended: null,
  }
  writeHeader(outDir, header)
  progress(
    `${shard.name}: devices ${shard.firstDevice} to ${shard.firstDevice + shard.devices - 1} in ${shard.zone}, ` +
      `${header.brokers.length} brokers, writing to ${outDir}`,
  )
  const ended = await drive(fleet, options, clock)
  writeHeader(outDir, { ...header, ended })
  return { ...header, ended }
}

async function drive(fleet: StartedFleet, options: ShardRunOptions, clock: Clock): Promise<ShardEnding> {
  const { outDir, signal, forMs, progress } = options
  const totals = { acked: 0, failed: 0, unknown: 0, dropped: 0, refused: 0 }
  let last = clock.now()
  const take = (t: number): FleetSample => {
    const sample = { t, intervalMs: Math.max(1, Math.round(clock.now() - last)), ...fleet.take() }
    last = clock.now()
    for (const key of ['acked', 'failed', 'unknown', 'dropped', 'refused'] as const)
      totals[key] += sample[key] ?? 0
    options.onSample(sample)
    return sample
  }
  const sampler = new Sampler({
    name: 'fleet',
    directory: join(outDir, 'samples'),
    everyMs: SAMPLE_MS,
    clock,
    sample: t => [take(t)],
    onFailure: (_, error) => progress(`no sample: ${error}`),
  })
  await (forMs === null ? until(signal) : clock.sleep(forMs, signal).catch(() => {}))
  const by = signal.aborted ? 'signal' : 'time'
  fleet.stopGenerating()
  progress(`stopping: devices have ${DRAIN_MS / 1000} s to deliver what they hold`)
  const undelivered = await fleet.drain(DRAIN_MS)
  await sampler.stop()
  // Closes the histories; what was still in flight is unknown from here on, and belongs into the last sample.
  await fleet[Symbol.asyncDispose]()
  const sample = take(Math.round(clock.now()))
  appendFileSync(join(outDir, 'samples', 'fleet.jsonl'), `${JSON.stringify(sample)}\n`)
  return { t: sample.t, by, ...totals, undelivered }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Makes the topics that are missing, as the contract says; several shards may do so at once. */
async function prepareTopics(
  view: ClusterView,
  { contract, login, tier, keep, signal, progress }: ShardRunOptions,
  deadlineMs: number,
  clock: Clock,
): Promise<void> {
  const topics = fleetTopics(contract)
  const missing = topics.filter(({ topic }) => view.partitionsOf(topic) === 0).map(({ topic }) => topic)
  if (missing.length > 0) {
    progress(`making ${missing.join(', ')}, as the contract says`)
    for (const topic of missing) sayWhatIsLess(topic, contract, keep, progress)
    const settings = topicSettings(contract, { isReplicated: true, tier, keep })
    await createTopics(
      view,
      login,
      settings.filter(({ topic }) => missing.includes(topic)),
    )
  }
  await waitFor(
    'every partition to have a leader',
    async () => {
      await view.refresh()
      return topics.every(({ topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => view.leaderOf(topic, partition)).every(
          leader => leader !== null,
        ),
      )
    },
    {
      clock,
      deadlineMs,
      everyMs: 250,
      signal,
      lastSeen: () =>
        topics
          .map(({ topic, partitions }) => `${view.partitionsOf(topic)} of ${partitions} of ${topic}`)
          .join(', '),
    },
  )
}

/** An environment may keep less than was promised, but never without a word. */
function sayWhatIsLess(
  topic: string,
  { topics }: Contract,
  { retentionMs = Number.POSITIVE_INFINITY }: KeepingTerms,
  progress: (line: string) => void,
): void {
  const promised = topics[topic]?.retention ?? 0
  if (promised <= retentionMs) return
  progress(
    `${topic}: kept for ${hours(retentionMs)}, the environment's limit; promised are ${hours(promised)}`,
  )
}

const hours = (ms: number) => `${Math.round(ms / 360_000) / 10} h`

async function createTopics(
  view: ClusterView,
  login: BrokerLogin | null,
  missing: readonly TopicSettings[],
): Promise<void> {
  const brokers = view.brokers.map(({ host, port }) => ({ host, port }))
  try {
    await withAdmin({ clientId: 'aftershock-shard', brokers, login, retries: 2 }, async admin => {
      // False when another shard was faster. Its own wait asks a broker that may not have heard of the topic yet.
      for (const settings of missing) await admin.createTopics({ waitForLeaders: false, topics: [settings] })
    })
  } catch (error) {
    throw new AftershockError(
      'unavailable',
      `cannot make ${missing.map(({ topic }) => topic).join(', ')}: ${reasonOf(error)}`,
      {
        hint: 'make them yourself, as the contract says, and start again',
        cause: error,
      },
    )
  }
}

/** kafkajs keeps what the broker said about each topic apart from its own words. */
function reasonOf(error: unknown): string {
  const each =
    error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : [error]
  return each.map(messageOf).join('; ')
}

function writeHeader(outDir: string, header: ShardHeaderFile): void {
  writeDocument(join(outDir, 'shard.json'), header)
}
