import { z } from 'zod'
import type { Immutable } from './immutable.ts'

/** Who leads a partition and which replicas are in sync with it, as a broker says. */
export const partitionState = z.object({
  leader: z.number().describe('-1 when there is none.'),
  leaderEpoch: z.number(),
  replicas: z.array(z.number()),
  isr: z.array(z.number()),
})
export type PartitionState = Immutable<z.output<typeof partitionState>>
