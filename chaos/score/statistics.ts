import { type Comparison, compare } from '../core/drill.ts'
import type { Random } from '../core/random.ts'
import type { Verdict } from '../core/verdict.ts'
import { PooledQuantile } from './pooled-quantile.ts'

/**
 * Comparisons of two spans of a run, with 95% confidence intervals. Neighbouring seconds resemble each other,
 * so single seconds are not independent samples: each span is cut into seconds, and its statistic's standard
 * error comes from a circular block bootstrap over them. docs/statistics.md says how, why, and how often such
 * an interval holds the truth.
 */
export const CONFIDENCE = 0.95
/** Seconds that are drawn together: beyond them, seconds are taken to be independent. */
export const BLOCK_SECONDS = 5
/** Two blocks: with fewer nothing shows how much blocks differ. */
export const MIN_SECONDS = 2 * BLOCK_SECONDS
/** Fewer values beyond a quantile than these, and it is hardly more than the largest value. */
const MIN_BEYOND = 5
const REPLICATES = 1000
/** With long spans fewer replicates do: this many values are drawn at most. */
const MAX_DRAWN = 100_000_000

/** `value` is what was measured; `low` and `high` are null with the reason in `why` where that says too little. */
export interface Estimate {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly confidence: number
  /** Seconds on the smaller side. */
  readonly n: number
  readonly samples: readonly [before: number, after: number]
  readonly method: string
  readonly why: string | null
}

/** By second: the latencies of what was due in it. */
export type Seconds = readonly Int32Array[]

/** How a quantile of the latency changed: `after` over `before`, of all their values together. */
export function quantileRatio(before: Seconds, after: Seconds, share: number, random: Random): Estimate {
  const method = `ratio of p${Math.round(share * 100)}s, circular block bootstrap over seconds`
  const sides = [new PooledQuantile(before, share), new PooledQuantile(after, share)] as const
  const needed = Math.ceil(MIN_BEYOND / (1 - share) - 1e-6)
  const scarce = sides.find(side => side.size < needed)
  const why = scarce ? `${scarce.size} batches are too few: ${needed} are needed on each side` : null
  return estimate(sides, [filled(before), filled(after)], RATIO, { method, random, why })
}

const filled = (seconds: Seconds): number => seconds.filter(second => second.length > 0).length

/** How a mean rate changed: `after` over `before`. */
export function meanRatio(before: readonly number[], after: readonly number[], random: Random): Estimate {
  const method = 'ratio of means, circular block bootstrap over seconds'
  return estimateOf(before, after, mean, RATIO, { method, random, why: null })
}

/** By how much a median moved: `after` less `before`. */
export function medianShift(before: readonly number[], after: readonly number[], random: Random): Estimate {
  const method = 'difference of medians, circular block bootstrap over seconds'
  return estimateOf(before, after, middle, DIFFERENCE, { method, random, why: null })
}

/**
 * A limit against an interval: it passes when all of the interval is within, fails when all of it is beyond,
 * and anything else could be either.
 */
export function judgeInterval(limit: Comparison, low: number, high: number): Verdict {
  const [atLow, atHigh] = [compare(limit, low), compare(limit, high)]
  if (atLow && atHigh) return 'pass'
  const isInside = limit.equals !== undefined && low <= limit.equals && limit.equals <= high
  return atLow || atHigh || isInside ? 'inconclusive' : 'fail'
}

/** The middle of a few independent values, with what order statistics alone say of the true median. */
export interface MedianInterval {
  readonly median: number
  readonly low: number
  readonly high: number
  /** Exact, for any distribution: that the median of all possible runs is between `low` and `high`. */
  readonly confidence: number
}

/**
 * The narrowest pair of order statistics that holds the median with 95%; with fewer than six values there is
 * none, and the whole range is taken with the confidence that it has (sign test). Infinite values are beyond
 * what was seen. null when there is no value.
 */
export function medianInterval(values: readonly number[]): MedianInterval | null {
  const sorted = Float64Array.from(values).sort()
  const n = sorted.length
  if (n === 0) return null
  let cut = 0
  while (2 * (cut + 1) < n && coverage(n, cut + 1) >= CONFIDENCE) cut++
  return {
    median: middle(sorted),
    low: sorted[cut] as number,
    high: sorted[n - 1 - cut] as number,
    confidence: round(coverage(n, cut)),
  }
}

/** P(the median is between the order statistics that are `cut` from the ends): 1 - 2 P(Bin(n, 1/2) <= cut). */
function coverage(n: number, cut: number): number {
  let term = 0.5 ** n
  let tail = term
  for (let k = 1; k <= cut; k++) {
    term = (term * (n - k + 1)) / k
    tail += term
  }
  return 1 - 2 * tail
}

type Pair<T> = readonly [before: T, after: T]

/** One side: `of` computes its statistic over the seconds in `order`, which may repeat. */
interface Sampled {
  readonly n: number
  /** Values that one draw looks at. */
  readonly cost: number
  of(order: Int32Array): number
}

