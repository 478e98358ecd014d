import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { compatibilityScorecard } from '../compatibility/compatibility-row.ts'
import { compatibilityWords } from '../compatibility/compatibility-words.ts'
import { LINES } from '../compatibility/lines/index.ts'
import { type Found, tryPlatform } from '../compatibility/try-platform.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import type { Address } from '../core/network.ts'
import { printableDeep } from '../core/printable.ts'
import { nearest } from '../drill/nearest.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import type { Setup } from '../drivers/environment.ts'
import { labOfMachine, otherClients } from '../drivers/index.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { makeNewFolder, refuseTaken } from '../out-place.ts'
import { DEFAULT_PLATFORM, PLATFORM_NAMES } from '../platforms/index.ts'
import { type Compatibility, writeCompatibility } from '../record/compatibility.ts'
import { writeScorecard } from '../record/scorecard.ts'
import { programVersions, runId } from '../run/prepare.ts'
import { systemClock } from '../system-clock.ts'
import { checkedPrefix } from './attach-options.ts'
import { type ClientLoginOptions, clientLogin, COMMAND_CONFIG } from './client-login.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import {
  addPlatformOptions,
  chosenPlatform,
  platformChoice,
  type PlatformOptions,
} from './platform-options.ts'

interface Options extends ClientLoginOptions, Omit<PlatformOptions, 'platform'> {
  readonly platform?: string
  readonly bootstrap?: string
  readonly topicPrefix: string
  readonly only?: string
  readonly out?: string
  readonly list?: true
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  addPlatformOptions(
    program
      .command('compatibility')
      .description('try what a fleet and its teams need of a platform, with clients that share no code')
      .addOption(
        new Option(
          '--platform <name>',
          `a lab of its own with ${PLATFORM_NAMES.join(', ')}; with --bootstrap, what the cluster is (default: ${DEFAULT_PLATFORM})`,
        ),
      ),
  )
    .option('--bootstrap <host:port,…>', 'a cluster that is there, by brokers to ask first')
    .option(...COMMAND_CONFIG)
    .option(
      '--topic-prefix <text>',
      'what topics and groups of the try begin with',
      'aftershock.compatibility.',
    )
    .option('--only <lines>', 'these lines alone, with commas')
    .option('--out <dir>', 'a new folder for its result (default: one under runs/)')
    .option('--list', 'print the lines, and try nothing')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Clients: kafkajs; librdkafka by confluent-kafka of Python (AFTERSHOCK_PYTHON, else python3); Kafka's own in Java.
What it makes bears a mark that nobody guesses, and is deleted at the end.`,
    )
    .action(async (options: Options) => compatibility(options, io))
}

async function compatibility(options: Options, io: Io): Promise<void> {
  const only = linesOf(options.only)
  if (options.list) return printLines(options, io)
  const wallMs = systemClock.wallMs()
  const id = runId('compatibility', wallMs)
  const out = resolve(io.cwd, options.out ?? join('runs', id))
  refuseTaken(out)
  using stop = interruption('What it made bears the prefix, and may be left.', io.stderr)
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  const setup: Setup = { env: io.env, clock: systemClock, progress, signal: stop.signal }
  await using place = await placeOf(options, io, setup)
  const tried = await tryPlatform({
    ...place,
    prefix: checkedPrefix(options.topicPrefix),
    ...(only && { only }),
    ...(await clientsOf(setup)),
    kafkajsVersion: programVersions().kafkajs,
    clock: systemClock,
    signal: stop.signal,
    onAnswer: (line, client, { verdict, shown }) => {
      progress(
        `${client.padEnd(11)}${line}: ${verdict === 'not-run' ? 'not run' : verdict}${verdict === 'pass' ? '' : `: ${shown}`}`,
      )
    },
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
    throw new AftershockError('interrupted', 'interrupted; what it had made was deleted')
  })
  const { platform, software, where } = place
  const result: Compatibility = printableDeep({
    format: 1 as const,
    at: new Date(wallMs).toISOString(),
    platform,
    software,
    where,
    ...tried,
  })
  mkdirSync(dirname(out), { recursive: true })
  makeNewFolder(out)
  writeCompatibility(out, result)
  writeScorecard(out, compatibilityScorecard(result, id))
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ dir: out, ...result })}\n`
      : `${compatibilityWords(result, widthOf(io.stdout))}\nResult: ${shownPath(join(out, 'compatibility.json'), io.cwd)}\n`,
  )
  if (result.verdict !== 'pass') throw new ExitStatus(EXIT[result.verdict])
}

interface Place extends AsyncDisposable {
  readonly bootstrap: readonly Address[]
  readonly login: BrokerLogin | null
  readonly pids: readonly number[]
  readonly platform: string | null
  readonly software: Compatibility['software']
  readonly where: string
}

async function placeOf(options: Options, io: Io, setup: Setup): Promise<Place> {
  const { bootstrap, platform } = options
  if (bootstrap !== undefined) {
    const servers = bootstrapServers(bootstrap)
    return {
      bootstrap: servers,
      login: clientLogin(options, io),
      pids: [],
      platform: platform === undefined ? null : chosenPlatform(platform).platform,
      software: null,
      where: servers.map(({ host, port }) => `${host}:${port}`).join(','),
      async [Symbol.asyncDispose]() {},
    }
  }
  if (options.commandConfig !== undefined)
    throw new AftershockError('usage', '--command-config is for a cluster that is there', {
      hint: 'add --bootstrap host:port, or leave it out: a lab makes its own logins',
    })
  const choice = platformChoice({ ...options, platform: platform ?? DEFAULT_PLATFORM }, io)
  await requireHealthyMachine(io)
  const started = await (await labOfMachine()).forClients(choice, setup)
  return {
    ...started,
    platform: choice.platform,
    where: 'lab',
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  }
}

/** What is not there leaves lines open; it does not end the try. */
async function clientsOf(setup: Setup): Promise<{ readonly librdkafka: Found; readonly java: Found }> {
  const { findLibrdkafka, ensureProbeClients } = await otherClients()
  const found = await findLibrdkafka(setup.env)
  const librdkafka: Found = found
    ? {
        version: found.version,
        program: found.python,
        args: [found.script],
        cwd: dirname(found.script),
      }
    : { why: 'there is no confluent-kafka in Python here (`aftershock doctor` says how to get it)' }
  try {
    const { version, java, classPath, mainClass } = await ensureProbeClients(setup)
    const args = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, mainClass]
    return { librdkafka, java: { version, program: java, args, cwd: setup.env['HOME'] ?? '/' } }
  } catch (error) {
    setup.signal?.throwIfAborted()
    return { librdkafka, java: { why: messageOf(error) } }
  }
}

/** @throws AftershockError `usage` for a name that is no line's */
function linesOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').map(word => word.trim())
  const known = LINES.map(({ line }) => line)
  const odd = names?.find(name => !known.includes(name))
  if (odd === undefined) return names
  const guess = nearest(odd, known)
  throw new AftershockError('usage', `--only: there is no line '${odd}'`, {
    hint: `${guess === undefined ? '' : `did you mean ${guess}? `}\`aftershock compatibility --list\` prints them`,
  })
}

function printLines({ json }: Options, io: Io): void {
  if (json) {
    const lines = LINES.map(({ line, asks, neededBy }) => ({ line, asks, neededBy }))
    io.stdout.write(`${JSON.stringify({ lines })}\n`)
    return
  }
  const longest = Math.max(...LINES.map(({ line }) => line.length))
  for (const { line, asks } of LINES) io.stdout.write(`${line.padEnd(longest + 2)}${asks}\n`)
}
