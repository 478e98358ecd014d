import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { shownPath } from '../drill/shipped-drills.ts'
import { AftershockError } from '../core/errors.ts'
import { formatBytes } from '../core/units.ts'
import { printableDeep } from '../core/printable.ts'
import { plural } from '../core/numbers.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import { findAlive } from '../machine/process-table.ts'
import { readScorecard } from '../record/scorecard.ts'
import { renderScorecard } from '../report/terminal.ts'
import { findDeadRun } from '../run/dead-run.ts'
import { sizeOf } from '../runs/folder-size.ts'
import { type KeptRun, keptRun, keptRuns, namedFolder, RUNS_FOLDER } from '../runs/kept-runs.ts'
import { repeatLine, repeatSentence } from '../runs/repeat-line.ts'
import { needsHealing } from './heal.ts'
import { type Io, widthOf } from './io.ts'

interface ListOptions {
  readonly drill?: string
  readonly platform?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  const runs = program.command('runs').description('the runs in a folder: list them, show one, remove some')
  runs
    .command('list')
    .description('every run in a folder, the newest first')
    .argument('[folder]', 'where they lie', RUNS_FOLDER)
    .option('--drill <name>', 'only of this drill')
    .option('--platform <name>', 'only of this platform, in any version or in that one: kafka, kafka@4.3.1')
    .option('--json', 'print one JSON document')
    .action((folder: string, options: ListOptions) => list(folder, options, io))
  runs
    .command('show')
    .description('the scorecard of a run as it was judged, and how to repeat it')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'print one JSON document')
    .action((dir: string, options: { readonly json?: true }) => show(dir, options, io))
  runs
    .command('rm')
    .description('remove runs that are over; without --yes, say what would go')
    .argument('<dirs...>', 'the folders of runs')
    .option('--yes', 'remove them: what was seen is gone then')
    .action((dirs: string[], options: { readonly yes?: true }) => remove(dirs, options.yes ?? false, io))
}

function list(folder: string, { drill, platform, json }: ListOptions, io: Io): void {
  const { runs: all, unread } = printableDeep(keptRuns(namedFolder(resolve(io.cwd, folder), folder)))
  const isMeant = (run: KeptRun) =>
    (drill === undefined || run.drill === drill) &&
    (platform === undefined || run.platform === platform || run.platform.startsWith(`${platform}@`))
  const runs = all.filter(isMeant)
  if (json) {
    io.stdout.write(`${JSON.stringify({ format: 1, runs, unread }, null, 2)}\n`)
    return
  }
  for (const { path, why } of unread)
    io.stderr.write(`${shownPath(path, io.cwd)} could not be read: ${why}\n`)
  if (runs.length === 0) {
    io.stdout.write(`There are no such runs in ${shownPath(resolve(io.cwd, folder), io.cwd)}.\n`)
    return
  }
  const rows = runs.map(run => [
    verdictSign(run.verdict ?? ''),
    run.verdict === null ? 'not judged' : verdictWord(run.verdict),
    `${run.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    run.drill,
    run.platform,
    run.version,
    run.isSealed ? 'sealed' : '',
    shownPath(run.path, io.cwd),
  ])
  io.stdout.write(`${aligned(rows).join('\n')}\n`)
}

function show(dir: string, { json }: { readonly json?: true }, io: Io): void {
  const runDir = resolve(io.cwd, dir)
  const run = printableDeep(keptRun(runDir))
  const scorecard = readScorecard(runDir)
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...run, repeat: repeatLine(runDir, io.cwd), scorecard }, null, 2)}\n`)
    return
  }
  if (scorecard)
    io.stdout.write(
      renderScorecard(printableDeep(scorecard), { color: true, width: widthOf(io.stdout) }),
      'painted',
    )
  else io.stdout.write(`${run.run} was not judged.\n`)
  io.stdout.write(
    `\n${run.drill} on ${run.platform}, ${run.startedAt}\n${printableDeep(repeatSentence(runDir, io.cwd))}\n`,
  )
}

/** All or nothing: what may not go keeps the others from going. */
async function remove(dirs: readonly string[], isMeant: boolean, io: Io): Promise<void> {
  const runs = dirs.map(dir => keptRun(resolve(io.cwd, dir)))
  for (const { path } of runs) {
    if (findAlive((await findDeadRun(path)).runner))
      throw refusal(
        `${shownPath(path, io.cwd)} is still going on`,
        'Wait until it ends, or interrupt it with Ctrl-C.',
      )
    if (await needsHealing(path))
      throw refusal(
        `${shownPath(path, io.cwd)} died, and what it broke may still be broken`,
        `Heal it first: aftershock heal ${shownPath(path, io.cwd)}`,
      )
  }
  for (const { path, run } of runs) {
    const size = formatBytes(sizeOf(path))
    if (isMeant) rmSync(path, { recursive: true })
    io.stdout.write(`${isMeant ? 'removed' : 'would remove'} ${shownPath(path, io.cwd)} (${run}, ${size})\n`)
  }
  if (!isMeant) io.stdout.write(`Nothing was removed. With --yes, ${plural(runs.length, 'run')} would go.\n`)
}

const refusal = (message: string, hint: string) =>
  new AftershockError('refused', message, { source: 'user', hint })
