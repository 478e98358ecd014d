import type { Argument, Command, Option } from 'commander'
import { buildProgram } from '../../chaos/cli.ts'
import { COMMANDS, type ListedCommand } from '../../chaos/commands/table.ts'

const MADE =
  '<!-- Made by `node --import tsx bin/commands.ts` from what the program itself parses and prints. -->'

/** Pages of `docs/commands/` by the name of their file: one for each command, and an index. */
export async function commandPages(): Promise<ReadonlyMap<string, string>> {
  let said = ''
  const program = await buildProgram({
    stdout: { write: text => (said += text), columns: 100 },
    stderr: { write: () => undefined },
    env: {},
    cwd: '/',
    isTerminal: false,
  })
  /** What stands below the options: written by hand. */
  const below = (command: Command): string => {
    said = ''
    command.outputHelp()
    return said
      .slice(command.helpInformation().length)
      .replace(/\n*More: [^\n]*\n$/, '')
      .trim()
  }
  const pages = COMMANDS.map(listed => {
    const command = program.commands.find(one => one.name() === listed.name)
    return [`${listed.name}.md`, pageOf(listed, command as Command, below)] as const
  })
  return new Map([['README.md', indexPage()], ...pages])
}

function indexPage(): string {
  const rows = COMMANDS.map(
    ({ name, description, topics }) =>
      `| [${name}](${name}.md) | ${cell(description)} | ${topics.map(topicLink).join(', ')} |`,
  )
  return `${MADE}

# Commands

In a checkout the program is called \`npx .\`, where it is installed in a folder \`npx aftershock\`, and \`aftershock\` where it is
installed for all. Each command prints its page with \`--help\`. [Exit codes](../exit-codes.md) are the same for all.

| command | does | more |
|---|---|---|
${rows.join('\n')}
`
}

function pageOf(
  { name, description, topics, aliases = [] }: ListedCommand,
  command: Command,
  below: (command: Command) => string,
): string {
  const alias = aliases.length === 0 ? '' : ` Also called ${aliases.map(word => `\`${word}\``).join(', ')}.`
  return `${MADE}

# aftershock ${name}

${sentence(description)}${alias} More: ${topics.map(topicLink).join(', ')}; [all commands](README.md), [exit codes](../exit-codes.md).

${partsOf(command, below, `aftershock ${name}`).join('\n\n')}
`
}

/** A command with its own commands below it. */
function partsOf(command: Command, below: (command: Command) => string, words: string): string[] {
  const own = command.commands.filter(one => one.name() !== 'help')
  const text = below(command)
  return [
    ...(own.length > 0 && command.registeredArguments.length === 0 && options(command).length === 0
      ? []
      : [block(`${words} ${command.usage()}`)]),
    ...table('argument', command.registeredArguments, argument => [argument.name(), argumentWords(argument)]),
    ...table('option', options(command), option => [option.flags, optionWords(option)]),
    ...(text === '' ? [] : [block(text)]),
    ...own.flatMap(one => [
      `## ${words} ${one.name()}`,
      sentence(one.description()),
      ...partsOf(one, below, `${words} ${one.name()}`),
    ]),
  ]
}

const options = (command: Command): readonly Option[] => command.options.filter(({ hidden }) => !hidden)

function table<T>(head: string, rows: readonly T[], cells: (row: T) => readonly [string, string]): string[] {
  if (rows.length === 0) return []
  const lines = rows.map(row => {
    const [name, words] = cells(row)
    return `| \`${name.replaceAll('|', '\\|')}\` | ${cell(words)} |`
  })
  return [`| ${head} | |\n|---|---|\n${lines.join('\n')}`]
}

const argumentWords = ({ description, required, defaultValue }: Argument): string =>
  `${description}${required ? '' : '; may be left out'}${defaultWords(defaultValue)}`

function optionWords({ description, mandatory, defaultValue, argChoices }: Option): string {
  const choices = argChoices ? `: ${argChoices.join(', ')}` : ''
  return `${description}${choices}${mandatory ? '; must be given' : ''}${defaultWords(defaultValue)}`
}

const defaultWords = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? ` (default: ${value})` : ''

const topicLink = (topic: string): string => `[${topic}](../${topic}.md)`
const block = (text: string): string => `\`\`\`\n${text}\n\`\`\``
const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ')
