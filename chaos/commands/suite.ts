import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import { environmentOf } from '../drivers/index.ts'
import { refuseTaken } from '../out-place.ts'
import { nameOfId, type PlatformId } from '../platforms/platform-id.ts'
import type { PlatformOptionValues } from '../platforms/options.ts'
import { readScorecard, type Scorecard } from '../record/scorecard.ts'
import { checkDrill } from '../run/check-drill.ts'
import { expectationsOf } from '../run/expectations.ts'
import { runId } from '../run/prepare.ts'
import { loadSuite, type Suite } from '../runs/load-suite.ts'
import { performSuite, type PlannedSuiteRun } from '../runs/perform-suite.ts'
import { SUITE_FILE, type SuiteFile } from '../runs/suite-file.ts'
import { planWords, suiteWords } from '../runs/suite-words.ts'
import { systemClock } from '../system-clock.ts'
import { addCiOptions, type CiOptions, shortText, writeCiFiles, writeSuiteJunit } from './ci-output.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { ExitStatus, type Io } from './io.ts'
import { addPlatformOptions, optionsFor, platformChoice } from './platform-options.ts'
import { sealingKey } from './seal.ts'

interface Options extends PlatformOptionValues, CiOptions {
  readonly out?: string
  readonly key?: string
  readonly json?: true
  readonly plan?: true
  readonly allowCommands?: true
}

export function register(program: Command, io: Io): void {
  addPlatformOptions(
    addCiOptions(
      program
        .command('suite')
        .description('several drills, each on one platform or more: one verdict, in a budget of time')
        .argument('<file>', 'which drills, on which platforms, in how long (docs/ci.md)')
        .option('--out <dir>', 'the folder of its runs (default: runs/<time>-<suite>)')
        .option('--key <file>', 'sign the evidence with this private key; default: $AFTERSHOCK_KEY')
        .option('--allow-commands', 'let its drills run programs of their authors’; they have your rights')
        .option('--plan', 'print what would run, and how long it takes; touch nothing')
        .option('--json', 'suite.json on standard output; progress on standard error'),
    ),
  ).action((file: string, options: Options) => suite(file, options, io))
}

/** @throws ExitStatus with the status of the verdict over all runs */
async function suite(file: string, options: Options, io: Io): Promise<void> {
  const path = resolve(io.cwd, file)
  const loaded = await loadSuite(path, shownPath(path, io.cwd))
  // Every drill is read and checked before the first one runs.
  const runs = await plannedRuns(loaded, dirname(path), options, io)
  if (options.plan) {
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ suite: loaded.suite, budgetMs: loaded.budget ?? null, runs: runs.map(({ drill, platform, seed, expectedMs }) => ({ drill, platform, seed, expectedMs })) })}\n`
        : planWords(
            printableDeep(loaded.suite),
            loaded.budget ?? null,
            runs.map(run => ({
              ...run,
              ...printableDeep({ drill: run.drill, platform: run.platform, seed: run.seed }),
            })),
          ),
    )
    return
  }
  const outDir = resolve(
    io.cwd,
    options.out ?? join('runs', runId(slugOf(loaded.suite), systemClock.wallMs())),
  )
  refuseTaken(outDir)
  await requireHealthyMachine(io, 'local')
  const { file: result, interrupted } = await performSuite({
    outDir,
    suite: loaded.suite,
    budgetMs: loaded.budget ?? null,
    runs,
    clock: systemClock,
    progress: line => void io.stderr.write(`${printableDeep(line)}\n`),
  })
  report(result, outDir, options, io)
  throw new ExitStatus(interrupted ? EXIT.interrupted : EXIT[result.verdict])
}

async function plannedRuns(
  { drills }: Suite,
  folder: string,
  options: Options,
  io: Io,
): Promise<PlannedSuiteRun[]> {
  const kind = environmentOf('local')
  const sealing = options.plan ? null : sealingKey(options.key, io)
  const allowCommands = options.allowCommands ?? false
  const planned: PlannedSuiteRun[] = []
  for (const { drill: nameOrPath, platforms, seed: given } of drills) {
    const loaded = await loadDrill(nameOrPath, folder)
    const seed = given ?? loaded.drill.seed
    for (const id of platforms as readonly PlatformId[]) {
      const choice = platformChoice({ platform: id, ...optionsFor(nameOfId(id), options) }, io)
      await checkDrill(loaded, kind.outline(loaded.drill, choice.platform), {
        seed,
        // A plan runs nothing.
        allowCommands: allowCommands || options.plan === true,
      })
      planned.push({
        drill: loaded.drill.drill,
        platform: id,
        seed,
        expectedMs: expectationsOf(loaded.drill, choice.platform).totalMs,
        async perform(runDir, signal) {
          // What carries a run out is three times as much as what plans it.
          const { runAndJudge } = await import('./perform.ts')
          const job = {
            loaded,
            seed,
            kind,
            choice,
            sealing: sealing ?? sealingKey(options.key, io),
            io,
            allowCommands,
            signal,
          }
          const { outcome, judged } = await runAndJudge(
            job,
            runId(loaded.drill.drill, systemClock.wallMs()),
            runDir,
          )
          if (judged) tellPipeline(judged.scorecard, runDir, options, io)
          return { ...outcome, verdict: judged ? judged.scorecard.verdict : null }
        },
      })
    }
  }
  return planned
}

/** As each run ends: who reads a log does not wait for the last one. */
function tellPipeline(scorecard: Scorecard, runDir: string, { ci, json }: Options, io: Io): void {
  const options = { ...(ci && { ci }) }
  const short = shortText(scorecard, runDir, options, io)
  if (short !== null && !json) io.stdout.write(short)
  writeCiFiles(scorecard, runDir, options, io)
}

function report(result: SuiteFile, outDir: string, options: Options, io: Io): void {
  const shown = printableDeep(result)
  if (options.json) io.stdout.write(`${JSON.stringify({ dir: outDir, ...result })}\n`)
  else
    io.stdout.write(
      `${suiteWords(shown)}\nRuns and ${SUITE_FILE}: ${printableDeep(shownPath(outDir, io.cwd))}\n`,
    )
  if (options.junit === undefined) return
  const runs = result.runs.map(({ dir, drill, platform, verdict, why }) => ({
    name: `${drill} on ${platform}`,
    scorecard: verdict === null ? null : readScorecard(join(outDir, dir)),
    why,
  }))
  writeSuiteJunit(result.suite, result.verdict, runs, options.junit, io)
}

/** For the name of its folder. */
function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'suite'
  )
}
