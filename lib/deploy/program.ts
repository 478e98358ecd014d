import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { EnvironmentError, environmentNames, loadEnvironment } from '../environment.ts'
import { belongsTo, type PlannedStack, readAssembly } from './assembly.ts'
import { deploy, destroy, synthesize } from './cdk.ts'
import { DeployError } from './deploy-error.ts'
import { type DeployPlan, type ListedPrice, planDeployment } from './plan.ts'
import { keptLines, printPlan } from './print-plan.ts'

export interface PriceList {
  /** As it is named in the plan. */
  readonly file: string
  readonly sha256: string
  readonly prices: readonly ListedPrice[]
}

export interface ProgramOptions {
  /** The checkout. */
  readonly root: string
  /** Reads the shipped table, or the user's own in the same format. */
  readonly readPrices: (file?: string) => PriceList
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv
}

interface DeployFlags {
  readonly environment: string
  readonly plan?: boolean
  readonly yes?: boolean
  readonly json?: boolean
  readonly prices?: string
  readonly absent?: string
}

/** Why the program ended: `pass`, or the name of an exit status. */
export type Ending = 'pass' | DeployError['code'] | 'internal'

/**
 * `deploy` and `destroy`. Both first show what they would do, from the templates alone; neither touches an
 * account without `--yes`.
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<Ending> {
  const program = commands(options)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 'pass'
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 'pass' : 'usage'
    return complain(error, options)
  }
}

function commands(options: ProgramOptions): Command {
  const program = new Command('npm run')
    .exitOverride()
    .configureOutput({ writeOut: options.out, writeErr: options.err })
  const environment = () =>
    new Option('--environment <name>', 'one of lib/environments')
      .makeOptionMandatory()
      .choices(environmentNames())
  const forCdk = 'arguments for cdk itself, after a second --'
  program
    .command('deploy')
    .description('shows what an environment would create and cost; with --yes, creates it')
    .addOption(environment())
    .option('--plan', 'only show the plan')
    .option('--yes', 'create it after showing the plan')
    .option('--json', 'print the plan as JSON')
    .option('--prices <file>', 'a price table of your own')
    .option('--absent <slots>', 'slots to leave empty, to replace their machines: kafka-2')
    .argument('[cdk...]', forCdk)
    .action((cdk: string[], flags: DeployFlags) => runDeploy(flags, cdk, options))
  program
    .command('destroy')
    .description('shows what of an environment would be removed and what stays; with --yes, removes it')
    .addOption(environment())
    .option('--yes', 'remove it')
    .argument('[cdk...]', forCdk)
    .action((cdk: string[], flags: DeployFlags) => runDestroy(flags, cdk, options))
  return program
}

async function runDeploy(flags: DeployFlags, cdk: readonly string[], options: ProgramOptions): Promise<void> {
  const prices = options.readPrices(flags.prices)
  await withAssembly(flags, options, async (folder, stacks, region) => {
    const plan = planDeployment(flags.environment, region, stacks, prices.prices)
    options.out(flags.json ? json(plan, prices) : `${printPlan(plan, prices.file)}\n`)
    if (flags.plan) return
    if (!flags.yes) throw needsYes('created', 'deploy', flags.environment)
    await deploy(folder, cdk, options)
  })
}

async function runDestroy(
  flags: DeployFlags,
  cdk: readonly string[],
  options: ProgramOptions,
): Promise<void> {
  await withAssembly(flags, options, async (folder, stacks, region) => {
    const own = stacks.filter(({ name }) => belongsTo(flags.environment, name))
    const shared = stacks.filter(stack => !own.includes(stack))
    const { kept } = planDeployment(flags.environment, region, own, [])
    const lines = [
      `Environment ${flags.environment} in ${region}`,
      'What is removed, with all data in it',
      ...own.map(({ name, resources }) => `  ${name}: ${resources.length} resources`),
      'What stays',
      ...shared.map(({ name }) => `  ${name}: environments share it`),
      ...keptLines({ kept }),
    ]
    options.out(`${lines.join('\n')}\n`)
    if (!flags.yes) throw needsYes('removed', 'destroy', flags.environment)
    const names = own.map(({ name }) => name)
    await destroy(folder, names, cdk, options)
  })
}

/** What is deployed is the very assembly that was shown. */
async function withAssembly(
  { environment, absent }: DeployFlags,
  options: ProgramOptions,
  work: (folder: string, stacks: readonly PlannedStack[], region: string) => Promise<void>,
): Promise<void> {
  const { region } = loadEnvironment(environment)
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-assembly-'))
  try {
    options.err(`synthesizing ${environment}\n`)
    await synthesize(environment, folder, { ...options, ...(absent === undefined ? {} : { absent }) })
    await work(folder, readAssembly(folder), region)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function needsYes(done: string, command: string, environment: string): DeployError {
  return new DeployError('refused', `nothing was ${done}: that takes --yes`, {
    hint: `npm run ${command} -- --environment ${environment} --yes`,
  })
}

function json(plan: DeployPlan, { file, sha256 }: PriceList): string {
  return `${JSON.stringify({ ...plan, priceTable: { file, sha256 } }, null, 2)}\n`
}

function complain(error: unknown, { err }: ProgramOptions): Ending {
  if (error instanceof EnvironmentError) {
    err(`${error.message}\n`)
    return 'input'
  }
  if (!(error instanceof Error)) throw error
  const { code, hint } = error as Partial<DeployError>
  err(`${error.message}\n${hint === undefined ? '' : `${hint}\n`}`)
  const known: readonly unknown[] = ['usage', 'input', 'unavailable', 'refused', 'interrupted']
  return known.includes(code) ? (code as DeployError['code']) : 'internal'
}
