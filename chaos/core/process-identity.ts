import { z } from 'zod'
import type { Immutable } from './immutable.ts'

/** A process of ours, known by pid and start time, so that a reused pid is never mistaken for it. */
export const processIdentity = z.object({
  pid: z.number(),
  startedAt: z
    .string()
    .describe('Opaque; equal for the same process and different after a reboot or a reuse of the pid.'),
})
export type ProcessIdentity = Immutable<z.output<typeof processIdentity>>
