import { z } from 'zod'
import { measured } from './measured.ts'

/** A record of a sink’s topics, by where it is stored. */
const example = z.object({ topic: z.string(), partition: z.number(), offset: z.number(), id: z.string() })
const byPartition = z.record(z.string(), z.number())

/** How one sink fared under one fault. */
const sinkUnderFault = z.object({
  fault: z.string(),
  /** By `topic/partition`: what was committed when its effect was proven, and at the end of its window. */
  committedBefore: byPartition.nullable(),
  committedAfter: byPartition.nullable(),
  /** From the proven effect until every task was said to run, and stayed so. */
  runningMs: measured,
  /** From the proven effect until every partition that had something to write had a new row; the worst of them. */
  firstRowMs: measured,
  /** Between the two: RUNNING is no progress. */
  runningToRowMs: measured,
  worstPartition: z.string().nullable(),
  /** Most rows inserted or updated in one second from the proven effect to the end of its window. */
  peakRowsPerSecond: measured,
  rebalances: measured,
})

/** What one sink had in the end against what is stored, and how it fared meanwhile. */
export const sinkMeasurement = z.object({
  connector: z.string(),
  mode: z.string(),
  file: z.string(),
  partitions: z.array(
    z.object({
      partition: z.string(),
      low: z.number(),
      high: z.number(),
      committed: z.number().nullable(),
      missing: z.number(),
    }),
  ),
  /** Records of its topics, as the final read found them. */
  stored: measured,
  /** Of those, below what it had committed. */
  committed: measured,
  rows: measured,
  deadLetters: measured,
  /** Committed, and neither a row nor a dead letter. */
  missing: measured,
  /** Stored, not committed in the end, and no row either. Not known of one that was only slow. */
  undelivered: measured,
  /** Where it stood in the end; absent in older measurements, null: it was not kept. */
  end: z
    .object({
      how: z.string(),
      /** For how long it had committed nothing. */
      idleMs: z.number(),
      /** Of the connector, which reads RUNNING beside tasks that failed. */
      state: z.string().nullable(),
      tasks: z.array(
        z.object({
          id: z.number(),
          state: z.string(),
          worker: z.number().nullable(),
          why: z.string(),
        }),
      ),
    })
    .nullable()
    .optional(),
  /** Rows beyond the first of a record. */
  repeated: measured,
  /** Records that were first written after a later one of the same device. */
  reordered: measured,
  /** Rows of records that are not stored. */
  unexplained: measured,
  /** Rows beyond the first with one id, wherever it stands. This and the next two are absent in older measurements. */
  doubled: measured.optional(),
  /** Dead letters about sound records. */
  wronglyAside: measured.optional(),
  /** Dead letters of which no repair job made a record that is stored. */
  unrepaired: measured.optional(),
  /** Rebalances of its consumer group, from its first sample to its last. */
  rebalances: measured,
  examples: z.object({
    missing: z.array(example),
    undelivered: z.array(example),
    repeated: z.array(example),
    reordered: z.array(example),
    unexplained: z.array(example),
    doubled: z.array(example).optional(),
    wronglyAside: z.array(example).optional(),
    unrepaired: z.array(example).optional(),
  }),
  faults: z.array(sinkUnderFault),
})

export type SinkMeasurement = z.output<typeof sinkMeasurement>
export type SinkEnd = NonNullable<SinkMeasurement['end']>
export type SinkUnderFault = z.output<typeof sinkUnderFault>
export type SinkExample = z.output<typeof example>
