import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import type { EnvironmentKind } from '../drivers/environment.ts'
import {
  attachTo,
  awsAccount,
  type AwsEnvironmentKind,
  deployedIn,
  environmentOf,
  type Reach,
  reachThere,
  type WayName,
} from '../drivers/index.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import { clientProperties, clientVariables, folderOf, loginRecipe } from '../kafka/client-properties.ts'
import { systemClock } from '../system-clock.ts'
import { type DeployedPlace, deployedEnvironment } from './deployed-environment.ts'
import type { Io } from './io.ts'

/** Options by which a command chooses where a drill runs. */
export interface DriverOptions {
  readonly driver: string
  readonly environment?: string
  readonly bootstrap?: string
  readonly commandConfig?: string
  readonly topicPrefix?: string
  readonly maxBytes?: string
  readonly maxRate?: string
  readonly through?: string
}

const DEFAULT_PREFIX = 'aftershock.'
const DEFAULT_MAX_BYTES = '2GB'
const UNITS = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const

export const THROUGH = '--through <way>'
export const THROUGH_WORDS =
  'aws: how its agents are reached: network, from a machine that is in it; sessions, of Systems Manager, from anywhere (default: as addresses of this machine say)'

/** @throws AftershockError `usage` for a way that is none */
export function wayNamed(given: string | undefined): WayName | null {
  if (given === undefined || given === 'network' || given === 'sessions') return given ?? null
  throw new AftershockError('usage', `--through is '${given}'`, { hint: 'it is network or sessions' })
}

export function addDriverOptions(command: Command): Command {
  return command
    .option(
      '--driver <name>',
      'local: the lab of this machine; attach: a cluster that is there; aws: a deployed environment',
      'local',
    )
    .option('--environment <name>', 'aws: which one, by its name or the path of its file')
    .option('--bootstrap <servers>', 'attach: host:port of brokers to ask first, with commas')
    .option(
      '--command-config <file>',
      'attach, aws: client properties (security.protocol, sasl.*, ssl.* with PEM); AFTERSHOCK_CLIENT_… of the environment stand before it',
    )
    .option(
      '--topic-prefix <text>',
      'attach, aws: what its topics begin with, before a mark of the run (default: "aftershock.")',
    )
    .option(THROUGH, THROUGH_WORDS)
    .option(
      '--max-bytes <size>',
      `attach: a run that might move more is refused (default: ${DEFAULT_MAX_BYTES})`,
    )
    .option(
      '--max-rate <size>',
      'attach: what its devices send a second at most, together (default: ten times what they make, at least 1MB)',
    )
}

/** @throws AftershockError `usage` for options that do not fit, `unavailable` when no broker of a cluster answers */
export async function chosenEnvironment(
  options: DriverOptions,
  io: Io,
  platform?: string,
): Promise<EnvironmentKind> {
  const { driver, bootstrap, commandConfig, topicPrefix = DEFAULT_PREFIX, maxBytes, maxRate } = options
  if (driver === 'aws') return deployedThere(options, io, { platform })
  refuseEnvironment(options)
  if (driver !== 'attach') {
    refuseElsewhere(options)
    return environmentOf(driver)
  }
  const path = commandConfig === undefined ? null : resolve(io.cwd, commandConfig)
  const properties = clientProperties(path, io.env)
  const servers = bootstrap ?? properties.get('bootstrap.servers')
  if (servers === undefined)
    throw new AftershockError('usage', '--driver attach does not say which cluster', {
      hint: 'add --bootstrap host:port, or bootstrap.servers in the client properties',
    })
  return attachTo({
    bootstrap: bootstrapServers(servers),
    recipe: loginRecipe(properties, folderOf(path, io.cwd)),
    commandConfig: path,
    variables: clientVariables(io.env),
    topicPrefix: `${checkedPrefix(topicPrefix)}${markOfRun()}.`,
    maxBytes: bytesOf('--max-bytes', maxBytes ?? DEFAULT_MAX_BYTES),
    maxBytesPerSecond: maxRate === undefined ? null : bytesOf('--max-rate', maxRate),
    clock: systemClock,
  })
}

