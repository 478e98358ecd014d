import { appendFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError, messageOf } from '../core/errors.ts'
import { printableDeep } from '../core/printable.ts'
import type { Verdict } from '../core/verdict.ts'
import { writeText } from '../record/bounded-files.ts'
import type { Scorecard } from '../record/scorecard.ts'
import { type CiContext, ciLines, githubAnnotations, stepSummary } from '../report/ci-words.ts'
import { junitOf, junitOfRuns, type ReportedRun } from '../report/junit.ts'
import { repeatSentence } from '../runs/repeat-line.ts'
import type { Io } from './io.ts'

export interface CiOptions {
  readonly junit?: string
  readonly ci?: true
}

/** What a pipeline reads, for commands that end with a scorecard. */
export function addCiOptions(command: Command): Command {
  return command
    .option('--junit <file>', 'write the scorecard as a JUnit report too')
    .option(
      '--ci',
      'a line for each gate in place of the scorecard; on GitHub Actions annotations and a step summary too',
    )
}

/** The short text that stands in the place of the scorecard with `--ci`; null without it. */
export function shortText(card: Scorecard, runDir: string, { ci }: CiOptions, io: Io): string | null {
  return ci ? ciLines(printableDeep(card), contextOf(runDir, io)) : null
}

/**
 * Called when the verdict has been printed, which a file that cannot be written does not keep from anybody.
 * @throws AftershockError `unavailable` when one cannot be written: the run’s own folder is whole then
 */
export function writeCiFiles(card: Scorecard, runDir: string, { junit, ci }: CiOptions, io: Io): void {
  const scorecard = printableDeep(card)
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = io.env
  // It reads both streams; standard output may be one document.
  if (ci && GITHUB_ACTIONS === 'true') io.stderr.write(githubAnnotations(scorecard))
  if (junit !== undefined)
    attempt(resolve(io.cwd, junit), path => {
      writeText(path, junitOf(scorecard))
    })
  if (ci && GITHUB_STEP_SUMMARY)
    attempt(GITHUB_STEP_SUMMARY, path => {
      appendFileSync(path, stepSummary(scorecard, contextOf(runDir, io)))
    })
}

const contextOf = (runDir: string, { cwd }: Io): CiContext => ({
  repeat: printableDeep(repeatSentence(runDir, cwd)),
  report: relative(cwd, join(runDir, 'report.html')),
})

/** The runs of a suite as one JUnit report. @throws AftershockError `unavailable` when it cannot be written */
export function writeSuiteJunit(
  name: string,
  verdict: Verdict,
  runs: readonly ReportedRun[],
  file: string,
  io: Io,
): void {
  attempt(resolve(io.cwd, file), path => {
    writeText(path, junitOfRuns(name, verdict, printableDeep(runs)))
  })
}

function attempt(path: string, write: (path: string) => void): void {
  try {
    write(path)
  } catch (error) {
    const what =
      error instanceof AftershockError ? error.message : `${path} cannot be written: ${messageOf(error)}`
    throw new AftershockError('unavailable', what, {
      source: 'user',
      hint: 'The run is judged and its folder is whole: `aftershock score RUN --junit FILE` writes it later.',
      cause: error,
    })
  }
}
