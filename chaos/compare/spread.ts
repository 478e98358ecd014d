import type { Measured } from '../record/measured.ts'
import { MIN_RUNS } from '../score/repeats.ts'
import { medianInterval } from '../score/statistics.ts'
import type { Spread } from './comparison.ts'

/** What one run says of a number. */
export interface NumberOfRun {
  readonly run: number
  readonly value: number | null
  readonly why: string | null
  /** Without a value: it is certainly not less than this. */
  readonly atLeast?: number | undefined
  /** There is no such thing on this platform. */
  readonly applies?: false
}

export const METHOD = 'median, and the interval of the median by order statistics (sign test)'

export function numberOfRun(run: number, measured: Measured | null | undefined, scale = 1): NumberOfRun {
  if (!measured) return { run, value: null, why: 'not measured in this run' }
  const { value, why, atLeast, applies } = measured
  return {
    run,
    ...(applies === false ? { applies } : {}),
    value: value === null ? null : value * scale,
    // A value may carry a remark; why there is none is what matters here.
    why: value === null ? (why ?? 'not measured in this run') : null,
    ...(atLeast === undefined ? {} : { atLeast: atLeast * scale }),
  }
}

/**
 * Pure: several runs together, by the rules of chaos/score/repeats.ts: a run without a value could have had any,
 * so it widens the interval on both sides; one that has a lower bound could only have had more.
 */
export function spreadOf(runs: readonly NumberOfRun[]): Spread {
  const known = runs.flatMap(({ value }) => (value === null ? [] : [value]))
  const values = runs.map(({ run, value, why, atLeast }) => ({
    run,
    value: value === null ? null : tidy(value),
    why: value === null && atLeast !== undefined ? `at least ${tidy(atLeast)}: ${why}` : why,
  }))
  const missing = runs.length - known.length
  const median = medianInterval(known)?.median
  const none = { n: known.length, low: null, high: null, confidence: null, method: null, values }
  if (median === undefined && runs.length > 0 && runs.every(({ applies }) => applies === false))
    return { ...none, median: null, applies: false, why: runs[0]?.why ?? null }
  if (median === undefined)
    return { ...none, median: null, why: runs[0]?.why ?? 'there is no run that could have measured it' }
  const middle = { ...none, median: tidy(median) }
  if (runs.length < MIN_RUNS)
    return { ...middle, why: `${counted(runs.length)}: at least ${MIN_RUNS} are needed for an interval` }
  const [least, most] = [bounds(runs, 'least'), bounds(runs, 'most')]
  const [low, high] = [finite(least?.low), finite(most?.high)]
  return {
    ...middle,
    low,
    high,
    confidence: low === null && high === null ? null : (least?.confidence ?? null),
    method: METHOD,
    why: missing === 0 ? null : `${missing} of ${runs.length} runs have no value, and could have had any`,
  }
}

function bounds(runs: readonly NumberOfRun[], side: 'least' | 'most') {
  return medianInterval(
    runs.map(({ value, atLeast }) =>
      side === 'most' ? (value ?? Number.POSITIVE_INFINITY) : (value ?? atLeast ?? Number.NEGATIVE_INFINITY),
    ),
  )
}

/** Counts stay exact: a lost record is one record. Of the rest, what scaling adds behind the sixth digit goes. */
const tidy = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(6)))

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? tidy(value) : null

const counted = (runs: number): string => `${runs} ${runs === 1 ? 'run' : 'runs'}`
