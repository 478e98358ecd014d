import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readEnvelope, readPeople, readRevoked } from '../approvals/approval-files.ts'
import { makeApproval } from '../approvals/replay-approval.ts'
import { makeRequest, payloadDigest, readRequestOf, type Signer } from '../approvals/replay-request.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { plural } from '../core/numbers.ts'
import { replayScope, type ReplayScope, scopeWords } from '../core/replay-scope.ts'
import { formatBytes } from '../core/units.ts'
import { loadContract } from '../drill/load-contract.ts'
import { durationOf } from '../fleet/kept-topics.ts'
import { refuseTaken } from '../out-place.ts'
import { writeText } from '../record/bounded-files.ts'
import { endApprovedReplay, grantedIn, runApprovedReplay } from '../run/approved-replay.ts'
import { statementWords, wordsOf } from '../run/event-words.ts'
import { type Envelope, formatEnvelope } from '../seal/dsse.ts'
import { readSealingKey } from '../seal/keys.ts'
import { systemClock } from '../system-clock.ts'
import { COMMAND_CONFIG } from './client-login.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'
import { type LiveOptions, type PlaceOptions, placeOf, stateFor, whoIsLive } from './replay-cluster.ts'

const LOGINS = `
Without --bootstrap it is the lab that is up (\`aftershock lab up --authorizer\`). Another cluster wants two logins:
--command-config of the principal that reads, --operator-config of whoever may change rights and quotas, as Kafka's own
tools take them. Or, for SCRAM-SHA-512 over TLS: BROKER_USERNAME and BROKER_PASSWORD of the principal that reads, OPERATOR_USERNAME and
OPERATOR_PASSWORD of whoever may change rights and quotas; BROKER_AUTHORITY has the certificates to trust. Passwords and
certificates also come from files: BROKER_PASSWORD_FILE, OPERATOR_PASSWORD_FILE, BROKER_AUTHORITY_FILE.`

export function register(program: Command, io: Io): void {
  const command = program
    .command('replay')
    .description('a replay that somebody asks for, another approves, and brokers enforce')
  scopeOptions(command.command('request'))
    .description('ask for a replay: what is to be read, by whom, and why; it is signed and nothing is read')
    .requiredOption('--contract <file>', 'the replay contract with the terms of the topics')
    .requiredOption('--topics <names>', 'topics of the contract, with commas')
    .requiredOption('--reason <sentence>', 'why it is needed; its approvers read this')
    .requiredOption('--as <name>', 'who asks')
    .requiredOption('--key <file>', 'their private key (`aftershock keygen`)')
    .option('--principal <name>', 'who is to read, as brokers know it', 'replay')
    .option('--bytes-per-second <number>', 'what each broker may hand out a second')
    .option('--bootstrap <host:port,…>', 'brokers to ask what there is to read; without it nobody is asked')
    .option(...COMMAND_CONFIG)
    .option('--out <file>', 'the request', 'replay-request.json')
    .option('--json', 'one JSON document')
    .action(async (options: RequestOptions) => request(options, io))
  scopeOptions(command.command('approve'))
    .argument('<request>', 'what was asked for')
    .description('approve it in the name of somebody whom the contract names, until a time; nothing is read')
    .requiredOption('--as <name>', 'who approves')
    .requiredOption('--key <file>', 'their private key')
    .option('--expires-in <duration>', 'how long it holds, at most 7d', '1h')
    .option('--topics <names>', 'only these of the topics')
    .option('--out <file>', 'the approval', 'replay-approval.json')
    .option('--json', 'one JSON document')
    .action(async (file: string, options: ApproveOptions) => approve(file, options, io))
  command
    .command('run')
    .argument('<request>', 'what was asked for')
    .description('read what was approved; exits 75 when it may not be')
    .requiredOption('--contract <file>', 'the replay contract')
    .requiredOption('--people <dir>', 'public keys of people, NAME.pub each')
    .option('--approval <files...>', 'approvals, so that each topic has one', [])
    .option(
      '--revoked <file>',
      'key ids and digests that are taken back, a line each; looked at while it reads',
    )
    .option('--bootstrap <host:port,…>', 'brokers to ask first (default: the lab that is up)')
    .option(...COMMAND_CONFIG)
    .option('--operator-config <file>', 'client properties of whoever may change rights and quotas')
    .option('--shared-storage', 'the object store keeps the one copy, as AutoMQ does')
    .option(
      '--live-groups <names>',
      'consumer groups that read live, or none: it stops when they fall behind beyond the contract (default: its liveGroups)',
    )
    .option(
      '--canary <topic>',
      'a small record is written there each second, or none: it stops when that takes longer than the contract allows',
    )
    .option('--out <dir>', 'a new folder for its journal and history', 'replay')
    .option('--json', 'one JSON document')
    .addHelpText('after', LOGINS)
    .action(async (file: string, options: RunOptions) => run(file, options, io))
  command
    .command('end')
    .argument('<dir>', 'the folder of a replay that was killed')
    .description('take the right to read away that a killed replay left; may be repeated')
    .option('--bootstrap <host:port,…>', 'brokers to ask first (default: the lab that is up)')
    .option(...COMMAND_CONFIG)
    .option('--operator-config <file>', 'client properties of whoever may change rights and quotas')
    .addHelpText('after', LOGINS)
    .action(async (dir: string, options: PlaceOptions) => end(dir, options, io))
}

