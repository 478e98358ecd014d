import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Help } from 'commander'
import { ExitStatus, type Io, widthOf } from './commands/io.ts'
import { guarded } from './commands/output.ts'
import { processIo } from './commands/process-io.ts'
import { commandNamed, COMMANDS } from './commands/table.ts'
import { AftershockError, type ErrorCode, messageOf } from './core/errors.ts'
import { withinWidth } from './core/wrapped.ts'
import { EXIT } from './core/exit-codes.ts'
import { programVersion } from './staged-program.ts'

const EXIT_CODES = `
Exit codes:
  ${EXIT.pass}    all gates pass                    ${EXIT.refused}   refused by a guard
  ${EXIT.fail}    a gate fails                      ${EXIT.unhealed}   a fault could not be healed
  ${EXIT.inconclusive}    none fails, one is inconclusive   ${EXIT.unverified}   the evidence does not verify
  ${EXIT.usage}   a mistake on the command line     ${EXIT.internal}   a mistake of this program
  ${EXIT.input}   a mistake in a file               ${EXIT.interrupted}  interrupted, after healing
  ${EXIT.unavailable}   the environment is not available

'aftershock help topics' lists pages of the documentation; 'help <topic>' shows one`

/**
 * The command line with those commands that are meant; the others are listed, and not loaded.
 * @param wanted names of commands @default all of them
 */
export async function buildProgram(io: Io, wanted?: readonly string[]): Promise<Command> {
  const program: Command = new Command('aftershock')
    .description('When an event platform breaks, does its recovery become a second outage?')
    .version(programVersion(), '-V, --version', 'print the version')
    // Taken from the arguments before they are parsed, so that it may stand anywhere.
    .option('--no-color', 'without colours, as with NO_COLOR=1; FORCE_COLOR=1 has them in a pipe too')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(`aftershock --help` lists what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      getOutHelpWidth: () => widthOf(io.stdout),
      getErrHelpWidth: () => widthOf(io.stderr),
    })
    .configureHelp({
      // A command of a command may go by the name of one that stands alone: `aws heal`.
      subcommandTerm: command =>
        (command.parent === program ? commandNamed(command.name())?.term : undefined) ??
        new Help().subcommandTerm(command),
    })
  program
    .command('version', { hidden: true })
    .description('print the version')
    .action(() => void io.stdout.write(`${programVersion()}\n`))
  for (const { name, description, topics, load } of COMMANDS)
    if (wanted?.includes(name) === false) program.command(name).description(description)
    else {
      ;(await load()).register(program, io)
      const more = topics.map(topic => `aftershock help ${topic}`).join(', ')
      // With a command of two names, for both; with its own commands, below each.
      for (const command of program.commands)
        if (commandNamed(command.name())?.name === name) command.addHelpText('afterAll', `\nMore: ${more}`)
    }
  for (const command of program.commands) namesItsHelp(command, 'aftershock')
  return program
}

/** A mistake on the command line of a command is answered with where that command’s own help is. */
function namesItsHelp(command: Command, above: string): void {
  const called = `${above} ${command.name()}`
  command.showHelpAfterError(`(\`${called} --help\` lists what it takes)`)
  for (const below of command.commands) namesItsHelp(below, called)
}

/** Runs one command line and resolves to its exit status; never rejects. */
export async function main(args: readonly string[], given: Io = processIo()): Promise<number> {
  const plain = guarded(args.includes(NO_COLOR) ? withoutColor(given) : given)
  const words = args.filter(word => word !== NO_COLOR)
  let hasResult = false
  const stdout: Io['stdout'] = {
    ...plain.stdout,
    write(text, manner) {
      hasResult = true
      return plain.stdout.write(text, manner)
    },
  }
  const io = { ...plain, stdout }
  try {
    const topic = topicOf(words)
    if (topic !== null) {
      io.stdout.write(await helpOn(topic))
      return EXIT.pass
    }
    const program = await buildProgram(io, words[0] === 'completion' ? undefined : meantBy(words))
    await program.parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' })
    return EXIT.pass
  } catch (error) {
    const status = exitStatusOf(error, io)
    // One document, whatever happens: where there is no result, the error.
    if (words.includes('--json') && !hasResult) writeErrorDocument(error, status, io)
    return status
  }
}

