import { formatDuration, writtenDuration } from '../core/units.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import type { PlannedSuiteRun } from './perform-suite.ts'
import type { SuiteFile } from './suite-file.ts'

/** Several runs as text: the verdict over all, then each run with its own. */
export function suiteWords({ suite, verdict, budgetMs, tookMs, runs }: SuiteFile): string {
  const budget = budgetMs === null ? '' : ` of ${writtenDuration(budgetMs)}`
  const rows = runs.map(run => [
    run.verdict === null ? '–' : verdictSign(run.verdict),
    run.verdict === null ? 'not judged' : verdictWord(run.verdict),
    `${run.drill} on ${run.platform}`,
    run.tookMs === null ? '' : formatDuration(run.tookMs),
    run.why ?? '',
  ])
  return [
    '',
    `${verdictSign(verdict)} ${verdictWord(verdict).toUpperCase()}  ${suite}: ${runs.length} runs in ${formatDuration(tookMs)}${budget}`,
    '',
    ...aligned([['', '', 'run', 'took', ''], ...rows]),
    '',
  ].join('\n')
}

/** What would run, and whether the budget holds it. */
export function planWords(suite: string, budgetMs: number | null, runs: readonly PlannedSuiteRun[]): string {
  const totalMs = runs.reduce((sum, { expectedMs }) => sum + expectedMs, 0)
  const rows = runs.map(({ drill, platform, seed, expectedMs }) => [
    `${drill} on ${platform}`,
    formatDuration(expectedMs),
    seed,
  ])
  const left = budgetMs === null ? null : budgetMs - totalMs
  return [
    `${suite}: ${runs.length} runs, about ${formatDuration(totalMs)} in all`,
    ...aligned([['run', 'takes about', 'seed'], ...rows]),
    ...(left === null
      ? []
      : [
          left >= 0
            ? `The budget of ${writtenDuration(budgetMs as number)} holds them.`
            : `The budget of ${writtenDuration(budgetMs as number)} is ${formatDuration(-left)} short: the last ones would not be begun, and the suite would be inconclusive.`,
        ]),
    '',
  ].join('\n')
}