interface ScopeOptions {
  readonly topics?: string
  readonly partitions?: string
  readonly from?: string
  readonly to?: string
}
interface RequestOptions extends ScopeOptions {
  readonly contract: string
  readonly topics: string
  readonly reason: string
  readonly as: string
  readonly key: string
  readonly principal: string
  readonly bootstrap?: string
  readonly commandConfig?: string
  readonly bytesPerSecond?: string
  readonly out: string
  readonly json?: true
}
interface ApproveOptions extends ScopeOptions {
  readonly as: string
  readonly key: string
  readonly expiresIn: string
  readonly out: string
  readonly json?: true
}
interface RunOptions extends PlaceOptions, LiveOptions {
  readonly contract: string
  readonly people: string
  readonly approval: readonly string[]
  readonly revoked?: string
  readonly out: string
  readonly json?: true
}

function scopeOptions(command: Command): Command {
  return command
    .option('--partitions <numbers>', 'of each topic, with commas; default: all')
    .option(
      '--from <where>',
      'oldest, an offset, or a time (2026-11-30T06:00:00Z); default: oldest, or as asked',
    )
    .option(
      '--to <where>',
      'end, or the first offset or time that is not part of it; default: end, or as asked',
    )
}

/** @throws AftershockError `usage` for what is no scope */
function scopeOf(options: ScopeOptions, asked?: ReplayScope): ReplayScope {
  const words = (text: string) => text.split(',').map(word => word.trim())
  const at = (text: string | undefined, word: 'oldest' | 'end') =>
    text === undefined || text === word
      ? text
      : /^\d+$/.test(text)
        ? { offset: Number(text) }
        : { time: utcOf(text) }
  const { partitions, topics } = options
  const parsed = replayScope.safeParse({
    topics: topics === undefined ? asked?.topics : words(topics),
    partitions: partitions === undefined ? asked?.partitions : words(partitions).map(Number),
    from: at(options.from, 'oldest') ?? asked?.from,
    to: at(options.to, 'end') ?? asked?.to,
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AftershockError(
    'usage',
    `--${String(issue?.path[0] ?? 'topics')}: ${issue?.message ?? 'it is wrong'}`,
    {
      hint: 'for example --topics telemetry,operations --partitions 0,1 --from 1000 --to end',
    },
  )
}

/** As it was written where that is no time: the scope says then what is wrong. */
function utcOf(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? text : new Date(ms).toISOString()
}

function signerOf(io: Io, name: string, key: string): Signer {
  return { name, key: readSealingKey(resolve(io.cwd, key)) }
}

function keep(io: Io, out: string, envelope: Envelope): string {
  const path = resolve(io.cwd, out)
  refuseTaken(path)
  writeText(path, formatEnvelope(envelope))
  return path
}

async function request(options: RequestOptions, io: Io): Promise<void> {
  const contract = await loadContract(resolve(io.cwd, options.contract), options.contract, {
    forFleet: false,
  })
  const scope = scopeOf(options)
  const unknown = scope.topics.filter(topic => !contract.topics[topic])
  if (unknown.length > 0)
    throw new AftershockError('usage', `contract ${contract.contract} has no topic ${unknown.join(', ')}`, {
      hint: `it has ${Object.keys(contract.topics).join(', ')}`,
    })
  const signer = signerOf(io, options.as, options.key)
  const wallMs = systemClock.wallMs()
  const consumer = {
    principal: options.principal,
    groupPrefix: `replay-${signer.key.keyid.slice(0, 8)}-${wallMs}`,
  }
  const bytesPerSecond = options.bytesPerSecond === undefined ? null : Number(options.bytesPerSecond)
  if (bytesPerSecond !== null && !(bytesPerSecond > 0))
    throw new AftershockError('usage', `--bytes-per-second is '${options.bytesPerSecond}'`, {
      hint: 'it is a number above 0, such as 2000000',
    })
  const { bootstrap } = options
  const stated =
    bootstrap === undefined
      ? null
      : await stateFor(io, { ...options, bootstrap }, { scope, contract, bytesPerSecond })
  const about = { contract: contract.contract, scope, consumer, reason: options.reason, bytesPerSecond }
  const envelope = makeRequest(about, signer, wallMs)
  const path = keep(io, options.out, envelope)
  const sha256 = payloadDigest(envelope)
  const approvers = Object.fromEntries(
    scope.topics.map(topic => [topic, [...(contract.topics[topic]?.replayApprovers ?? [])]]),
  )
  if (options.json) {
    io.stdout.write(
      `${JSON.stringify({ request: path, sha256, scope, approvers, ...(stated && { stated }) })}\n`,
    )
    return
  }
  const who = Object.entries(approvers).map(([topic, names]) => `  ${topic}: ${names.join(' or ')}`)
  const before = stated === null ? '' : `${statementWords(stated)}\n`
  io.stdout.write(
    `${path}: ${scopeWords(scope)}\n${before}digest ${sha256}\nMay approve it:\n${who.join('\n')}\n`,
  )
}

async function approve(file: string, options: ApproveOptions, io: Io): Promise<void> {
  const envelope = readEnvelope(resolve(io.cwd, file))
  const asked = readRequestOf(envelope)
  const scope = scopeOf(options, asked.scope)
  const wallMs = systemClock.wallMs()
  const expiresAtMs = wallMs + durationOf('--expires-in', options.expiresIn, '7d')
  const approval = makeApproval(
    envelope,
    { scope, expiresAtMs },
    signerOf(io, options.as, options.key),
    wallMs,
  )
  const path = keep(io, options.out, approval)
  const sha256 = payloadDigest(approval)
  const expiresAt = new Date(expiresAtMs).toISOString()
  const own =
    options.as === asked.requester.name
      ? `${options.as} asked for it: a replay needs the word of somebody else, and \`replay run\` refuses this one\n`
      : ''
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ approval: path, sha256, requestSha256: payloadDigest(envelope), scope, expiresAt })}\n`
      : `${asked.requester.name} asked: ${asked.reason}\n${path}: ${scopeWords(scope)}, read by ${asked.consumer.principal}, until ${expiresAt}\ndigest ${sha256}  (a line with it in the file of --revoked takes it back)\n${own}`,
  )
}

async function run(file: string, options: RunOptions, io: Io): Promise<void> {
  const at = (path: string) => resolve(io.cwd, path)
  const contract = await loadContract(at(options.contract), options.contract, { forFleet: false })
  const revoked = options.revoked === undefined ? undefined : at(options.revoked)
  const asked = readEnvelope(at(file))
  using stop = interruption('The right to read may be left: aftershock replay end DIR', io.stderr)
  const place = () =>
    placeOf(options, io, {
      principal: readRequestOf(asked).consumer.principal,
      topics: Object.keys(contract.topics),
      signal: stop.signal,
    })
  const result = await runApprovedReplay({
    out: at(options.out),
    given: {
      request: asked,
      approvals: options.approval.map(path => readEnvelope(at(path))),
      people: readPeople(at(options.people)),
      contract,
      revoked: () => readRevoked(revoked),
    },
    live: whoIsLive(options),
    open: place,
    clock: systemClock,
    signal: stop.signal,
    onLine: line => {
      const words = wordsOf(line)
      if (words !== null) io.stderr.write(`${words}\n`)
    },
  })
  const { isComplete, reason, records, bytes, seconds, partitions } = result
  io.stdout.write(
    options.json
      ? `${JSON.stringify(result)}\n`
      : `${isComplete ? 'Read' : 'Not all of it was read'}: ${plural(records, 'record')} (${formatBytes(bytes)}) of ${plural(partitions.length, 'partition')} in ${seconds.toFixed(1)} s${reason === null ? '' : `: ${reason}`}\n`,
  )
  if (!isComplete) throw new ExitStatus(EXIT.fail)
}

async function end(dir: string, options: PlaceOptions, io: Io): Promise<void> {
  using stop = interruption('The right to read may be left; end it again.', io.stderr)
  const folder = resolve(io.cwd, dir)
  const { principal, topics } = await grantedIn(folder)
  await using place = await placeOf(options, io, { principal, topics, signal: stop.signal })
  const ended = await endApprovedReplay(folder, place, systemClock)
  io.stdout.write(ended ? 'The right to read was taken away.\n' : 'No right to read was left.\n')
}
