import type { Clock } from '../../chaos/core/clock.ts'
import type { Caller } from './account.ts'
import { belongsTo, type PlannedStack } from './assembly.ts'
import { destroy } from './cdk.ts'
import { awsCall, removeCertificates } from './certificates.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { planDeployment } from './plan.ts'
import { keptLines } from './print-plan.ts'
import type { AidOf, RemovalAid } from './removal-aid.ts'
import { type Assembly, type AssemblyOptions, needsYes, rightAccount, withAssembly } from './with-assembly.ts'

export interface DestroyFlags {
  readonly environment: string
  readonly plan?: boolean
  readonly yes?: boolean
}

export interface DestroyOptions extends AssemblyOptions {
  readonly clock: Clock
  readonly aid: AidOf
  /** Whether Ctrl-C does not reach the removal: whoever removes what must not stay. @default false */
  readonly evenIfInterrupted?: boolean
}

/** Shows what would be removed and what stays; with `yes`, removes it and says what is left. */
export async function runDestroy(flags: DestroyFlags, options: DestroyOptions): Promise<void> {
  await withAssembly(flags.environment, options, async assembly => {
    const { environment, region } = assembly.config
    const own = assembly.stacks.filter(({ name }) => belongsTo(environment, name))
    const shared = assembly.stacks.filter(stack => !own.includes(stack))
    const { kept } = planDeployment(environment, region, own, [])
    const lines = [
      `Environment ${environment} in ${region}`,
      'What is removed, with all data in it',
      ...own.map(({ name, resources }) => `  ${name}: ${resources.length} resources`),
      'What stays',
      ...shared.map(({ name }) => `  ${name}: environments share it`),
      ...keptLines({ kept }),
    ]
    options.out(`${lines.join('\n')}\n`)
    if (flags.plan) return
    if (!flags.yes) throw needsYes('removed', 'destroy', flags.environment)
    const caller = await rightAccount(assembly.config, 'removed', options)
    await remove(assembly, own, caller, options)
  })
}

async function remove(
  { folder, config }: Assembly,
  own: readonly PlannedStack[],
  { account }: Caller,
  options: DestroyOptions,
): Promise<void> {
  const { environment, region } = config
  const place = `account ${account}, region ${region}`
  const namesNow = async () => (await options.aws.stacks(region)).map(({ name }) => name)
  const before = (await namesNow()).filter(name => belongsTo(environment, name))
  if (before.length === 0)
    throw new AftershockError(
      'unavailable',
      `nothing was removed: no stack of ${environment} is in ${place}`,
      {
        hint: `Is it in another account? Set AWS_PROFILE. In another region? \`region\` of the environment has to be that in which it was deployed.`,
      },
    )
  const strange = before.filter(name => !own.some(stack => stack.name === name))
  if (strange.length > 0)
    throw new AftershockError(
      'input',
      `nothing was removed: ${strange.join(', ')} in ${place}, and the environment file makes no such stack any more`,
      {
        hint: `Put back what the file had when it was deployed; or: aws cloudformation delete-stack --region ${region} --stack-name ${strange[0]}`,
      },
    )
  const aid = options.aid(region)
  await emptySoon(before, aid, options)
  await destroyPatiently(folder, before, namesNow, aid, options)
  await removeCertificates(config, own, { aws: awsCall(options.env ?? process.env) })
  const left = await namesNow()
  options.out(`${leftLines(left, place).join('\n')}\n`)
  const undead = left.filter(name => belongsTo(environment, name))
  if (undead.length > 0)
    throw new AftershockError('unavailable', `${undead.join(', ')} did not go`, {
      hint: 'CloudFormation says why among the events of the stack. Destroying again goes on where it stopped.',
    })
}

/** A bucket of millions of objects takes longer than what empties it may run: S3 helps, if it takes several days even. */
async function emptySoon(stacks: readonly string[], aid: RemovalAid, { err }: DestroyOptions): Promise<void> {
  for (const stack of stacks)
    try {
      for (const bucket of await aid.buckets(stack)) await aid.expireObjects(bucket)
    } catch (error) {
      if (!(error instanceof AftershockError)) throw error
      err(`the buckets of ${stack} are left as they are: ${error.message}\n`)
    }
}

/** A volume is let go a minute after its machine; what empties a bucket stops after a quarter of an hour, and goes on. */
const PAUSES_MS = [60_000, 120_000, 240_000]

async function destroyPatiently(
  folder: string,
  stacks: readonly string[],
  namesNow: () => Promise<readonly string[]>,
  aid: RemovalAid,
  options: DestroyOptions,
): Promise<void> {
  let there = stacks
  for (const pauseMs of PAUSES_MS) {
    try {
      return await destroy(folder, there, options)
    } catch (error) {
      if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
      const now = await namesNow()
      there = stacks.filter(name => now.includes(name))
      if (there.length === 0) return
      const reasons = await Promise.all(there.map(stack => reasonsOf(stack, aid)))
      options.err(
        `${[...reasons.flat(), `trying again in ${pauseMs / 1000} s, what is left: ${there.join(', ')}`].join('\n')}\n`,
      )
      await options.clock.sleep(pauseMs)
    }
  }
  await destroy(folder, there, options)
}

async function reasonsOf(stack: string, aid: RemovalAid): Promise<readonly string[]> {
  try {
    return (await aid.whyNotDeleted(stack)).map(why => `${stack}: ${why}`)
  } catch (error) {
    if (!(error instanceof AftershockError)) throw error
    return [`${stack}: why it did not go is not known: ${error.message}`]
  }
}

/** Of other environments too: who removes one may think that it was the last. */
function leftLines(stacks: readonly string[], place: string): string[] {
  const ours = stacks.filter(name => /^(Aftershock|CDKToolkit$)/.test(name)).toSorted()
  if (ours.length === 0) return [`No stack of aftershock or of the CDK is left in ${place}`]
  return [`What is left in ${place}`, ...ours.map(name => `  ${name}`)]
}
