import { z } from 'zod'

/** One way in which sends of devices went wrong, at one broker. */
export const errorMeasurement = z.object({
  /** Kafka’s own code, or what the client saw in its place. */
  error: z.string(),
  /** That led the partition when it was asked, as the cluster said last; null: nobody was known to. */
  broker: z.number().nullable(),
  /** Of produce requests: partitions whose part ended so. A record that is sent again and fails again counts again. */
  parts: z.number(),
  records: z.number(),
  /** Of those, certainly not stored. */
  failedRecords: z.number(),
  /** Milliseconds of the run. */
  firstMs: z.number(),
  lastMs: z.number(),
  /** Records in each second in which there were any: `[the second’s beginning, records]`. */
  perSecond: z.array(z.tuple([z.number(), z.number()])),
})
export type ErrorMeasurement = z.output<typeof errorMeasurement>
