import { z } from 'zod'
import { combineVerdicts, type Verdict, verdictSchema } from '../core/verdict.ts'
import { platformSoftware } from '../record/platform-software.ts'
import type { GateFile, HeaderFile } from '../record/run-header.ts'
import { gateOf } from '../numbers/index.ts'
import type { Judged } from '../numbers/reading.ts'
import { implicitChecks } from './implicit-checks.ts'
import { judgeGate } from './judge.ts'
import { type Check, checkVerdict, isVerdict } from '../record/scorecard.ts'
import { judgeInterval, medianInterval, round } from './statistics.ts'

/** With fewer, the range of what was seen holds the median less often than three times in four. */
export const MIN_RUNS = 3

/**
 * `every-run`: a promise about data, or about the drill itself: one broken is broken. `median`: a number that
 * varies from run to run. `reported`: not judged.
 */
const rule = z.enum(['every-run', 'median', 'reported'])

const repeatedGate = z.object({
  gate: z.string(),
  /** The fault or action that it is about; null for the whole run. */
  subject: z.string().nullable(),
  /** The zone whose clients are left out, if any. */
  outsideOf: z.string().nullable(),
  what: z.string(),
  expected: z.string(),
  unit: z.string(),
  rule,
  /** By run; null where it has none. */
  values: z.array(z.number().nullable()),
  verdicts: z.array(checkVerdict),
  /** Of the known values. */
  median: z.number().nullable(),
  /** Of the median of all possible runs. null with a `confidence`: no bound on that side. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number().nullable(),
  /** Runs that say something. */
  n: z.number(),
  verdict: checkVerdict,
  why: z.string().nullable(),
})

const repeatedRun = z.object({
  /** Relative to the folder of `repeats.json`. */
  dir: z.string(),
  /** null when it could not be judged. */
  verdict: verdictSchema.nullable(),
  /** Why it could not be judged; null when it was. */
  why: z.string().nullable(),
})

/** `repeats.json`: several runs of one drill with one seed, and what they say together. */
export const repeats = z.object({
  format: z.literal(1),
  drill: z.string(),
  seed: z.string(),
  platform: z.string(),
  /** What the platform was made of, as the first run says. */
  software: platformSoftware.optional(),
  /** The same of region b. */
  regionSoftware: platformSoftware.optional(),
  /** How many runs were asked for. */
  asked: z.number(),
  runs: z.array(repeatedRun),
  verdict: verdictSchema,
  gates: z.array(repeatedGate),
})
export type Repeats = z.output<typeof repeats>
export type RepeatedGate = z.output<typeof repeatedGate>

/** One run as it was judged; `judged` is null when it was not. */
export interface RepeatedRun {
  readonly dir: string
  readonly judged: Judged | null
  readonly verdict: Verdict | null
  readonly why: string | null
}

export interface RepeatedDrill {
  readonly drill: string
  readonly seed: string
  readonly platform: string
  readonly software?: HeaderFile['software']
  readonly regionSoftware?: HeaderFile['regionSoftware']
  readonly asked: number
  readonly gates: readonly GateFile[]
}

/** Pure: what the runs say together. docs/statistics.md has the rules. */
export function judgeRepeats(about: RepeatedDrill, runs: readonly RepeatedRun[]): Repeats {
  const { gates, ...rest } = about
  const judged = [...gates.flatMap(gate => overRuns(runs, gate)), ...implicitOverRuns(runs, gates)]
  const few: Verdict[] = runs.length < Math.max(MIN_RUNS, about.asked) ? ['inconclusive'] : []
  return {
    format: 1,
    ...rest,
    runs: runs.map(({ dir, verdict, why }) => ({ dir, verdict, why })),
    verdict: combineVerdicts([...judged.map(gate => gate.verdict).filter(isVerdict), ...few]),
    gates: judged,
  }
}

/** A gate may concern several faults: each is one line over all runs. */
function overRuns(runs: readonly RepeatedRun[], gate: GateFile): RepeatedGate[] {
  const checks = runs.map(({ judged }) => (judged ? judgeGate(judged, gate) : []))
  const isData = gateOf(gate.gate).unit === 'records'
  return subjectsOf(checks).map(subject => {
    const own = checks.map(of => of.find(check => check.subject === subject) ?? null)
    const found = own.every(check => check?.verdict === 'not-applicable')
      ? {
          ...described(own, 'reported'),
          ...middleOf(own),
          verdict: 'not-applicable' as const,
          why: own[0]?.why ?? null,
        }
      : gate.reportOnly === true
        ? overMedian(own, null)
        : isData
          ? overEvery(own)
          : overMedian(own, gate)
    return { ...found, outsideOf: gate.outsideOf ?? null }
  })
}

