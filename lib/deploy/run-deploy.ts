import type { EnvironmentLoad, EnvironmentUse } from '../../chaos/platforms/environment-load.ts'
import { shellWord } from '../../chaos/core/shell-word.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { EnvironmentError } from '../environment-source.ts'
import { environmentFromAnywhere, loadEnvironment } from '../environment.ts'
import { belongsTo } from './assembly.ts'
import { deploy } from './cdk.ts'
import { awsCall, ensureCertificates } from './certificates.ts'
import { slotsReplacedBy } from './deployed-templates.ts'
import { environmentLoad } from './load.ts'
import { type DeployPlan, type ListedPrice, planDeployment } from './plan.ts'
import type { FactsOf } from './preflight/account-facts.ts'
import { assetBuckets } from './preflight/bootstrap-bucket.ts'
import { preflight, uncheckedNames } from './preflight/preflight.ts'
import { printPlan } from './print-plan.ts'
import { refuseReplacedSlots } from './slot-replacement.ts'
import { readStagers, stageAll, type Stager } from './stagers.ts'
import { type AssemblyOptions, needsYes, rightAccount, withAssembly } from './with-assembly.ts'

export interface PriceList {
  /** As it is named in the plan. */
  readonly file: string
  readonly sha256: string
  readonly prices: readonly ListedPrice[]
}

export interface DeployFlags {
  readonly environment: string
  readonly plan?: boolean
  readonly yes?: boolean
  readonly json?: boolean
  readonly prices?: string
  readonly absent?: string
  /** Names of checks, with commas between them. */
  readonly unchecked?: string
  /** When the environment removes itself, in UTC. @default when it expires */
  readonly removeAt?: string
  /** It is made for one drill, which may run there at once, and removed after it: one that is there is refused. */
  readonly forOneDrill?: boolean
}

export interface DeployOptions extends AssemblyOptions {
  /** Reads the shipped table, or the user's own in the same format. */
  readonly readPrices: (file?: string) => PriceList
  /** The cost model's answer to what the fleet of an environment writes. */
  readonly priceUse: (load: EnvironmentLoad, file?: string) => EnvironmentUse
  /** `2027-06-30` */
  readonly today: string
  /** What is looked at in the account before anything is created. */
  readonly facts: FactsOf
  /** Ends it as Ctrl-C does. @default nothing does */
  readonly signal?: AbortSignal
  /** What is said below a plan, of one that costs this much an hour. */
  readonly afterPlan?: (usdPerHour: number) => string
  /** Hears that from now on something is created. */
  readonly onCreate?: () => void
}

/** Shows what would be created; with `yes`, creates it. `cdk` are arguments for cdk itself. */
export async function runDeploy(
  flags: DeployFlags,
  cdk: readonly string[],
  options: DeployOptions,
): Promise<void> {
  const { environment, absent, removeAt, forOneDrill: armed } = flags
  const unchecked = uncheckedNames(flags.unchecked)
  const prices = options.readPrices(flags.prices)
  const expired = expiryOf(environment, options.today)
  await withAssembly(
    environment,
    { ...options, absent, removeAt, armed },
    async ({ folder, stacks, config }) => {
      const stagers = readStagers(folder)
      const complete =
        absent === undefined ? undefined : await withAssembly(environment, options, made => made.stacks)
      const plan = planDeployment(config.environment, config.region, stacks, prices.prices, {
        complete,
        notYet: [...expired, ...stagers.flatMap(unsetOf)],
        use: options.priceUse(environmentLoad(config), flags.prices),
      })
      options.out(flags.json ? json(plan, prices) : `${printPlan(plan, prices.file)}\n`)
      const usdPerHour = plan.hourlyUsd + (plan.use?.hourlyUsd ?? 0)
      if (options.afterPlan) options.out(`${options.afterPlan(usdPerHour)}\n`)
      if (flags.plan) return
      if (!flags.yes) throw needsYes('created', 'deploy', environment)
      if (expired.length > 0) throw new EnvironmentError(['nothing was created', ...expired])
      const { account } = await rightAccount(config, 'created', options)
      if (armed) await refuseExisting(config, options)
      refuseReplacedSlots(
        await slotsReplacedBy(stacks, config.region, options.aws),
        `aftershock deploy --environment ${shellWord(environment)} --yes`,
      )
      // The CDK runs the app for a bootstrap too, though it needs nothing of it.
      const bootstrap = `npx cdk bootstrap aws://${account}/${config.region} -c environment=${shellWord(environmentFromAnywhere(environment))}`
      const buckets = assetBuckets(folder, account, config.region)
      await preflight(
        {
          config,
          account,
          stacks,
          plan,
          assetBuckets: buckets,
          bootstrap,
          facts: options.facts(config.region),
        },
        { unchecked, err: options.err },
      )
      await stageAll(stagers, options)
      options.onCreate?.()
      await ensureCertificates(config, stacks, { ...options, aws: awsCall(options.env ?? process.env) })
      await deploy(folder, bootstrap, cdk, options)
    },
  )
}

/** What was there before would be removed after the drill, with all its data. */
async function refuseExisting(
  { environment, region }: EnvironmentConfig,
  { aws }: DeployOptions,
): Promise<void> {
  const there = (await aws.stacks(region)).filter(({ name }) => belongsTo(environment, name))
  if (there.length === 0) return
  throw new AftershockError(
    'refused',
    `nothing was created: ${environment} is there already (${there.map(({ name }) => name).join(', ')}), and it would be removed after the drill`,
    {
      hint: `Run the drill there: aftershock run DRILL --driver aws --environment ${shellWord(environment)}. Or remove it first: aftershock destroy --environment ${shellWord(environment)} --yes`,
    },
  )
}

/** What is wrong with the environment's file today, and was right once. */
function expiryOf(environment: string, today: string): readonly string[] {
  try {
    loadEnvironment(environment, undefined, today)
    return []
  } catch (error) {
    if (error instanceof EnvironmentError && isRightWithoutDate(environment)) return error.problems
    throw error
  }
}

function isRightWithoutDate(environment: string): boolean {
  try {
    loadEnvironment(environment)
    return true
  } catch {
    return false
  }
}

function unsetOf({ source, lacksChecksum }: Stager): string[] {
  return lacksChecksum ? [`${source} has no checksum; --yes fetches it and prints the one that it has`] : []
}

function json(plan: DeployPlan, { file, sha256 }: PriceList): string {
  return `${JSON.stringify({ ...plan, priceTable: { file, sha256 } }, null, 2)}\n`
}
