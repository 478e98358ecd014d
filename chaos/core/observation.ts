import { z } from 'zod'
import type { Immutable } from './immutable.ts'

/** One thing seen by a probe, in words and numbers that a reader can check. */
export const observation = z.object({
  what: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  unit: z.string().exactOptional(),
  limit: z
    .string()
    .exactOptional()
    .describe('What the value had to be for the proof; before a fault, how far looks were apart.'),
})
export type Observation = Immutable<z.output<typeof observation>>

/** The unit of an observation that counts requests of the platform which ran into a fault: scoring knows it by that. */
export const REQUESTS_MET = 'requests of the platform'

const BOUND = /^(at least|at most|above|below|less than) (\d+(?:\.\d+)?)\b/

/** Whether a number is beyond the bound that its limit says; false where it says none that can be read. */
export function missesLimit({ value, limit = '' }: Observation): boolean {
  const [, is, bound] = BOUND.exec(limit) ?? []
  if (typeof value !== 'number' || is === undefined) return false
  const limitOf = Number(bound)
  if (is === 'at least') return value < limitOf
  if (is === 'at most') return value > limitOf
  return is === 'above' ? value <= limitOf : value >= limitOf
}
