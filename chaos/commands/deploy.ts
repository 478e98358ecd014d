import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import type { DeployFlags } from '../../lib/deploy/run-deploy.ts'
import { type DeploymentParts, environmentOption, loadDeployment, refuseWords } from './deployment.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io, parts: DeploymentParts = {}): void {
  const command = program
    .command('deploy')
    .usage('--environment <name> [options] [-- arguments for cdk deploy itself]')
    .description('show what an AWS environment would create and cost; with --yes, create it')
    .allowExcessArguments()
    .addOption(environmentOption())
    .option('--plan', 'only show the plan')
    .option('--yes', 'create it after showing the plan')
    .option('--json', 'the plan as one JSON document')
    .option('--prices <file>', 'your own price table instead of the shipped one')
    .option('--absent <slots>', 'slots to leave empty, to replace their machines: kafka-2')
    .option('--unchecked <checks>', 'checks of the account to leave out, by name: vcpu-quota,prices')
  const forCdk = afterDashes(command)
  command.action(async (flags: Partial<DeployFlags>) => {
    refuseWords(command.args, io, 'Arguments for cdk deploy itself come after a -- of their own.')
    refuseOtherCredentials(forCdk.words)
    const { runDeploy, options, environment } = await loadDeployment(flags.environment, io, parts)
    await runDeploy({ ...flags, environment }, forCdk.words, options)
  })
}

/** Commander does not say which words stood after `--`, so they are taken from it before it looks. */
function afterDashes(command: Command): { readonly words: readonly string[] } {
  const found: { words: readonly string[] } = { words: [] }
  const parse = command.parseOptions.bind(command)
  command.parseOptions = args => {
    const end = args.indexOf('--')
    found.words = end === -1 ? [] : args.slice(end + 1)
    return parse(end === -1 ? args : args.slice(0, end))
  }
  return found
}

/** Arguments of cdk that would lead past what was shown. */
function refuseOtherCredentials(cdk: readonly string[]): void {
  const found = cdk.find(word => /^--profile(=|$)/.test(word))
  if (found === undefined) return
  throw new AftershockError('usage', `${found} cannot be passed to cdk: set AWS_PROFILE instead`, {
    hint: 'The account is looked at before cdk starts, so both have to use the same credentials.',
  })
}