/** The scale on which the sampling error is about symmetric, and the way back. */
interface Scale {
  readonly to: (value: number) => number
  readonly from: (difference: number) => number
}
const RATIO: Scale = { to: Math.log, from: Math.exp }
const DIFFERENCE: Scale = { to: value => value, from: difference => difference }

interface How {
  readonly method: string
  readonly random: Random
  /** Why there can be no interval, if that is known already. */
  readonly why: string | null
}

function estimateOf(
  before: readonly number[],
  after: readonly number[],
  statistic: (values: Float64Array) => number,
  scale: Scale,
  how: How,
): Estimate {
  const side = (values: readonly number[]): Sampled => {
    // One place for all draws: a thousand are made of each side. The statistic may reorder it.
    const drawn = new Float64Array(values.length)
    return {
      n: values.length,
      cost: values.length,
      of(order) {
        for (let i = 0; i < drawn.length; i++) drawn[i] = values[order[i] as number] as number
        return statistic(drawn)
      },
    }
  }
  return estimate([side(before), side(after)], [before.length, after.length], scale, how)
}

function estimate(sides: Pair<Sampled>, samples: Pair<number>, scale: Scale, how: How): Estimate {
  const { to, from } = scale
  const whole = (side: Sampled) => to(side.of(Int32Array.from({ length: side.n }, (_, i) => i)))
  const [before, after] = [whole(sides[0]), whole(sides[1])]
  const difference = after - before
  const value = Number.isFinite(difference) ? round(from(difference)) : null
  const none = { value, low: null, high: null, confidence: CONFIDENCE, n: Math.min(...samples), samples }
  const { method } = how
  const few = Math.min(...samples) < MIN_SECONDS
  const why = few
    ? `${samples[0]} and ${samples[1]} seconds: at least ${MIN_SECONDS} on each side are needed`
    : (how.why ?? (value === null ? 'one side has nothing to compare with' : null))
  if (why !== null) return { ...none, method, why }
  const errors = sides.map(side => standardError(side, to, how.random))
  if (errors.some(error => !Number.isFinite(error.variance)))
    return { ...none, method, why: 'some of the seconds have nothing to compare with' }
  const variance = errors.reduce((sum, error) => sum + error.variance, 0)
  // Welch and Satterthwaite: the sides' freedoms weigh by what they add to the variance.
  const freedom =
    variance === 0
      ? 1
      : variance ** 2 / errors.reduce((sum, error) => sum + error.variance ** 2 / error.freedom, 0)
  const half = variance === 0 ? 0 : studentQuantile(freedom) * Math.sqrt(variance)
  return {
    ...none,
    low: round(from(difference - half)),
    high: round(from(difference + half)),
    method,
    why: null,
  }
}

/**
 * The variance of a side's statistic over `REPLICATES` draws of blocks from its seconds, end joined to start
 * so that every second is as likely as any other. Deviations are from the span's own statistic, which takes
 * away about a block's share of the variance; `n / (n - block)` gives it back.
 */
function standardError(
  side: Sampled,
  to: (value: number) => number,
  random: Random,
): { readonly variance: number; readonly freedom: number } {
  const { n, cost } = side
  const replicates = Math.max(100, Math.min(REPLICATES, Math.floor(MAX_DRAWN / Math.max(1, cost))))
  const order = new Int32Array(n)
  let sum = 0
  let squares = 0
  for (let replicate = 0; replicate < replicates; replicate++) {
    drawBlocks(order, random)
    const value = to(side.of(order))
    sum += value
    squares += value * value
  }
  const variance = Math.max(0, squares / replicates - (sum / replicates) ** 2)
  // What rounding leaves of equal numbers is no variance.
  const isNothing = variance <= 1e-12 * (squares / replicates)
  return {
    variance: isNothing ? 0 : variance * (n / (n - BLOCK_SECONDS)),
    freedom: n / BLOCK_SECONDS - 1,
  }
}

function drawBlocks(order: Int32Array, random: Random): void {
  const n = order.length
  let at = 0
  while (at < n) {
    const start = random.integer(n)
    for (let i = 0; i < BLOCK_SECONDS && at < n; i++) order[at++] = (start + i) % n
  }
}

/** The 97.5% quantiles of Student's t for 1 to 30 degrees of freedom. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const

/** Rounded down to a whole number of degrees: rather too wide than too narrow. */
function studentQuantile(freedom: number): number {
  const whole = Math.max(1, Math.floor(freedom))
  // Beyond the table the expansion around the normal quantile is good to three digits.
  return STUDENT[whole - 1] ?? 1.96 + 2.372 / whole + 2.823 / whole ** 2
}

function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Of numbers that nobody needs in their order any more: they are sorted where they are. */
function middle(values: Float64Array): number {
  const sorted = values.sort()
  const n = sorted.length
  const [low, high] = [sorted[Math.floor((n - 1) / 2)], sorted[Math.floor(n / 2)]]
  if (low === undefined || high === undefined) return Number.NaN
  return low === high ? low : (low + high) / 2
}

/** Four digits: more would say that the next run has them too. */
export function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value
}
