import { z } from 'zod'
import { proof } from './measured.ts'

/** Whether the platform ran into a fault: by its bytes on the links, or by what its brokers led. */
export const faultMet = z.object({
  what: z.string(),
  /** null: not measured, and `why` says why. */
  met: z.boolean().nullable(),
  /** Bytes a second before it, or partitions. */
  value: z.number().nullable(),
  why: z.string().nullable(),
  /** Of links, by what they lead to. Of a cut only what came back is counted. */
  groups: z.array(
    z.object({
      listener: z.string(),
      links: z.number(),
      beforeBytesPerSecond: z.number().nullable(),
      duringBytesPerSecond: z.number().nullable(),
    }),
  ),
  from: z.array(proof),
})

export type FaultMet = z.output<typeof faultMet>
