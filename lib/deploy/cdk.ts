import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DeployError } from './deploy-error.ts'

export interface CdkOptions {
  /** The checkout. */
  readonly root: string
  readonly env?: NodeJS.ProcessEnv
  /** Slots to leave empty, for example `kafka-2`: the first half of replacing a machine. @default none */
  readonly absent?: string
}

/** Writes the assembly of an environment into `folder`. Needs no credentials and no network. */
export async function synthesize(environment: string, folder: string, options: CdkOptions): Promise<void> {
  const absent = options.absent === undefined ? [] : ['--context', `absent=${options.absent}`]
  const wanted = ['--context', `environment=${environment}`, ...absent]
  const args = ['synth', '--quiet', '--no-lookups', ...wanted, '--output', folder]
  const status = await runCdk(args, 'kept-for-errors', options)
  if (status !== 0)
    throw new DeployError('input', `environment ${environment} does not synthesize; what cdk said is above`)
}

/** @throws DeployError `unavailable` when AWS, or the way to it, refused; what cdk said about it was shown. */
export async function deploy(assembly: string, more: readonly string[], options: CdkOptions): Promise<void> {
  const args = ['deploy', '--app', assembly, '--all', '--require-approval', 'never', ...more]
  const status = await runCdk(args, 'shown', options)
  if (status !== 0)
    throw new DeployError('unavailable', 'cdk deploy failed; what it said is above', {
      hint: 'Deploying again goes on where it stopped. In an account that never saw the CDK, run `npx cdk bootstrap` first.',
    })
}

export async function destroy(
  assembly: string,
  stacks: readonly string[],
  more: readonly string[],
  options: CdkOptions,
): Promise<void> {
  const status = await runCdk(['destroy', '--app', assembly, '--force', ...stacks, ...more], 'shown', options)
  if (status !== 0)
    throw new DeployError('unavailable', 'cdk destroy failed; what it said is above', {
      hint: 'Destroying again goes on where it stopped.',
    })
}

/** Standard output stays free for the plan: all that cdk says goes to standard error. */
async function runCdk(
  args: readonly string[],
  output: 'shown' | 'kept-for-errors',
  { root, env = process.env }: CdkOptions,
): Promise<number> {
  const program = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: { CDK_DISABLE_CLI_TELEMETRY: 'true', ...env },
    stdio: output === 'shown' ? ['inherit', 2, 2] : ['ignore', 'pipe', 'pipe'],
  })
  let kept = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      kept += String(chunk)
    })
  // Ctrl-C reaches cdk too, which ends in its own time; we say afterwards how it ended.
  const wait = () => {}
  process.on('SIGINT', wait)
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (status, by) => resolve([status, by]))
    })
    if (signal === 'SIGINT' || code === 130) throw new DeployError('interrupted', 'interrupted')
    if (code !== 0 && kept !== '') process.stderr.write(kept)
    return code ?? 1
  } finally {
    process.off('SIGINT', wait)
  }
}
