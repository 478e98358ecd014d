import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import * as audit from './commands/audit.ts'
import * as compare from './commands/compare.ts'
import * as cost from './commands/cost.ts'
import * as doctor from './commands/doctor.ts'
import * as fleet from './commands/fleet.ts'
import * as heal from './commands/heal.ts'
import { ExitStatus, type Io, processIo } from './commands/io.ts'
import * as keygen from './commands/keygen.ts'
import * as lab from './commands/lab.ts'
import * as prices from './commands/prices.ts'
import * as run from './commands/run.ts'
import * as report from './commands/report.ts'
import * as score from './commands/score.ts'
import * as schema from './commands/schema.ts'
import * as seal from './commands/seal.ts'
import * as verify from './commands/verify.ts'
import { AftershockError, messageOf } from './core/errors.ts'
import { EXIT } from './core/exit-codes.ts'

/** One line per command: each file registers itself. */
const COMMANDS: readonly { register(program: Command, io: Io): void }[] = [
  doctor,
  run,
  lab,
  fleet,
  heal,
  audit,
  report,
  score,
  cost,
  compare,
  prices,
  verify,
  seal,
  keygen,
  schema,
]

export function buildProgram(io: Io): Command {
  const program = new Command('aftershock')
    .description('When an event platform breaks, does its recovery become a second outage?')
    .showHelpAfterError('(`aftershock --help` lists what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
    })
  for (const command of COMMANDS) command.register(program, io)
  return program
}

/** Runs one command line and resolves to its exit status; never rejects. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    await buildProgram(io).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return EXIT.pass
  } catch (error) {
    return exitStatusOf(error, io)
  }
}

/** Says what went wrong, as far as nobody has said it yet, and what to do about it. */
export function exitStatusOf(error: unknown, io: Io): number {
  if (error instanceof ExitStatus) return error.status
  // Commander has printed its message. Help that was asked for is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage
  if (io.env.AFTERSHOCK_DEBUG && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  if (error instanceof AftershockError) {
    io.stderr.write(`aftershock: ${error.message}\n`)
    if (error.hint) io.stderr.write(`${error.hint}\n`)
    return EXIT[error.code]
  }
  io.stderr.write(`aftershock: internal error: ${messageOf(error)}\n`)
  if (!io.env.AFTERSHOCK_DEBUG) io.stderr.write('Set AFTERSHOCK_DEBUG=1 for the stack.\n')
  return EXIT.internal
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2))
