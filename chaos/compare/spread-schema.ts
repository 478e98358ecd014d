import { z } from 'zod'

/** One number over the repeats of one platform. */
export const spread = z.object({
  /** Runs that have a value. */
  n: z.number(),
  /** Of the known values; null when there is none. */
  median: z.number().nullable(),
  /** Of the median of all possible runs. null when there are too few runs, or no bound on that side: see `why`. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Of the interval; null without one. */
  confidence: z.number().nullable(),
  method: z.string().nullable(),
  /** By run, in the order of the platform's `runs`. */
  values: z.array(z.object({ run: z.number(), value: z.number().nullable(), why: z.string().nullable() })),
  /** There is no such thing on this platform: nothing is missing. */
  applies: z.literal(false).optional(),
  /** Why there is no median, or no interval; null when there are both. */
  why: z.string().nullable(),
})