/**
 * The account is asked at once: what a drill is checked against is what is deployed there.
 * @param reach of whoever asks more than once, and ends it. @default one of its own, as `--through` says
 */
export async function deployedThere(
  options: DriverOptions,
  io: Io,
  { platform, reach }: { readonly platform?: string | undefined; readonly reach?: Reach } = {},
): Promise<AwsEnvironmentKind> {
  const { environment, commandConfig, topicPrefix = DEFAULT_PREFIX, through, ...others } = options
  refuseElsewhere(others)
  const place = await deployedEnvironment(environment, io)
  if (platform !== undefined && platform !== place.platform)
    throw new AftershockError(
      'usage',
      `--platform is '${platform}', and ${place.environment} runs ${place.platform}`,
      { hint: `add --platform ${place.platform}: the drill is judged as one of that` },
    )
  return standingThere({ place, commandConfig, topicPrefix, through, reach }, io)
}

/** The same of an environment that is known already. @param heldFor as `AwsOptions` has it */
export async function standingThere(
  {
    place,
    commandConfig,
    topicPrefix = DEFAULT_PREFIX,
    heldFor,
    through,
    reach: given,
  }: {
    readonly place: DeployedPlace
    readonly commandConfig?: string | undefined
    readonly topicPrefix?: string
    readonly heldFor?: string | undefined
    readonly through?: string | undefined
    readonly reach?: Reach | undefined
  },
  io: Io,
): Promise<AwsEnvironmentKind> {
  const path = commandConfig === undefined ? null : resolve(io.cwd, commandConfig)
  const found = {
    place,
    recipe: loginRecipe(clientProperties(path, io.env), folderOf(path, io.cwd)),
    commandConfig: path,
    topicPrefix: `${checkedPrefix(topicPrefix)}${markOfRun()}.`,
    ...(heldFor !== undefined && { heldFor }),
    clock: systemClock,
  }
  const reach = given ?? (await reachThere({ ...place, name: wayNamed(through) }, systemClock))
  try {
    return await deployedIn({ ...found, account: await awsAccount(place.region, systemClock), reach })
  } catch (error) {
    if (!given) await reach[Symbol.asyncDispose]()
    throw error
  }
}

function refuseEnvironment(options: DriverOptions): void {
  const given = (['environment', 'through'] as const).find(name => options[name] !== undefined)
  if (given === undefined) return
  throw new AftershockError('usage', `--${given} is for a deployed one, and --driver is ${options.driver}`, {
    hint: `add --driver aws, or leave --${given} out`,
  })
}

/** Silently ignored, a user who forgot `--driver` would break a lab and take it for the cluster. */
function refuseElsewhere(options: DriverOptions): void {
  const given = (['bootstrap', 'commandConfig', 'topicPrefix', 'maxBytes', 'maxRate'] as const).find(
    name => options[name] !== undefined,
  )
  if (given === undefined) return
  const flag = `--${given.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  throw new AftershockError(
    'usage',
    `${flag} is for a cluster that is there, and --driver is ${options.driver}`,
    {
      hint: `add --driver attach, or leave ${flag} out`,
    },
  )
}

/** @throws AftershockError `usage` for what no topic's name can begin with */
export function checkedPrefix(prefix: string): string {
  if (/^[a-zA-Z0-9._-]{1,100}$/.test(prefix)) return prefix
  throw new AftershockError('usage', `--topic-prefix is '${prefix}'`, {
    hint: 'letters, digits, dots, underscores and dashes, at most 100 of them, for example chaos.',
  })
}

/** No two runs have one, and nobody guesses it: a topic with it in its name is of this run. */
function markOfRun(): string {
  const at = new Date(systemClock.wallMs()).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)
  return `${at}-${randomBytes(8).toString('hex')}`
}

function bytesOf(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)?$/i.exec(text) ?? []
  const bytes =
    Number(number) * (UNITS[unit.toUpperCase().replace(/^B$/, '') as keyof typeof UNITS] ?? Number.NaN)
  if (bytes > 0) return bytes
  throw new AftershockError('usage', `${option} is '${text}'`, { hint: 'for example 500MB or 20GB' })
}
