import { plural } from '../core/numbers.ts'
import { formatValue, nameWithoutUnit } from '../core/quantity.ts'
import { aligned } from '../page/text-table.ts'
import type { Latest, Trend, TrendMeasure } from './trend.ts'

const HEAD = ['', 'oldest', 'newest', '', 'the newest version against the one before']

/** The trends of a folder as text: what each number did, and whether that is more than noise. */
export function trendWords(trends: readonly Trend[]): string {
  return trends.map(oneTrend).join('\n')
}

function oneTrend({ drill, platform, runs, measures }: Trend): string {
  const judged = measures.filter(({ isJudged }) => isJudged)
  const [first, last] = [runs[0], runs.at(-1)]
  const span = `${first?.startedAt.slice(0, 10)} to ${last?.startedAt.slice(0, 10)}`
  const verdicts = runs.map(({ verdict }) => SIGN[verdict ?? 'none']).join('')
  return [
    `${drill} on ${platform}: ${plural(runs.length, 'run')}, ${span}  ${verdicts}`,
    ...aligned([HEAD, ...judged.map(rowOf)]),
    '',
  ].join('\n')
}

const SIGN = { pass: '✓', fail: '✕', inconclusive: '?', none: '·' } as const

function rowOf({ check, subject, unit, values, latest }: TrendMeasure): string[] {
  const known = values.filter(value => value !== null)
  const shown = (value: number | undefined) => (value === undefined ? '-' : formatValue(value, unit))
  const name = nameWithoutUnit(check, unit)
  return [
    subject === null ? name : `${name} of ${subject}`,
    shown(known[0]),
    shown(known.at(-1)),
    sparkline(values),
    latestWords(latest, unit),
  ]
}

export function latestWords(latest: Latest, unit: string): string {
  switch (latest.is) {
    case 'too-few':
      return `not enough runs${latest.since === null ? '' : ` against ${latest.since}`}`
    case 'one-version':
      return `one version: the median is from ${formatValue(latest.low, unit)} to ${formatValue(latest.high, unit)} (${Math.round(latest.confidence * 100)}%)`
    case 'within-noise':
      return `within the noise of ${latest.since} (p ${latest.p.toFixed(3)})`
    case 'moved':
    case 'better':
    case 'worse':
      return `${latest.is} than ${latest.since} (p ${latest.p.toFixed(3)})`.replace(
        'moved than',
        'moved since',
      )
  }
}

const BARS = '▁▂▃▄▅▆▇█'

/** A value for each run, between the least and the most; a space where a run has none. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter(value => value !== null)
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const bar = (value: number) =>
    BARS[most === least ? 0 : Math.round(((value - least) / (most - least)) * (BARS.length - 1))] ?? ' '
  return values.map(value => (value === null ? ' ' : bar(value))).join('')
}
