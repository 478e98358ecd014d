import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { formatDuration, writtenDuration } from '../core/units.ts'
import { combineVerdicts } from '../core/verdict.ts'
import { makeNewFolder } from '../out-place.ts'
import { writeDocument } from '../record/bounded-files.ts'
import { endsAll, type RunResult } from '../run/repeat.ts'
import { SUITE_FILE, type SuiteFile, type SuiteRun } from './suite-file.ts'

/** One drill on one platform. */
export interface PlannedSuiteRun {
  readonly drill: string
  /** With its version, where one was given. */
  readonly platform: string
  readonly seed: string
  /** How long it takes, as its plan says. */
  readonly expectedMs: number
  /** Into a folder that is not there yet; ends early, healed, when the signal aborts. */
  perform(runDir: string, signal: AbortSignal): Promise<RunResult>
}

export interface SuiteOptions {
  readonly outDir: string
  readonly suite: string
  readonly budgetMs: number | null
  readonly runs: readonly PlannedSuiteRun[]
  readonly clock: Clock
  readonly progress: (line: string) => void
}

export interface SuiteOutcome {
  readonly file: SuiteFile
  /** By a person: what was not begun is not begun. */
  readonly interrupted: boolean
}

/**
 * Runs one after the other, and judges them together. A run that cannot be performed, or that the budget does not reach,
 * is one that cannot tell: it never passes.
 * @throws AftershockError `unhealed` when a run left something broken, `refused` when the folder is there already; what
 * is wrong with the command is wrong for every run, and ends it too.
 */
export async function performSuite(options: SuiteOptions): Promise<SuiteOutcome> {
  const { outDir, runs, clock, progress, budgetMs } = options
  makeNewFolder(outDir)
  const began = clock.now()
  const done: SuiteRun[] = []
  const write = () => {
    const left = runs.slice(done.length).map(run => notBegun(run, runs, 'it was not its turn yet'))
    const file = fileOf(options, [...done, ...left], clock.now() - began)
    writeDocument(join(outDir, SUITE_FILE), file)
    return file
  }
  for (const [index, run] of runs.entries()) {
    const leftMs = budgetMs === null ? null : budgetMs - (clock.now() - began)
    const name = `${run.drill} on ${run.platform}`
    if (leftMs !== null && run.expectedMs > leftMs) {
      const why = `the budget of ${writtenDuration(budgetMs as number)} had ${formatDuration(Math.max(0, leftMs))} left, and it takes about ${formatDuration(run.expectedMs)}`
      progress(`${name} is not begun: ${why}`)
      done.push(notBegun(run, runs, why))
      continue
    }
    progress(`${name}: run ${index + 1} of ${runs.length}`)
    const { entry, ends } = await performOne(run, options, leftMs)
    done.push(entry)
    progress(`${name}: ${entry.verdict ?? `not judged: ${entry.why}`}`)
    const file = write()
    if (ends instanceof Error) throw ends
    if (ends === 'interrupted') return { file, interrupted: true }
  }
  return { file: write(), interrupted: false }
}

async function performOne(
  run: PlannedSuiteRun,
  { outDir, runs, clock, budgetMs }: SuiteOptions,
  leftMs: number | null,
): Promise<{ readonly entry: SuiteRun; readonly ends: Error | 'interrupted' | null }> {
  const began = clock.now()
  const dir = folderOf(run, runs)
  const entry = (verdict: SuiteRun['verdict'], why: string | null): SuiteRun => ({
    ...namesOf(run),
    dir,
    verdict,
    why,
    tookMs: Math.round(clock.now() - began),
  })
  const budget = new AbortController()
  const over = new AbortController()
  if (leftMs !== null)
    clock.sleep(leftMs, over.signal).then(
      () => budget.abort(new AftershockError('interrupted', 'the budget of the suite')),
      () => {},
    )
  try {
    const result = await run.perform(join(outDir, dir), budget.signal)
    const unhealed =
      result.unhealed.length === 0
        ? null
        : new AftershockError(
            'unhealed',
            `not healed: ${result.unhealed.join(', ')}; no other run was begun`,
            {
              hint: `aftershock heal ${join(outDir, dir)}`,
            },
          )
    if (!result.interrupted) return { entry: entry(result.verdict, null), ends: unhealed }
    const byBudget = budget.signal.aborted
    const why = byBudget
      ? `the budget of ${writtenDuration(budgetMs as number)} ended while it ran; it was healed`
      : 'interrupted'
    return { entry: entry(null, why), ends: unhealed ?? (byBudget ? null : 'interrupted') }
  } catch (error) {
    return { entry: entry(null, messageOf(error)), ends: endsAll(error) ? (error as Error) : null }
  } finally {
    over.abort()
  }
}

const namesOf = ({ drill, platform, seed }: PlannedSuiteRun) => ({ drill, platform, seed })

function notBegun(run: PlannedSuiteRun, runs: readonly PlannedSuiteRun[], why: string): SuiteRun {
  return { ...namesOf(run), dir: folderOf(run, runs), verdict: null, why, tookMs: null }
}

/** Numbered, so that one drill with two seeds has two. */
function folderOf(run: PlannedSuiteRun, runs: readonly PlannedSuiteRun[]): string {
  return `${runs.indexOf(run) + 1}-${run.drill}-${run.platform}`
}

function fileOf({ suite, budgetMs }: SuiteOptions, runs: SuiteRun[], tookMs: number): SuiteFile {
  return {
    format: 1,
    suite,
    budgetMs,
    tookMs: Math.round(tookMs),
    verdict: combineVerdicts(runs.map(({ verdict }) => verdict ?? 'inconclusive')),
    runs,
  }
}
