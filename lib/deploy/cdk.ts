import { join } from 'node:path'
import { AftershockError } from '../../chaos/core/errors.ts'
import { packageFolder } from '../../chaos/package-root.ts'
import { type ChildOptions, runChild } from './run-child.ts'

export interface CdkOptions {
  /** The checkout. */
  readonly root: string
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Slots to leave empty, for example `kafka-2`: the first half of replacing a machine. @default none */
  readonly absent?: string | undefined
  /** When the environment removes itself, in UTC: `2026-12-01T18:00:00`. @default when it expires */
  readonly removeAt?: string | undefined
  /** Whether drills may run there from the beginning. @default false */
  readonly armed?: boolean | undefined
  /** Whether Ctrl-C does not reach the program. @default false */
  readonly evenIfInterrupted?: boolean
  /** Ends a deployment as Ctrl-C does. @default nothing does */
  readonly signal?: AbortSignal | undefined
}

/** Writes the assembly of an environment into `folder`. Needs no credentials and no network. */
export async function synthesize(environment: string, folder: string, options: CdkOptions): Promise<void> {
  const absent = options.absent === undefined ? [] : ['--context', `absent=${options.absent}`]
  const removal = options.removeAt === undefined ? [] : ['--context', `removeAt=${options.removeAt}`]
  const armed = options.armed ? ['--context', 'armed=true'] : []
  const wanted = ['--context', `environment=${environment}`, ...absent, ...removal, ...armed]
  const args = ['synth', '--quiet', '--no-lookups', ...wanted, '--output', folder]
  const status = await runCdk(args, 'kept-for-errors', options)
  if (status !== 0)
    throw new AftershockError(
      'input',
      `environment ${environment} does not synthesize; what cdk said is above`,
      { hint: 'correct the environment file; `npm run synth` shows the same without deploying' },
    )
}

/**
 * @param bootstrap what would bootstrap the account and region: `npx cdk bootstrap …`
 * @throws AftershockError `unavailable` when AWS, or the way to it, refused; what cdk said about it was shown.
 */
export async function deploy(
  assembly: string,
  bootstrap: string,
  more: readonly string[],
  options: CdkOptions,
): Promise<void> {
  const args = ['deploy', '--app', assembly, '--all', '--require-approval', 'never', ...more]
  const status = await runCdk(args, 'shown', options)
  if (status !== 0)
    throw new AftershockError('unavailable', 'cdk deploy failed; what it said is above', {
      hint: `Deploying again goes on where it stopped. What was created until now costs money: \`aftershock destroy --environment NAME\` removes it.\nIf it said that the account was never bootstrapped: ${bootstrap}`,
    })
}

export async function destroy(
  assembly: string,
  stacks: readonly string[],
  options: CdkOptions,
): Promise<void> {
  const status = await runCdk(['destroy', '--app', assembly, '--force', ...stacks], 'shown', options)
  if (status !== 0)
    throw new AftershockError('unavailable', 'cdk destroy failed; what it said is above', {
      hint: 'Destroying again goes on where it stopped. Until then what is left costs money.',
    })
}

async function runCdk(
  args: readonly string[],
  output: ChildOptions['output'],
  { root, env = process.env, evenIfInterrupted = false, signal }: CdkOptions,
): Promise<number> {
  const folder = packageFolder('aws-cdk', root)
  if (folder === undefined)
    throw new AftershockError('unavailable', `the package aws-cdk is not installed in ${root}`, {
      source: 'user',
      hint: 'It is a development dependency: npm ci installs it.',
    })
  const program = join(folder, 'bin', 'cdk')
  return runChild([process.execPath, program, ...args], {
    cwd: root,
    env: { CDK_DISABLE_CLI_TELEMETRY: 'true', ...env },
    output,
    evenIfInterrupted,
    signal,
  })
}
