import { formatValue, nameWithoutUnit } from '../core/quantity.ts'
import type { Check, Row, Scorecard } from '../record/scorecard.ts'

/** A check that made the verdict what it is, in words: why a run failed, or why nobody can tell. */
export interface Deciding {
  readonly check: Check
  readonly row: Row
  /** `sustained recovery after broker-kill-1`. */
  readonly name: string
  readonly measured: string
  /** `at most 15 s`, as the drill says. */
  readonly allowed: string
  /** How far beyond the limit: `15.07 s, ×31`; null where there is no number for both. */
  readonly by: string | null
  readonly why: string | null
}

/** All of them, none left out, the farthest beyond its limit first; none of a run that passed. */
export function decidingChecks(scorecard: Scorecard): Deciding[] {
  if (scorecard.verdict === 'pass') return []
  return scorecard.rows
    .flatMap(row => row.checks.map(check => ({ row, check })))
    .filter(({ check }) => check.verdict === scorecard.verdict)
    .toSorted((a, b) => excess(b.check) - excess(a.check))
    .map(({ row, check }) => ({
      check,
      row,
      name: nameOf(check),
      measured: check.shown,
      allowed: check.expected,
      by: beyond(check),
      why: check.why,
    }))
}

/** Where its row stands on the page. */
export const anchorOf = ({ dimension }: Row): string => `row-${dimension.replace(/[^a-z0-9-]/gi, '-')}`

/** `Failed: sustained recovery after broker-kill-1: 15.57 s, allowed at most 0.5 s (and 2 more)`. */
export function reasonOf(scorecard: Scorecard): string | null {
  const [first, ...more] = decidingChecks(scorecard)
  if (!first) return null
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  if (scorecard.verdict === 'inconclusive') return `Inconclusive: ${first.name} could not be decided${others}`
  return first.check.unit === ''
    ? `Failed: ${first.name}: ${first.measured}${others}`
    : `Failed: ${first.name}: ${first.measured}, allowed ${first.allowed}${others}`
}

/** What people call a check: without its dashes, and without the unit that its value carries. */
function nameOf({ check, subject, unit }: Check): string {
  const words = nameWithoutUnit(check, unit).replaceAll('-', ' ')
  if (subject === null) return words
  if (unit === '') return `${subject}: ${words}`
  return `${words} ${/\breplay\b/.test(words) ? 'of' : 'after'} ${subject}`
}

/** What is known of the value, for an upper limit also where it is only a lower bound. */
function knownOf({ value, shown }: Check): number | null {
  return shown.startsWith('at least') ? null : value
}

/** Checks without a number stand behind what should never be, and before what is a matter of degree. */
const NO_NUMBER = 1e9

/** How many limits it is away; of a limit of 0, as far as can be. */
function excess(check: Check): number {
  const value = knownOf(check)
  if (check.limit === undefined || value === null) return NO_NUMBER
  const { is, value: limit } = check.limit
  const [big, small] = is === 'atLeast' || is === 'above' ? [limit, value] : [value, limit]
  return small <= 0 ? Number.MAX_VALUE : big / small
}

function beyond(check: Check): string | null {
  const value = knownOf(check)
  if (check.verdict !== 'fail' || check.limit === undefined || value === null) return null
  const { value: limit } = check.limit
  const apart = Math.abs(value - limit)
  const times = excess(check)
  const factor = Number.isFinite(times) && times >= 2 && times < 1e6 ? `, ×${trim(times)}` : ''
  return `${check.unit === 'ratio' ? trim(apart) : formatValue(apart, check.unit)}${factor}`
}

/** Three digits that count, never in scientific notation. */
function trim(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return Number(value.toFixed(digits)).toLocaleString('en-US', { maximumFractionDigits: 6 }) === '0'
    ? String(Number(value.toPrecision(2)))
    : Number(value.toFixed(digits)).toLocaleString('en-US')
}