/** `help topics`, `help live`: not about a command, which commander helps with. */
function topicOf([first, second, ...more]: readonly string[]): string | null {
  const isTopic = first === 'help' && second !== undefined && more.length === 0 && !second.startsWith('-')
  return isTopic && !commandNamed(second) && second !== 'help' && second !== 'version' ? second : null
}

async function helpOn(topic: string): Promise<string> {
  const { topicIndex, topicText } = await import('./commands/help-topics.ts')
  const commands = COMMANDS.map(({ name }) => name)
  return topic === 'topics' ? topicIndex() : topicText(topic, commands)
}

/** The command that is asked for, or asked about: `help run` loads `run`. */
function meantBy(words: readonly string[]): string[] {
  const [first, second] = words.filter(word => !word.startsWith('-'))
  const command = commandNamed(first === 'help' ? second : first)
  return command ? [command.name] : []
}

/** `{"error":{"code":"input","source":"user","message":"…","hint":"…"}}`; nothing where a command gave only its status. */
function writeErrorDocument(error: unknown, status: number, io: Io): void {
  if (error instanceof ExitStatus || status === EXIT.pass) return
  const known =
    error instanceof AftershockError
      ? error
      : new AftershockError(error instanceof CommanderError ? 'usage' : 'internal', '')
  const { code, source } = known
  const hint = hintOf(known)
  io.stdout.write(
    `${JSON.stringify({ error: { code, source, message: messageOf(error).replace(/^error: /, ''), hint } }, null, 2)}\n`,
  )
}

const NO_COLOR = '--no-color'

function withoutColor(io: Io): Io {
  return { ...io, env: { ...io.env, NO_COLOR: '1', FORCE_COLOR: undefined } }
}

/** Says what went wrong, as far as nobody has said it yet, and what to do about it. */
export function exitStatusOf(error: unknown, io: Io): number {
  if (error instanceof ExitStatus) return error.status
  // Commander has printed its message. Help that was asked for is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage
  if (io.env.AFTERSHOCK_DEBUG && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  if (error instanceof AftershockError) {
    const whose = error.source === 'tool' ? 'internal error: ' : ''
    io.stderr.write(`${inLines(`aftershock: ${whose}${indented(error.message)}`, io.stderr)}\n`)
    const hint = hintOf(error)
    if (hint) io.stderr.write(`${hint}\n`)
    return EXIT[error.code]
  }
  io.stderr.write(`aftershock: internal error: ${messageOf(error)}\n`)
  if (!io.env.AFTERSHOCK_DEBUG) io.stderr.write(`${USUAL_HINT.internal}\n`)
  return EXIT.internal
}

/** What to do where an error of this kind brings nothing of its own. */
const USUAL_HINT: Partial<Record<ErrorCode, string>> = {
  usage: '`aftershock --help` lists the commands, and each has its own --help',
  unavailable: '`aftershock doctor` says what this machine lacks; AFTERSHOCK_DEBUG=1 shows where it happened',
  internal: 'this is a mistake of aftershock: report it with what AFTERSHOCK_DEBUG=1 prints',
}

function hintOf({ hint, code }: AftershockError): string | undefined {
  return hint ?? USUAL_HINT[code]
}

/** Lines of a log stay whole, so that they can be searched; long lists are broken up there too. */
function inLines(message: string, sink: Io['stderr']): string {
  if (sink.columns !== undefined) return withinWidth(message, widthOf(sink))
  const line = (text: string) => (text.length > LONGEST_LINE ? withinWidth(text, widthOf(sink)) : text)
  return message.split('\n').map(line).join('\n')
}

const LONGEST_LINE = 240

/** So that what a file says cannot look like a line of ours. */
function indented(message: string): string {
  return message.replaceAll(/\n(?! )/g, '\n  ')
}

const LEAVE_MS = 5000

/** Sets the exit status, and sees to it that the process ends: what was late and left may hold a socket open for ever. */
export function leave(status: number): void {
  process.exitCode = status
  setTimeout(() => process.exit(), LEAVE_MS).unref()
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  leave(await main(process.argv.slice(2)))
