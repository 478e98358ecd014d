import { count, plural } from '../core/numbers.ts'
import { formatValue, nameWithoutUnit } from '../core/quantity.ts'
import { withinWidth } from '../core/wrapped.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import type { ComparedCheck, ComparedRun, RunDiff, SideOfCheck } from './diff-runs.ts'

const GROUPS = [
  ['Worse', ({ change, before, after }) => change === 'worse' || isNewFailure(before, after)],
  ['Better', ({ change }) => change === 'better'],
  ['Moved, where neither way is better', ({ change }) => change === 'moved'],
  ['No value on one side', one => one.change === 'unknown' && !isText(one)],
] as const satisfies readonly (readonly [title: string, of: (one: ComparedCheck) => boolean])[]

const HEAD = ['', 'before', 'after', 'limit', 'beyond the noise?']

/** What got worse, as text: first the answer, then what else differs, then the numbers. */
export function diffWords(diff: RunDiff, width: number): string {
  const { verdict, why, before, after, conditions, checks } = diff
  const answer = {
    pass: 'nothing got worse',
    fail: 'something got worse',
    inconclusive: 'not clear whether something got worse',
  }
  const left = new Set(checks)
  const groups = GROUPS.flatMap(([title, isOf]) => {
    const own = [...left].filter(isOf)
    for (const one of own) left.delete(one)
    return own.length === 0 ? [] : ['', title, ...aligned([HEAD, ...own.map(rowOf)])]
  })
  return (
    [
      `${verdictSign(verdict)} ${verdictWord(verdict).toUpperCase()}  ${answer[verdict]}${why === null ? '' : `: ${why}`}`,
      `  before: ${runsWords(before)}`,
      `  after:  ${runsWords(after)}`,
      '',
      ...(conditions.length === 0
        ? ['Nothing else differs between them.']
        : [
            'What else differs, and may be why:',
            ...conditions.map(({ what, before: was, after: is }) => `  ${what}: ${was} -> ${is}`),
          ]),
      ...groups,
      '',
      `${plural(left.size, 'check')} unchanged.`,
      '',
    ]
      // A table stays one, whatever the width.
      .map(line => (groups.includes(line) ? line : withinWidth(line, width)))
      .join('\n')
  )
}

function rowOf(one: ComparedCheck): string[] {
  const { check, subject, unit, before, after, expected } = one
  const name = isText(one) ? check : nameWithoutUnit(check, unit)
  return [
    subject === null ? name : `${name} of ${subject}`,
    sideWords(before, unit),
    sideWords(after, unit),
    // What a limit is for stands behind a colon, and in the report.
    before.verdict === null && after.verdict === null ? '' : (expected.split(':')[0] ?? ''),
    noiseWords(one),
  ]
}

function sideWords({ median, values, verdict }: SideOfCheck, unit: string): string {
  const value = median === null ? null : unit === '' ? count(median) : formatValue(median, unit)
  const range = values.length > 1 && value !== null ? ` (${values.length} runs)` : ''
  return [value === null ? '-' : `${value}${range}`, verdict].filter(word => word !== null).join(', ')
}

function noiseWords({ noise, p, before, after }: ComparedCheck): string {
  if (noise === null || p === null) return ''
  if (noise !== 'too-few') return `${noise === 'beyond' ? 'yes' : 'no'}, p ${p.toFixed(3)}`
  const [few] = [before.values.length, after.values.length].toSorted((a, b) => a - b)
  return few === 1 ? 'not enough runs' : `not enough runs (p ${p.toFixed(2)} at best)`
}

const isNewFailure = (before: SideOfCheck, after: SideOfCheck): boolean =>
  after.verdict === 'fail' && before.verdict !== 'fail'

/** A check that has an answer in words, and no number. */
const isText = ({ unit, before, after }: ComparedCheck): boolean =>
  unit === '' && before.median === null && after.median === null

function runsWords(runs: readonly ComparedRun[]): string {
  const dates = [...new Set(runs.map(({ startedAt }) => startedAt.slice(0, 10)))].join(' and ')
  const platforms = [...new Set(runs.map(({ platform }) => platform))].join(', ')
  const verdicts = [...new Set(runs.map(({ verdict }) => verdict ?? 'not judged'))].join(' or ')
  return `${runs.length === 1 ? runs[0]?.run : plural(runs.length, 'run')} on ${platforms}, ${dates}: ${verdicts}`
}
