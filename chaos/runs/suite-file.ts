import { z } from 'zod'
import { verdictSchema } from '../core/verdict.ts'

const suiteRun = z.object({
  /** Relative to the folder of `suite.json`. */
  dir: z.string(),
  drill: z.string(),
  platform: z.string(),
  seed: z.string(),
  /** null when it was not judged. */
  verdict: verdictSchema.nullable(),
  /** Why it was not judged; null when it was. */
  why: z.string().nullable(),
  /** With set-up and judging; null when it was not begun. */
  tookMs: z.number().nullable(),
})

/** `suite.json`: what a suite was to run, and what each run came to; written anew after each. */
export const suiteFile = z.object({
  format: z.literal(1),
  suite: z.string(),
  /** null: it had none. */
  budgetMs: z.number().nullable(),
  tookMs: z.number(),
  /** One failure fails; a run that was not judged is inconclusive. */
  verdict: verdictSchema,
  /** All that were asked for, in their order. */
  runs: z.array(suiteRun),
})
export type SuiteFile = z.output<typeof suiteFile>
export type SuiteRun = SuiteFile['runs'][number]

export const SUITE_FILE = 'suite.json'
