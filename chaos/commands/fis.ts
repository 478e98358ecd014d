import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { environmentOption, loadRendering } from './deployment.ts'
import type { Io } from './io.ts'

interface Options {
  readonly environment?: string
  readonly account?: string
  readonly role?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  const fis = program.command('fis').description('drills as experiments of AWS Fault Injection Service')
  fis
    .command('render')
    .argument('<drill>', 'a drill file, or the name of one that is shipped')
    .description('print a drill as an experiment template; on standard error, what of it FIS cannot do')
    .addOption(environmentOption().default('lab'))
    .option('--account <digits>', 'the account that alarms and log are in (default: that of the environment)')
    .option('--role <arn>', 'the role that FIS takes (default: aftershock-<environment>-fis of the account)')
    .option('--json', 'one document with the template and with what FIS cannot do')
    .addHelpText(
      'after',
      `
Nothing is created or asked for. With the result:
  aws fis create-experiment-template --cli-input-json file://template.json
The same as a stack, with its role and alarms: npx cdk deploy Aftershock-lab-Chaos -c environment=lab -c drills=zone-cut`,
    )
    .action(async (drill: string, options: Options) => render(drill, options, io))
}

async function render(name: string, options: Options, io: Io): Promise<void> {
  const { account, role } = checked(options)
  const { renderDrill, environment } = await loadRendering(options.environment, io)
  const { drill } = await loadDrill(name, io.cwd)
  const rendered = renderDrill(drill, environment, { account, role })
  const { template, cannot, differs } = rendered
  const lines = (steps: typeof cannot) => steps.map(({ step, why }) => `  ${step}: ${why}\n`).join('')
  if (rendered.actions.length === 0)
    throw new AftershockError('input', `FIS can do nothing of ${drill.drill}:\n${lines(cannot).trimEnd()}`, {
      hint: `aftershock run ${drill.drill} --plan says what the program itself would do.`,
    })
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ drill: drill.drill, template, cannot, differs }, null, 2)}\n`)
    return
  }
  if (cannot.length > 0) io.stderr.write(`FIS cannot do of ${drill.drill}:\n${lines(cannot)}`)
  if (differs.length > 0) io.stderr.write(`It is otherwise than in the drill:\n${lines(differs)}`)
  const text = JSON.stringify(template, null, 2)
  if (/:ACCOUNT:/.test(text))
    io.stderr.write('Replace ACCOUNT by the number of the account, or give --account.\n')
  io.stdout.write(`${text}\n`)
}

function checked(options: Options): Options {
  const { account, role } = options
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new AftershockError('usage', `--account is '${account}'`, { hint: 'it has 12 digits' })
  if (role !== undefined && !/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(role))
    throw new AftershockError('usage', `--role is '${role}'`, {
      hint: 'it is the ARN of a role, such as arn:aws:iam::123456789012:role/fis',
    })
  return options
}
