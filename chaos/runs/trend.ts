import { grouped } from '../core/grouped.ts'
import { NUMBERS } from '../numbers/index.ts'
import { type Check, isVerdict, type Scorecard } from '../record/scorecard.ts'
import { medianInterval } from '../score/statistics.ts'
import { RARE } from './diff-runs.ts'
import type { KeptRun } from './kept-runs.ts'
import { rankTest } from './rank-test.ts'

export interface JudgedKeptRun {
  readonly kept: KeptRun
  readonly scorecard: Scorecard
}

export interface Trend {
  readonly format: 1
  readonly drill: string
  readonly title: string
  /** Without its version: that is what may change. */
  readonly platform: string
  /** The oldest first. */
  readonly runs: readonly KeptRun[]
  readonly measures: readonly TrendMeasure[]
}

export interface TrendMeasure {
  readonly check: string
  readonly subject: string | null
  readonly what: string
  readonly expected: string
  readonly unit: string
  /** A drill judges it; others are shown only. */
  readonly isJudged: boolean
  readonly limit: number | null
  /** One of the few that a picture shows. */
  readonly isKey: boolean
  /** In the order of `runs`; null where a run has none. */
  readonly values: readonly (number | null)[]
  readonly latest: Latest
}

/** What the newest version says against the one before it, or how far runs of the only one differ. */
export type Latest =
  | { readonly is: 'worse' | 'better' | 'moved'; readonly p: number; readonly since: string }
  | { readonly is: 'within-noise'; readonly p: number; readonly since: string }
  | { readonly is: 'too-few'; readonly since: string | null }
  /** Between which the median of all possible runs is, with this confidence. */
  | { readonly is: 'one-version'; readonly low: number; readonly high: number; readonly confidence: number }

/** Fewer runs of one version than these do not show how far runs of it differ. */
const MIN_FOR_SPREAD = 3

/** Pure: one trend for each drill on each platform, those with the newest run first. */
export function trendsOf(runs: readonly JudgedKeptRun[]): Trend[] {
  const oldestFirst = runs.toSorted((a, b) => (a.kept.startedAt < b.kept.startedAt ? -1 : 1))
  const newestOf = (trend: Trend) => trend.runs.at(-1)?.startedAt ?? ''
  return grouped(oldestFirst, ({ kept }) => `${kept.drill} ${platformOf(kept)}`)
    .map(([, own]) => trendOf(own))
    .toSorted((a, b) => (newestOf(a) < newestOf(b) ? 1 : -1))
}

function trendOf(judged: readonly JudgedKeptRun[]): Trend {
  const runs = judged.map(({ kept }) => kept)
  const newest = runs.at(-1) as KeptRun
  const checks = judged.map(({ scorecard }) => checksOf(scorecard))
  // What the drill does not ask for any more is no trend of it.
  const keys = [...(checks.at(-1) ?? [])].filter(([, { unit }]) => unit !== '').map(([key]) => key)
  return {
    format: 1,
    drill: newest.drill,
    title: newest.title,
    platform: platformOf(newest),
    runs,
    measures: keys.map(key => {
      const own = checks.map(found => found.get(key))
      const { check, subject, what, expected, unit, verdict, limit } = own.at(-1) as Check
      const values = own.map(one => one?.value ?? null)
      return {
        check,
        subject,
        what,
        expected,
        unit,
        isJudged: isVerdict(verdict),
        limit: limit?.value ?? null,
        isKey: NUMBERS.get(check)?.isKey ?? false,
        values,
        latest: latestOf(check, runs, values),
      }
    }),
  }
}

/** By check and subject; a gate that stands there twice, with other limits, is one measure. */
function checksOf({ rows }: Scorecard): ReadonlyMap<string, Check> {
  const checks = rows.flatMap(row => row.checks)
  return new Map(checks.toReversed().map(check => [JSON.stringify([check.check, check.subject]), check]))
}

function latestOf(check: string, runs: readonly KeptRun[], values: readonly (number | null)[]): Latest {
  const known = runs.flatMap((run, index) => {
    const value = values[index] ?? null
    return value === null ? [] : [{ version: versionOf(run), value }]
  })
  const versions = grouped(known, ({ version }) => version)
  const [last, previous] = [versions.at(-1), versions.at(-2)]
  const numbers = last?.[1].map(({ value }) => value) ?? []
  if (!previous) {
    if (numbers.length < MIN_FOR_SPREAD) return { is: 'too-few', since: null }
    const interval = medianInterval(numbers)
    if (!interval) return { is: 'too-few', since: null }
    const { low, high, confidence } = interval
    return { is: 'one-version', low, high, confidence }
  }
  const [since, earlier] = [previous[0], previous[1].map(({ value }) => value)]
  const test = rankTest(earlier, numbers)
  if (!test || test.smallest > RARE) return { is: 'too-few', since }
  if (test.p > RARE) return { is: 'within-noise', p: test.p, since }
  const better = NUMBERS.get(check)?.better ?? 'neither'
  if (better === 'neither') return { is: 'moved', p: test.p, since }
  const isMore = meanOf(numbers) > meanOf(earlier)
  return { is: isMore === (better === 'more') ? 'better' : 'worse', p: test.p, since }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const platformOf = ({ platform }: KeptRun): string => platform.split('@')[0] ?? platform

/** What may be why: the platform’s own version, and that of this program. */
export const versionOf = ({ platform, version }: KeptRun): string => `${platform}, aftershock ${version}`
