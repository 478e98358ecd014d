import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { AftershockError, messageOf } from '../core/errors.ts'
import { AGENT_PORT, startAgent, StoreWay } from '../drivers/deployed.ts'
import { LAB_PORTS } from '../platforms/addresses.ts'
import { systemClock } from '../system-clock.ts'
import { untilAborted } from './agent-life.ts'
import { interruption } from './interruption.ts'
import type { Io } from './io.ts'

interface Options {
  readonly name?: string
  readonly host?: string
  readonly listen: string
  readonly keyFile: string
  readonly mark?: string
  readonly logDir?: string
  readonly storeBucket?: string
}

/** Of a key: fewer could be guessed. */
const LEAST_KEY_BYTES = 24

export function register(program: Command, io: Io): void {
  program
    .command('agent')
    .description('the prober on a node of a deployed environment: looks, and connects to brokers from there')
    .option('--name <name>', 'of the machine (default: $NODE_NAME)')
    .option(
      '--host <name>',
      'under which the broker beside it is known (default: $NODE_HOST, else there is none)',
    )
    .option('--listen <address:port>', 'where the runner reaches it', `0.0.0.0:${AGENT_PORT}`)
    .requiredOption('--key-file <file>', 'what it has in common with the runner; never printed')
    .option(
      '--mark <argument>',
      "by which the node's process is known (default: $NODE_MARK, else there is none)",
    )
    .option(
      '--log-dir <folder>',
      'where the broker beside it keeps its records (default: $NODE_LOG_DIR, else there is none)',
    )
    .option(
      '--store-bucket <name>',
      'of the platform, in $AWS_REGION (default: $AGENT_STORE_BUCKET, else it keeps nothing in one)',
    )
    .addHelpText(
      'after',
      `
Its unit, aftershock-node-agent, is made with the node. It changes nothing, and connects to ports of brokers alone
(${Object.values(LAB_PORTS).join(', ')}); of AWS it asks the platform's bucket for an object that is not there, when it is told to.`,
    )
    .action(async (options: Options) => agent(options, io))
}

async function agent(options: Options, io: Io): Promise<void> {
  const given = (value: string | undefined, variable: string) => value ?? (io.env[variable] || null)
  const name = given(options.name, 'NODE_NAME')
  if (name === null)
    throw new AftershockError('usage', 'the agent has no name', {
      hint: 'add --name kafka-2, or set NODE_NAME',
    })
  using stop = interruption('Nothing of it is left.', io.stderr)
  await using started = await startAgent({
    name,
    host: given(options.host, 'NODE_HOST'),
    key: readKey(options.keyFile),
    listen: listenAt(options.listen),
    mark: given(options.mark, 'NODE_MARK'),
    logDir: given(options.logDir, 'NODE_LOG_DIR'),
    store: storeWay(given(options.storeBucket, 'AGENT_STORE_BUCKET'), io.env),
    ports: Object.values(LAB_PORTS),
    clock: systemClock,
    log: line => void io.stderr.write(`${line}\n`),
  })
  io.stderr.write(`the agent of ${name} listens on ${started.address.host}:${started.address.port}\n`)
  await untilAborted(stop.signal)
}

function storeWay(bucket: string | null, env: NodeJS.ProcessEnv): StoreWay | null {
  if (bucket === null) return null
  const { AWS_REGION: region, AFTERSHOCK_METADATA: metadata } = env
  // As the SDKs of AWS read them.
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL']
  if (!region)
    throw new AftershockError('usage', `the agent does not know in which region ${bucket} is`, {
      hint: 'set AWS_REGION',
    })
  return new StoreWay({
    bucket,
    region,
    endpoint: endpoint || null,
    ...(metadata && { metadata }),
    env,
    clock: systemClock,
  })
}

function readKey(file: string): Buffer {
  let key: Buffer
  try {
    key = Buffer.from(readFileSync(file, 'utf8').trim())
  } catch (error) {
    throw new AftershockError('input', `the key in ${file} cannot be read: ${messageOf(error)}`, {
      hint: 'on a node it is made of the secret aftershock/<environment>/agent, in memory',
      cause: error,
    })
  }
  if (key.length >= LEAST_KEY_BYTES) return key
  throw new AftershockError('input', `the key in ${file} has ${key.length} bytes`, {
    hint: `at least ${LEAST_KEY_BYTES}, which nobody guesses`,
  })
}

function listenAt(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (host !== '' && digits !== '' && port < 65_536) return { host, port }
  throw new AftershockError('usage', `--listen is '${text}'`, { hint: `for example 0.0.0.0:${AGENT_PORT}` })
}
