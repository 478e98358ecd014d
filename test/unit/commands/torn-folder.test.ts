import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, it } from 'mocha'
import { listFiles } from '../../../chaos/seal/inventory.ts'
import { type Folder, judgedRun } from '../judge/sealed-run.ts'
import { commandLine } from './command-line.ts'

type Damage = (run: Folder, file: string) => void

const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut in its middle': (run, file) => run.write(file, run.read(file).slice(0, run.read(file).length / 2)),
  'a folder': (run, file) => {
    rmSync(run.path(file))
    mkdirSync(run.path(file))
  },
  empty: (run, file) => run.write(file, ''),
  garbage: (run, file) =>
    run.write(file, Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 167) % 256))),
  'of huge numbers': (run, file) =>
    run.write(file, run.read(file).replaceAll(/(?<=[:[,] ?)\d+(?=[,}\]\n])/g, '1e308')),
  gone: (run, file) => rmSync(run.path(file)),
  'another kind of JSON': (run, file) => run.write(file, '[null]\n'),
}

const COMMANDS: readonly (readonly string[])[] = [
  ['audit', '.'],
  ['score', '.'],
  ['cost', '.'],
  ['report', '.'],
  ['verify', '.'],
  ['compare', '.', '--out', 'comparison'],
]
/** Verdicts and refusals; never a mistake of this program. */
const ALLOWED = new Set([0, 1, 2, 65, 75, 77])

describe('a run whose files are torn', function () {
  this.timeout(120_000)

  for (const [index, [words, damage]] of Object.entries(DAMAGES).entries())
    it(`by one that is ${words} is judged, or refused with the file’s name`, async () => {
      using whole = await judgedRun()
      const { files } = await listFiles(whole.dir)
      // Each command meets each file and each damage in turn; all of all would take minutes.
      for (const [number, file] of files.filter((_, at) => (at + index) % 2 === 0).entries())
        await expectAnAnswer(COMMANDS[(number + index) % COMMANDS.length] ?? [], file, words, damage)
    })

  for (const folder of ['history', 'samples', 'logs'])
    it(`by a file in the place of ${folder}/ is judged, or refused with its name`, async () => {
      for (const args of COMMANDS)
        await expectAnAnswer(args, folder, 'a file', (run, name) => {
          rmSync(run.path(name), { recursive: true })
          run.write(name, 'x')
        })
    })
})

async function expectAnAnswer(
  args: readonly string[],
  file: string,
  words: string,
  damage: Damage,
): Promise<void> {
  using run = await judgedRun()
  damage(run, file)
  const { code, err } = await commandLine(args, { cwd: run.dir })
  const what = `${args[0]} with ${file} ${words}: ${code} ${err}`
  assert.ok(ALLOWED.has(code), what)
  if (code === 65) assert.ok(err.includes(basename(file)), what)
}
