import type { Command } from 'commander'
import type { DestroyFlags } from '../../lib/deploy/run-destroy.ts'
import { type DeploymentParts, environmentOption, loadDeployment, refuseWords } from './deployment.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io, parts: DeploymentParts = {}): void {
  program
    .command('destroy')
    .usage('--environment <name> [options]')
    .description('show what of an AWS environment would be removed and what stays; with --yes, remove it')
    .allowExcessArguments()
    .addOption(environmentOption())
    .option('--plan', 'only show it')
    .option('--yes', 'remove it')
    .action(async (flags: Partial<DestroyFlags>, { args }: Command) => {
      refuseWords(args, io, 'All stacks of the environment are removed, and no others.')
      const { runDestroy, options, environment } = await loadDeployment(flags.environment, io, parts)
      await runDestroy({ ...flags, environment }, options)
    })
}
