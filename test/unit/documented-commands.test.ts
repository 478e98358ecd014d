import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, CommanderError } from 'commander'
import { describe, it } from 'mocha'
import { buildProgram } from '../../chaos/cli.ts'
import { clientLogin } from '../../chaos/commands/client-login.ts'
import type { Io } from '../../chaos/commands/io.ts'
import { commandNamed } from '../../chaos/commands/table.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { packageFile } from '../../chaos/package-root.ts'

const SILENT: Io = {
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  env: {},
  cwd: '/',
  isTerminal: false,
}

/** Of one language, or of none that is named (''), as they stand in a page. */
const blocks = (page: string, language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n([^]*?)\n```$/gm)].flatMap(([, of, text]) =>
    of === language ? [text ?? ''] : [],
  )

const pages = (): string[] => [
  'README.md',
  ...readdirSync(packageFile('docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
const guides = (): string[] => pages().filter(page => page.startsWith('docs/guide-'))

/** The command lines of this program in a page, without what a shell does with them. */
function commandLines(page: string): string[][] {
  return ['', 'sh', 'bash']
    .flatMap(language => blocks(page, language))
    .flatMap(block => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .flatMap(line => {
      const [, words] = /^(?:\w+=\S+ )*(?:npx \.|npx aftershock|aftershock) ([a-z].*)$/.exec(line) ?? []
      // What readers fill in is a word. After two spaces stands what it does; a shell ends a command at these.
      const command = words?.replaceAll(/<[^>]*>/g, 'X').split(/ {2,}| #|[|>;]|&&| \(/)[0]
      // Where words are left out, so are some that must be there.
      return command === undefined || command.includes('…') ? [] : [shellWords(command)]
    })
}

const shellWords = (text: string): string[] =>
  (text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map(word => word.replaceAll(/["']/g, ''))

/** The program, whose commands do nothing. */
async function idleProgram(): Promise<Command> {
  const program = await buildProgram(SILENT)
  const quiet = (one: Command): void => {
    one.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    // A command that only has commands stays so.
    if (one.commands.length === 0 || one.registeredArguments.length > 0) one.action(() => undefined)
    one.commands.forEach(quiet)
  }
  quiet(program)
  return program
}

let idle: Promise<Command> | undefined

/** Why the program would not take these words; null: it would. Nothing is run. */
async function refusal(words: readonly string[]): Promise<string | null> {
  const [name = ''] = words
  if (name === 'help' || name === 'version') return null
  if (commandNamed(name) === undefined) return `there is no command ${name}`
  try {
    await (await (idle ??= idleProgram())).parseAsync(words, { from: 'user' })
    return null
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? null : String(error)
  }
}

describe('what documentation tells people to type', () => {
  for (const page of pages())
    it(`is taken by the program: ${page}`, async () => {
      const refused: string[] = []
      for (const words of commandLines(readFileSync(packageFile(page), 'utf8'))) {
        if (words.join(' ') === MEANT_WRONG) continue
        const why = await refusal(words)
        if (why !== null) refused.push(`${words.join(' ')}: ${why}`)
      }
      assert.deepEqual(refused, [])
    })

  it('is found, and refused where the program would not take it', async () => {
    const page =
      '```\nX=1 npx . run first --plan    what it does\nnpx aftershock lab up && echo\nls | npx . x\n```'
    assert.deepEqual(commandLines(page), [
      ['run', 'first', '--plan'],
      ['lab', 'up'],
    ])
    for (const guide of guides())
      assert.ok(commandLines(readFileSync(packageFile(guide), 'utf8')).length > 1, guide)
    assert.match((await refusal(['run', 'first', '--plann'])) ?? '', /unknown option/)
    assert.match((await refusal(['lab', 'upp'])) ?? '', /unknown command/)
    assert.match((await refusal(['export', 'run'])) ?? '', /--format/)
    assert.match((await refusal(['runn'])) ?? '', /no command/)
  })

  it('has properties that a login is made of', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-guides-'))
    try {
      // What a guide has another program write.
      writeFileSync(join(folder, 'authority.pem'), readFileSync(AUTHORITY, 'utf8'))
      const found = guides().flatMap(guide => blocks(readFileSync(packageFile(guide), 'utf8'), 'properties'))
      assert.ok(found.length >= 4)
      for (const text of found) {
        const commandConfig = join(folder, 'client.properties')
        writeFileSync(commandConfig, `${text}\n`)
        const env = {
          ...(!text.includes('sasl.jaas.config') && { AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG: JAAS }),
          AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
          AWS_SECRET_ACCESS_KEY: 'x',
          AWS_REGION: 'eu-west-1',
        }
        assert.ok(clientLogin({ commandConfig }, { ...SILENT, env, cwd: folder }), text)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('has drills that can be loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-guides-'))
    try {
      writeFileSync(
        join(folder, 'contract.yaml'),
        readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8'),
      )
      const found = guides()
        .flatMap(guide => blocks(readFileSync(packageFile(guide), 'utf8'), 'yaml'))
        .filter(text => text.startsWith('drill: '))
      assert.equal(found.length, 2)
      for (const text of found) {
        const path = join(folder, `${/^drill: (\S+)/.exec(text)?.[1]}.yaml`)
        writeFileSync(path, `${text}\n`)
        assert.equal((await loadDrill(path, '/')).drill.timeline[0]?.kind, 'hook')
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** Shows what is said after a typo. */
const MEANT_WRONG = 'docter'
const JAAS = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="b";'
const AUTHORITY = packageFile('test', 'fixtures', 'bundles', 'tiny.pub')
