import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { sealOf } from '../compare/run-seal.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { printableDeep } from '../core/printable.ts'
import { writeText } from '../record/bounded-files.ts'
import { readScorecard } from '../record/scorecard.ts'
import { keptRuns, namedFolder, RUNS_FOLDER } from '../runs/kept-runs.ts'
import { type JudgedKeptRun, trendsOf } from '../runs/trend.ts'
import { renderTrends } from '../runs/trend-page.ts'
import { trendWords } from '../runs/trend-words.ts'
import { programVersion } from '../staged-program.ts'
import type { Io } from './io.ts'

interface Options {
  readonly drill?: string
  readonly out?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('trend')
    .description('over a folder of runs: did recovery get better or worse, with the versions on the axis')
    .argument('[folder]', 'where the runs lie', RUNS_FOLDER)
    .option('--drill <name>', 'only of this drill')
    .option('--out <file>', 'where the page goes (default: trend.html in that folder)')
    .option('--json', 'print one JSON document, and write no page')
    .action((folder: string, options: Options) =>
      trend(namedFolder(resolve(io.cwd, folder), folder), options, io),
    )
}

/** Runs that are not what was sealed, or were never judged, are left out, and named. */
async function trend(folder: string, { drill, out, json }: Options, io: Io): Promise<void> {
  const { runs, unread } = keptRuns(folder)
  const left = [...unread]
  const judged: JudgedKeptRun[] = []
  for (const run of runs) {
    if (drill !== undefined && run.drill !== drill) continue
    try {
      await sealOf(run.path)
      const scorecard = readScorecard(run.path)
      if (scorecard) judged.push({ kept: run, scorecard })
      else left.push({ path: run.path, why: 'it was not judged' })
    } catch (error) {
      left.push({ path: run.path, why: messageOf(error) })
    }
  }
  const trends = printableDeep(trendsOf(judged))
  if (json) {
    io.stdout.write(`${JSON.stringify({ format: 1, trends, unread: printableDeep(left) }, null, 2)}\n`)
    return
  }
  for (const { path, why } of printableDeep(left))
    io.stderr.write(`left out ${relative(io.cwd, path)}: ${why}\n`)
  if (trends.length === 0)
    throw new AftershockError('input', `there is no judged run in ${folder}`, {
      hint: 'Name a folder of runs; each run makes one: aftershock run first',
    })
  const page = out === undefined ? join(folder, 'trend.html') : resolve(io.cwd, out)
  writeText(
    page,
    renderTrends({ trends, reportOf: reportFrom(dirname(page)), unread: left, version: programVersion() }),
  )
  io.stdout.write(`${trendWords(trends)}\nPage: ${relative(io.cwd, page)}\n`)
}

/** The folder of a run with a report, from where the page lies: links are relative, so that all of it can be moved. */
const reportFrom = (folder: string) => (run: { readonly path: string }) =>
  existsSync(join(run.path, 'report.html')) ? relative(folder, run.path) : null
