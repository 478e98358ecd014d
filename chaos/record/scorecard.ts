import { join } from 'node:path'
import { z } from 'zod'
import { type Verdict, verdictSchema } from '../core/verdict.ts'
import { platformSoftware } from './platform-software.ts'
import { proof } from './measured.ts'
import { readJson, writeDocument } from './bounded-files.ts'

/**
 * `scorecard.json`. A row is one readiness dimension; its checks are the gates that concern it. A check
 * that is only reported or asks for what the platform does not have, and a dimension that the drill did not touch,
 * have no part in the verdict.
 */
export const checkVerdict = z.enum(['pass', 'fail', 'inconclusive', 'not-judged', 'not-applicable'])
export const rowVerdict = z.enum([
  'pass',
  'fail',
  'inconclusive',
  'not-judged',
  'not-applicable',
  'not-exercised',
])

/** Those that a verdict is made of. */
export function isVerdict(one: CheckVerdict | RowVerdict): one is Verdict {
  return one === 'pass' || one === 'fail' || one === 'inconclusive'
}

export const check = z.object({
  /** A gate's name, or the name of a check that every drill has. */
  check: z.string(),
  /** The fault or action that it is about; null for the whole run. */
  subject: z.string().nullable(),
  what: z.string(),
  expected: z.string(),
  /** Of a gate that is judged: its comparison, in the check's unit; absent in scorecards before version 0.2.0. */
  limit: z
    .object({ is: z.enum(['atMost', 'atLeast', 'above', 'below', 'equals']), value: z.number() })
    .optional(),
  value: z.number().nullable(),
  /** The value for people: with its unit and sensible digits, or why there is none. */
  shown: z.string(),
  unit: z.string(),
  /** What sampling leaves open of the value, with 95% confidence, where that was estimated. */
  interval: z.object({ low: z.number(), high: z.number() }).optional(),
  verdict: checkVerdict,
  why: z.string().nullable(),
  proof: z.array(proof),
})

export const row = z.object({
  dimension: z.string(),
  title: z.string(),
  /** What was broken, or could have been. */
  failure: z.string(),
  expected: z.string(),
  owner: z.string(),
  verdict: rowVerdict,
  checks: z.array(check),
  proof: z.array(proof),
  residualRisk: z.string(),
  /** The work that a row which does not pass asks for; null when there is none. */
  next: z.string().nullable(),
})

export const scorecard = z.object({
  format: z.literal(1),
  run: z.string(),
  drill: z.string(),
  title: z.string(),
  platform: z.string(),
  /** What the platform was made of; absent in runs from before there was a choice. */
  software: platformSoftware.optional(),
  /** What region b was made of; absent where there is none, and in runs from before it was written. */
  regionSoftware: platformSoftware.optional(),
  verdict: verdictSchema,
  secondOutage: z.object({
    answer: z.enum(['no', 'yes', 'unknown']),
    /** A headline that never contradicts the verdict; absent in scorecards before version 0.2.0. */
    title: z.string().optional(),
    sentence: z.string(),
  }),
  rows: z.array(row),
})

export type CheckVerdict = z.output<typeof checkVerdict>
export type RowVerdict = z.output<typeof rowVerdict>
export type Check = z.output<typeof check>
export type Row = z.output<typeof row>
export type Scorecard = z.output<typeof scorecard>

export const SCORECARD_FILE = 'scorecard.json'

/** null when there is none. @throws AftershockError `input`, naming the file and the key, when it does not fit */
export function readScorecard(runDir: string): Scorecard | null {
  return readJson(join(runDir, SCORECARD_FILE), scorecard)
}

export function writeScorecard(runDir: string, value: Scorecard): void {
  writeDocument(join(runDir, SCORECARD_FILE), value)
}
