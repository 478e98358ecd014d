import { Command, CommanderError, Option } from 'commander'
import { EnvironmentError, environmentNames } from '../environment.ts'
import { type AwsAccount, awsAccount } from './account.ts'
import { DeployError } from './deploy-error.ts'
import { type DeployFlags, type DeployOptions, refuseOtherCredentials, runDeploy } from './run-deploy.ts'
import { type DestroyFlags, runDestroy } from './run-destroy.ts'

export interface ProgramOptions extends Omit<DeployOptions, 'aws'> {
  /** @default the account that the credentials in `env` belong to */
  readonly aws?: AwsAccount
}

/** Why the program ended: `pass`, or the name of an exit status. */
export type Ending = 'pass' | DeployError['code'] | 'internal'

/**
 * `deploy` and `destroy`. Both first show what they would do, from the templates alone; neither touches an
 * account without `--yes`.
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<Ending> {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  const cdk = end === -1 ? [] : argv.slice(end + 1)
  const program = commands(cdk, { ...options, aws: options.aws ?? awsAccount(options.env) })
  try {
    await program.parseAsync([...own], { from: 'user' })
    return 'pass'
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 'pass'
      options.err(usageHint(error, own[0], options.env))
      return 'usage'
    }
    return complain(error, options)
  }
}

function commands(cdk: readonly string[], options: DeployOptions): Command {
  const program = new Command('npm run')
    .exitOverride()
    .configureOutput({ writeOut: options.out, writeErr: options.err })
  // Not mandatory for commander, which would say so before it says that --enviroment is no option.
  const environment = () =>
    new Option('--environment <name>', 'one of lib/environments').choices(environmentNames())
  program
    .command('deploy')
    .usage('-- --environment <name> [options] [-- arguments for cdk itself]')
    .description('shows what an environment would create and cost; with --yes, creates it')
    .addOption(environment())
    .option('--plan', 'only show the plan')
    .option('--yes', 'create it after showing the plan')
    .option('--json', 'print the plan as JSON')
    .option('--prices <file>', 'a price table of your own')
    .option('--absent <slots>', 'slots to leave empty, to replace their machines: kafka-2')
    .action(async (flags: Partial<DeployFlags>) => {
      refuseOtherCredentials(cdk)
      await runDeploy({ ...flags, environment: namedIn(flags, options) }, cdk, options)
    })
  program
    .command('destroy')
    .usage('-- --environment <name> [options]')
    .description('shows what of an environment would be removed and what stays; with --yes, removes it')
    .addOption(environment())
    .option('--plan', 'only show it')
    .option('--yes', 'remove it')
    .action(async (flags: Partial<DestroyFlags>) => {
      if (cdk.length > 0)
        throw new DeployError('usage', `destroy takes options only, and no ${cdk.join(' ')}`, {
          hint: 'What it removes are the stacks of the environment, all of them and no others.',
        })
      await runDestroy({ ...flags, environment: namedIn(flags, options) }, options)
    })
  return program
}

function namedIn({ environment }: { readonly environment?: string }, { env }: DeployOptions): string {
  if (environment !== undefined) return environment
  throw new DeployError('usage', 'no environment was named', {
    hint: takenByNpm(env) ?? `Expected -- --environment <one of ${environmentNames().join(', ')}>`,
  })
}

function usageHint(
  { code }: CommanderError,
  command: string | undefined,
  env: NodeJS.ProcessEnv | undefined,
): string {
  const npm = takenByNpm(env)
  if (npm !== undefined) return `${npm}\n`
  if (code !== 'commander.excessArguments') return ''
  return command === 'deploy'
    ? 'Arguments for cdk deploy itself come after a -- of their own.\n'
    : 'What it removes are the stacks of the environment, all of them and no others.\n'
}

/** npm keeps what stands before `--` for itself, and hands it on as its own configuration. */
function takenByNpm(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const taken = ['environment', 'plan', 'absent', 'prices'].filter(
    name => env[`npm_config_${name}`] !== undefined,
  )
  if (taken.length === 0) return undefined
  const options = taken.map(name => `--${name}`).join(' and ')
  return `npm took ${options} for itself. Options come after a --, as in: npm run deploy -- --environment lab --plan`
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
