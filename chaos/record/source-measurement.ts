import { z } from 'zod'
import { measured } from './measured.ts'

/** A row of the outbox and where a record of it is; null where there is none. */
const example = z.object({
  id: z.number().nullable(),
  aggregate: z.string().nullable(),
  partition: z.number().nullable(),
  offset: z.number().nullable(),
})

/** What one source made of its outbox. */
export const sourceMeasurement = z.object({
  source: z.string(),
  topic: z.string(),
  /** null: it is missing. */
  exactlyOnce: z.boolean().nullable(),
  file: z.string(),
  /** Committed in the table. */
  rows: measured,
  /** Of those, committed after a row with a higher id. */
  lateCommits: measured,
  /** In its topic, as one sees them who reads what is committed. */
  records: measured,
  /** Rows of which there is no record. */
  missing: measured,
  /** Of those, the ones that were committed late. */
  missingLate: measured,
  /** Records beyond the first of a row. */
  repeated: measured,
  /** Rows whose first record stands after that of a later row of the same aggregate. */
  reordered: measured,
  /** Records of no row. */
  unexplained: measured,
  /** From a row's commit to its first record, the longest. */
  longestDelayMs: measured,
  /** [end of a second, milliseconds of the run; rows committed in it; first records; rows that waited then]. */
  bySecond: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  examples: z.object({
    missing: z.array(example),
    repeated: z.array(example),
    reordered: z.array(example),
    unexplained: z.array(example),
  }),
})

export type SourceMeasurement = z.output<typeof sourceMeasurement>
export type SourceExample = z.output<typeof example>
