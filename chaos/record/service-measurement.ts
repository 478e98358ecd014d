import { z } from 'zod'
import { measured, outage } from './measured.ts'

/** Of a stretch without service: how many attempts were refused or never answered, and who was late meanwhile. */
const troubled = z.object({
  ...outage.shape,
  failedAttempts: z.number(),
  /** The load generator's own worst delay in it, in milliseconds; null when it was not sampled. */
  loopDelayMs: z.number().nullable(),
})

const someNames = z.array(z.string())

/** Batches that brokers refused for a record in them. Lists have the first thousand; counts have all. */
export const refusedBatches = z.object({
  batches: z.number(),
  /** Of which a record was refused by itself. */
  badDevices: z.number(),
  bad: z.array(z.object({ device: z.string(), records: z.number() })),
  /** Whose records were refused only because they were in the same batch. */
  healthyDevices: z.number(),
  healthy: someNames,
  /** Of those, who had a record in such a batch that was never stored afterwards. */
  withoutDataDevices: z.number(),
  withoutData: z.array(z.object({ device: z.string(), records: someNames })),
  /** Why there may be more; null where every history is whole. */
  why: z.string().nullable(),
  file: z.string(),
})

/** What no gate has to ask for: was everything delivered, and was everybody served while nothing was broken? */
export const serviceMeasurement = z.object({
  /** The zero that a drill's `at` counts from; null when the timeline never began. */
  zeroMs: z.number().nullable(),
  /** Records that were still at the edge when the fleet had been given time to deliver them. */
  leftAtEdge: measured,
  /**
   * Devices without a session when the load ended, beyond what is usual. Absent where none was ever lost, and in
   * measurements of before sessions were counted.
   */
  withoutSession: measured.optional(),
  /** Absent where none was refused, and in measurements of before it was looked at. */
  refusedBatches: refusedBatches.optional(),
  /** Of at least three seconds, and begun while no fault held or healed and no action ran. */
  unexplained: z.array(troubled),
  /** Not one acknowledgement until the load ended, nor while the fleet drained. */
  neverBack: z.array(troubled),
})

export type RefusedBatches = z.output<typeof refusedBatches>
export type ServiceMeasurement = z.output<typeof serviceMeasurement>
export type TroubledStretch = z.output<typeof troubled>
