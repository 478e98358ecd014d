import { Argument, type Command } from 'commander'
import { shippedDrills } from '../drill/shipped-drills.ts'
import type { Io } from './io.ts'

/** What may come after the words of a command, by those words: `lab` has `up`, `lab up` has `--platform`. */
type Words = ReadonlyMap<string, readonly string[]>

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export function register(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print what completes words of this program in a shell')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText(
      'after',
      `
  bash   source <(aftershock completion bash)
  zsh    source <(aftershock completion zsh)      after compinit
  fish   aftershock completion fish | source
It completes \`aftershock\`: the program has to be on the PATH by that name (npm link, or npm install --global).`,
    )
    .action(async (shell: Shell) => {
      io.stdout.write(SCRIPTS[shell](await wordsOf(program)))
    })
}

/** Of every command as it is registered, so that nothing is written down twice. */
async function wordsOf(program: Command): Promise<Words> {
  const words = new Map<string, readonly string[]>()
  const drills = await shippedDrills()
  const walk = (command: Command, path: string) => {
    const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
    words.set(path, [
      ...command.commands.map(inner => inner.name()),
      ...choices,
      ...(command.registeredArguments.some(argument => argument.name() === 'drill') ? drills : []),
      ...command.options.flatMap(({ long }) => long ?? []),
      '--help',
    ])
    for (const inner of command.commands) walk(inner, path === '' ? inner.name() : `${path} ${inner.name()}`)
  }
  walk(program, '')
  return words
}

/** Names of ours have none of the characters that a shell would read; this holds them to it. */
const safe = (words: readonly string[]): string => words.filter(word => /^[\w./-]+$/.test(word)).join(' ')

const cases = (words: Words): string =>
  [...words].map(([path, after]) => `    '${path}') echo '${safe(after)}' ;;`).join('\n')

/** Words of commands are walked along as far as they are some; what follows an option is its value or the next word. */
const WALK = `_aftershock_path() {
  local at='' word
  for word in "$@"; do
    case "$word" in -*) continue ;; esac
    if [ -n "$(_aftershock_words "\${at:+$at }$word")" ]; then at="\${at:+$at }$word"; fi
  done
  echo "$at"
}`

/** The functions of a shell that knows `case` and `local`. */
const wordsAndWalk = (words: Words): string => `_aftershock_words() {
  case "$1" in
${cases(words)}
  esac
}
${WALK}`

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: words => `# Completion of aftershock for bash.
${wordsAndWalk(words)}
_aftershock() {
  local at
  at="$(_aftershock_path "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=($(compgen -W "$(_aftershock_words "$at")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aftershock aftershock
`,
  zsh: words => `#compdef aftershock
# Completion of aftershock for zsh.
${wordsAndWalk(words)}
_aftershock() {
  local at
  at="$(_aftershock_path "\${(@)words[2,CURRENT-1]}")"
  compadd -- \${=$(_aftershock_words "$at")}
  _files
}
compdef _aftershock aftershock
`,
  fish: words => {
    const lines = [...words].flatMap(([path, after]) => {
      const steps = path === '' ? [] : path.split(' ')
      const condition =
        steps.length === 0
          ? '__fish_use_subcommand'
          : steps.map(step => `__fish_seen_subcommand_from ${step}`).join('; and ')
      return after
        .filter(word => safe([word]) !== '')
        .map(word =>
          word.startsWith('--')
            ? `complete -c aftershock -n '${condition}' -l ${word.slice(2)}`
            : `complete -c aftershock -n '${condition}' -a ${word}`,
        )
    })
    return `# Completion of aftershock for fish.\n${lines.join('\n')}\n`
  },
}
