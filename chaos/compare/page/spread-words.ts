import { plural } from '../../core/numbers.ts'
import { formatValue } from '../../core/quantity.ts'
import { type Html, html } from '../../page/html.ts'
import { MIN_RUNS } from '../../score/repeats.ts'
import type { Spread } from '../comparison.ts'

export type Format = (value: number) => string

export const formatOf =
  (unit: string): Format =>
  value =>
    formatValue(value, unit)

export const percent: Format = value => `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)}%`

/** A number over repeats with its interval below; without one, why. `undefined`: the platform did not run. */
export function spreadCell(spread: Spread | undefined, format: Format, extra?: Html | false): Html {
  if (!spread) return html`<span class="none">not run</span>`
  if (spread.median === null) return html`<span class="none">${absenceWords(spread)}</span>`
  return html`<b>${format(spread.median)}${extra}</b><small>${intervalWords(spread, format)}</small>`
}

type Interval = Pick<Spread, 'median' | 'low' | 'high' | 'confidence' | 'why'> & {
  readonly values: readonly { readonly value: number | null }[]
}

/** `3.4 s to 3.9 s, 75%`: the interval of the median, or why there is none. */
export function intervalWords(
  { median, low, high, confidence, values, why }: Interval,
  format: Format,
): string {
  const known = values.filter(({ value }) => value !== null)
  const runs = plural(values.length, 'run')
  const partly = known.length < values.length ? `; ${known.length} of ${runs} have a value` : ''
  if (low === null && high === null) {
    // Said once, above the table, and not in every cell of it.
    return values.length < MIN_RUNS || why === null ? `${runs}, no interval` : why
  }
  if (partly === '' && known.every(({ value }) => value === median)) return `the same in ${runs}`
  const side = (bound: number | null): string => (bound === null ? 'any' : format(bound))
  const sure = confidence === null ? '' : `, ${Math.floor(confidence * 100)}%`
  return `${side(low)} to ${side(high)}${sure}${partly}`
}

/** In one line, for text alternatives. */
export function spreadWords(spread: Spread | undefined, format: Format): string {
  if (!spread) return 'not run'
  if (spread.median === null) return absenceWords(spread)
  return `${format(spread.median)} (${intervalWords(spread, format)})`
}

/** Whether two medians can be told apart at all: their intervals do not touch. */
export function intervalsAreApart(a: Spread, b: Spread): boolean {
  const [low, high] = [a, b].toSorted((x, y) => (x.median ?? 0) - (y.median ?? 0))
  const [end, begin] = [low?.high ?? null, high?.low ?? null]
  return end !== null && begin !== null && end < begin
}

/** Why there is no number: nobody knows it, or there is none to be known. */
export function absenceWords({ applies, why }: Pick<Spread, 'applies' | 'why'>): string {
  return applies === false ? `does not apply: ${why}` : `not known: ${why ?? 'no run has a value'}`
}