function implicitOverRuns(runs: readonly RepeatedRun[], gates: readonly GateFile[]): RepeatedGate[] {
  const checks = runs.map(({ judged }) => (judged ? [...implicitChecks(judged, gates).values()].flat() : []))
  const names = [...new Set(checks.flat().map(({ check }) => check))]
  return names.flatMap(name => {
    const named = checks.map(of => of.filter(({ check }) => check === name))
    if (!named.flat().some(({ verdict }) => isVerdict(verdict))) return []
    return subjectsOf(named).map(subject =>
      overEvery(named.map(of => of.find(check => check.subject === subject) ?? null)),
    )
  })
}

function subjectsOf(checks: readonly (readonly Check[])[]): (string | null)[] {
  return [...new Set(checks.flat().map(({ subject }) => subject))]
}

type Own = readonly (Check | null)[]

/** One failure fails, and a run that cannot tell may have been the one that would have. */
function overEvery(own: Own): RepeatedGate {
  const told = own.filter(check => check?.verdict === 'pass' || check?.verdict === 'fail').length
  const failed = own.filter(check => check?.verdict === 'fail').length
  const verdict =
    failed > 0 ? 'fail' : told < Math.max(MIN_RUNS, own.length) ? ('inconclusive' as const) : 'pass'
  const why =
    failed > 0
      ? `it failed in ${failed} of ${own.length} runs`
      : verdict === 'pass'
        ? null
        : tooFew(told, own.length)
  return { ...described(own, 'every-run'), ...middleOf(own), n: told, verdict, why }
}

/** All of the median's interval must be on one side of the limit. */
function overMedian(own: Own, limit: GateFile | null): RepeatedGate {
  const spread = middleOf(own)
  const common = { ...described(own, limit ? 'median' : 'reported'), ...spread }
  if (!limit) return { ...common, verdict: 'not-judged', why: null }
  // A failure without a value is a lower bound beyond an upper limit: it says enough.
  if (spread.n < MIN_RUNS) return { ...common, verdict: 'inconclusive', why: tooFew(spread.n, own.length) }
  const { low, high } = spread
  const verdict = judgeInterval(limit, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY)
  const missing = own.length - spread.n
  const straddles =
    missing > 0
      ? `${missing} of ${own.length} runs have no value, and could be on either side of the limit`
      : 'the limit is within the interval of the median'
  return { ...common, verdict, why: verdict === 'inconclusive' ? straddles : null }
}

const tooFew = (n: number, runs: number): string =>
  n < MIN_RUNS ? `${n} runs tell; at least ${MIN_RUNS} are needed` : `${runs - n} of ${runs} runs cannot tell`

type Spread = Pick<RepeatedGate, 'median' | 'low' | 'high' | 'confidence' | 'n'>

/** A run without a value could have had any: it widens the interval on both sides. */
function middleOf(own: Own): Spread {
  const at = (unknown: number) =>
    own.map(check => check?.value ?? (check?.verdict === 'fail' ? Number.POSITIVE_INFINITY : unknown))
  const [least, most] = [
    medianInterval(at(Number.NEGATIVE_INFINITY)),
    medianInterval(at(Number.POSITIVE_INFINITY)),
  ]
  const known = own.flatMap(check => (typeof check?.value === 'number' ? [check.value] : []))
  const n = own.filter(check => typeof check?.value === 'number' || check?.verdict === 'fail').length
  const finite = (value: number | undefined) =>
    value !== undefined && Number.isFinite(value) ? round(value) : null
  return {
    median: finite(medianInterval(known)?.median),
    low: finite(least?.low),
    high: finite(most?.high),
    confidence: n === 0 ? null : (least?.confidence ?? null),
    n,
  }
}

function described(own: Own, of: RepeatedGate['rule']) {
  const first = own.find(check => check !== null)
  return {
    gate: first?.check ?? '',
    subject: first?.subject ?? null,
    outsideOf: null,
    what: first?.what ?? '',
    expected: first?.expected ?? '',
    unit: first?.unit ?? '',
    rule: of,
    values: own.map(check => check?.value ?? null),
    verdicts: own.map(check => check?.verdict ?? ('inconclusive' as const)),
  }
}
