import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type FleetSpec, fleetSchema } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import type { FleetSample } from '../record/samples.ts'
import { formatDuration } from '../core/units.ts'
import { loadContract } from '../drill/load-contract.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { brokerLogin } from '../kafka/broker-login.ts'
import { durationOf, keptTopics, type KeptTopicsArguments } from '../fleet/kept-topics.ts'
import { fleetShard, type ShardArguments } from '../fleet/shard.ts'
import { ShardOutlet } from '../run/shard-outlet.ts'
import { runShard, type ShardHeaderFile } from '../run/run-shard.ts'
import { shippedContract } from '../shipped-contract.ts'
import { systemClock } from '../system-clock.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'

interface Options extends ShardArguments, KeptTopicsArguments {
  readonly contract?: string
  readonly drill?: string
  readonly payloadBytes?: string
  readonly for?: string
  readonly wait: string
  readonly out?: string
  readonly json?: true
}

const LONGEST_FLEET = '365d'

export function register(program: Command, io: Io): void {
  program
    .command('fleet')
    .description('drive one shard of a fleet against any Kafka, without breaking anything')
    .option('--bootstrap <host:port,…>', 'brokers to ask first (default: $BOOTSTRAP_SERVERS)')
    .option('--zone <name>', 'where its devices and gateways are (default: $NODE_ZONE)')
    .option('--shard <k/n>', 'the first of three is 1/3 (default: $SHARD_INDEX from 0, $SHARD_COUNT)')
    .option('--devices <total>', 'of all shards together (default: $SHARD_DEVICES times $SHARD_COUNT)')
    .option('--contract <file>', 'the topics; those that are missing are made (default: the shipped one)')
    .option(
      '--retention <duration>',
      'topics that are made keep no more than this (default: $RETENTION, else as the contract says)',
    )
    .option(
      '--segment-bytes <number>',
      "in segments of this size, the least of what goes at once (default: $SEGMENT_BYTES, else Kafka's 1 GiB)",
    )
    .option(
      '--tiered <duration>',
      'topics that are made keep this on the brokers and the rest in a tier (default: $LOCAL_RETENTION)',
    )
    .option(
      '--payload-bytes <number>',
      'of each record of telemetry (default: $TELEMETRY_BYTES, else 200); a drill says its own',
    )
    .option('--drill <file>', 'the fleet of this drill, and its contract (default: the defaults of a fleet)')
    .option(
      '--for <duration>',
      `for example 10m, at most ${LONGEST_FLEET} (default: until SIGTERM or Ctrl-C)`,
    )
    .option('--wait <duration>', 'how long to wait for brokers and topics', '60s')
    .option(
      '--out <dir>',
      'a folder that does not exist yet (default: <name>-<time> in $SHARD_DIR or shards)',
    )
    .option('--json', 'print what is in shard.json at the end; progress goes to standard error')
    .addHelpText(
      'after',
      `
Brokers that want a login (SCRAM-SHA-512 over TLS): set BROKER_USERNAME, BROKER_PASSWORD, and BROKER_AUTHORITY, the
certificates to trust; the latter two also from files, BROKER_PASSWORD_FILE and BROKER_AUTHORITY_FILE.`,
    )
    .action(async (options: Options) => fleet(options, io))
}

async function fleet(options: Options, io: Io): Promise<void> {
  const drill = options.drill === undefined ? null : (await loadDrill(options.drill, io.cwd)).drill
  const shard = fleetShard(options, io.env, drill?.fleet.devices)
  const login = brokerLogin(io.env)
  const kept = keptTopics(options, io.env)
  const contract =
    options.contract === undefined
      ? (drill?.contract ?? shippedContract())
      : await loadContract(resolve(io.cwd, options.contract), options.contract)
  const spec: FleetSpec = { ...(drill?.fleet ?? usualFleet(options, io.env)), devices: shard.devices }
  const stamp = new Date(systemClock.wallMs()).toISOString().slice(0, 19).replace(/[-:]/g, '')
  const outDir = resolve(io.cwd, options.out ?? join(io.env.SHARD_DIR || 'shards', `${shard.name}-${stamp}`))
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  const report = everyTenSeconds(progress)
  const outlet = new ShardOutlet({ shard: shard.name, env: io.env, progress })
  using stop = interruption('Its histories have no end, and count as incomplete.', io.stderr)
  try {
    const ran = await runShard({
      shard,
      login,
      ...kept,
      spec,
      contract,
      seed: drill?.seed ?? '1',
      outDir,
      waitMs: durationOf('--wait', options.wait, '24h'),
      forMs: options.for === undefined ? null : durationOf('--for', options.for, LONGEST_FLEET),
      signal: stop.signal,
      clock: systemClock,
      onSample: sample => {
        report(sample)
        outlet.add(sample)
      },
      progress,
    })
    progress(ending(ran))
    await outlet.close(outDir)
    if (options.json) io.stdout.write(`${JSON.stringify(ran)}\n`)
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error
    progress('stopped before anything was sent')
  }
  if (stop.signal.aborted && wasCtrlC(stop.signal.reason)) throw new ExitStatus(EXIT.interrupted)
}

/** Where no drill says what the fleet is. @throws AftershockError `usage` for a payload that no device may have. */
function usualFleet({ payloadBytes }: Options, env: Io['env']): FleetSpec {
  const text = payloadBytes ?? (env.TELEMETRY_BYTES || undefined)
  if (text === undefined) return fleetSchema.parse({ devices: 1 })
  const parsed = fleetSchema.safeParse({ devices: 1, telemetry: { payloadBytes: Number(text) } })
  if (parsed.success) return parsed.data
  throw new AftershockError('usage', `--payload-bytes is '${text}'`, {
    hint: 'a whole number from 64 to 65536; it may also come from TELEMETRY_BYTES',
  })
}

/** A service that is told to stop has done nothing wrong; a person who interrupts it is told so, as everywhere. */
function wasCtrlC(reason: unknown): boolean {
  return reason instanceof Error && reason.message === 'Ctrl-C'
}

const PROGRESS_MS = 10_000

function everyTenSeconds(progress: (line: string) => void): (sample: FleetSample) => void {
  let next = PROGRESS_MS
  return ({ t, intervalMs, acked, unknown, failed, buffered, dropped, latency }) => {
    if (t < next) return
    next = t + PROGRESS_MS
    const rate = Math.round((acked * 1000) / intervalMs)
    progress(
      `${formatDuration(t)}: ${rate} records/s acknowledged, p99 ${latency.p99} ms; ` +
        `failed ${failed}, unknown ${unknown}, waiting ${buffered}, dropped ${dropped}`,
    )
  }
}

function ending({ shard, ended }: ShardHeaderFile): string {
  if (!ended) return shard
  const { t, acked, failed, unknown, dropped, refused, undelivered } = ended
  return (
    `${shard}: ${acked} records acknowledged in ${formatDuration(t)}; ` +
    `failed ${failed}, unknown ${unknown}, dropped ${dropped}, refused ${refused}, not delivered ${undelivered}`
  )
}
