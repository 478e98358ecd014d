import { z } from 'zod'

/** What every number of `measurements.json` is made of. */

/** `file` within the run's folder; `selector` a JSON Pointer for `.json`, `line N` for `.jsonl`. */
export const proof = z.object({
  file: z.string(),
  selector: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
})

/** A comparison of two spans with what sampling alone leaves open; chaos/score/statistics.ts says how. */
export const estimated = z.object({
  value: z.number().nullable(),
  /** null, with the reason in `why`, where the samples are too few. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number(),
  /** Seconds on the smaller side. */
  n: z.number(),
  samples: z.tuple([z.number(), z.number()]),
  method: z.string(),
  why: z.string().nullable(),
})
export const answer = z.enum(['yes', 'no', 'unknown'])
export const measured = z.object({
  value: z.number().nullable(),
  /** Why there is no value, or null. */
  why: z.string().nullable(),
  /** There is no such thing on this platform, so that nobody could have measured it; `why` says how so. */
  applies: z.literal(false).optional(),
  /** Without a value: it is certainly not less than this (recovery that was not seen, for example). */
  atLeast: z.number().optional(),
  /** Of a comparison: what sampling alone leaves open. Gates judge by it. */
  interval: estimated.optional(),
  from: z.array(proof),
})

/** A stretch in which one zone's clients could not write one partition. */
export const outage = z.object({
  partition: z.string(),
  zone: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  /** It lasted until the end of what was recorded. */
  open: z.boolean(),
})

export type Proof = z.output<typeof proof>
export type Measured = z.output<typeof measured>
export type Estimated = z.output<typeof estimated>
export type Answer = z.output<typeof answer>
export type Outage = z.output<typeof outage>

export function known(value: number, ...from: Proof[]): Measured {
  return { value, why: null, from }
}

export function notKnown(why: string, ...from: Proof[]): Measured {
  return { value: null, why, from }
}

/** Not seen within the window, but it took at least `atLeast`. */
export function longerThan(atLeast: number, why: string, ...from: Proof[]): Measured {
  return { value: null, why, atLeast, from }
}

/** What this platform does not have; nothing is missing. */
export function doesNotApply(why: string): Measured {
  return { value: null, why, applies: false, from: [] }
}
