import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shellWord } from '../../chaos/core/shell-word.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { environmentFromAnywhere, loadEnvironment } from '../environment.ts'
import type { AwsAccount, Caller } from './account.ts'
import { type PlannedStack, readAssembly } from './assembly.ts'
import { type CdkOptions, synthesize } from './cdk.ts'
import { AftershockError } from '../../chaos/core/errors.ts'

export interface AssemblyOptions extends Pick<CdkOptions, 'root' | 'env'> {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly aws: AwsAccount
}

export interface Assembly {
  readonly folder: string
  readonly stacks: readonly PlannedStack[]
  readonly config: EnvironmentConfig
}

/** What is deployed is the very assembly that was shown. */
export async function withAssembly<T>(
  environment: string,
  options: AssemblyOptions & Pick<CdkOptions, 'absent' | 'removeAt' | 'armed' | 'evenIfInterrupted'>,
  work: (assembly: Assembly) => Promise<T> | T,
): Promise<T> {
  const config = loadEnvironment(environment)
  const { root, env, absent, removeAt, armed, evenIfInterrupted = false } = options
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-assembly-'))
  try {
    options.err(`synthesizing ${environment}${absent === undefined ? '' : ` without ${absent}`}\n`)
    await synthesize(environmentFromAnywhere(environment), folder, {
      root,
      env,
      absent,
      removeAt,
      armed,
      evenIfInterrupted,
    })
    return await work({ folder, stacks: readAssembly(folder), config })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Says whose account it is, before anything is done in it.
 * @param done `created` or `removed`
 * @throws AftershockError `unavailable` when nobody knows, `refused` when it is not the environment's.
 */
export async function rightAccount(
  { environment, account, region }: EnvironmentConfig,
  done: string,
  { aws, err }: Pick<AssemblyOptions, 'aws' | 'err'>,
): Promise<Caller> {
  const caller = await aws.caller(region)
  err(`account ${caller.account}, region ${region}, as ${caller.arn}\n`)
  if (account === undefined || account === caller.account) return caller
  throw new AftershockError(
    'refused',
    `nothing was ${done}: environment ${environment} is for account ${account}, and these credentials are for ${caller.account}`,
    { hint: `Set AWS_PROFILE to a profile of ${account}, or change \`account\` in the environment file.` },
  )
}

export function needsYes(done: string, command: string, environment: string): AftershockError {
  return new AftershockError('refused', `nothing was ${done}: that takes --yes`, {
    hint: `aftershock ${command} --environment ${shellWord(environment)} --yes`,
  })
}
