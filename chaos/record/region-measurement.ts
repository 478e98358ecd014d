import { z } from 'zod'
import { measured } from './measured.ts'

const record = z.object({ topic: z.string(), id: z.string(), at: z.number() })
const partition = z.object({
  partition: z.string(),
  committed: z.number().nullable(),
  /** null: nothing was translated. */
  translated: z.number().nullable(),
  began: z.number(),
  /** By content. */
  right: z.number(),
  reread: z.number(),
  skipped: z.number(),
  end: z.number().nullable(),
  isBeyondEnd: z.boolean(),
})

/** What two clusters and the mirror between them made of a run. */
export const regionMeasurement = z.object({
  brokers: z.number(),
  policy: z.string(),
  offsets: z.string(),
  /** The fault that took region a away; null: none did. */
  cut: z.object({ id: z.string(), at: z.number() }).nullable(),
  /** The action; null: there was none. */
  failOver: z
    .object({
      id: z.string(),
      startedAt: z.number(),
      finishedAt: z.number().nullable(),
      ok: z.boolean().nullable(),
      line: z.number(),
    })
    .nullable(),
  steps: z.array(
    z.object({
      id: z.string(),
      step: z.string(),
      owner: z.string(),
      ok: z.boolean(),
      at: z.number(),
      tookMs: z.number(),
      proof: z.string(),
      line: z.number(),
    }),
  ),
  acked: z.object({ a: z.number(), b: z.number() }),
  /** Acknowledged by region a and missing in region b. */
  lost: measured,
  /** From the first missing acknowledgement to the newest that region a gave. */
  lostMs: measured,
  oldestMissing: record.nullable(),
  newestMissing: record.nullable(),
  newestAckedAt: z.number().nullable(),
  /** Acknowledged by either and in neither. */
  lostEverywhere: measured,
  /** Copies beyond the first within one cluster, both added up. */
  repeated: measured,
  outOfOrder: measured,
  /** From the loss of the region to the last step of the fail-over. */
  recoveryMs: measured,
  reread: measured,
  skipped: measured,
  partitions: z.array(partition),
  checkpointMs: measured,
  /** Partitions with a commit and without a checkpoint. */
  withoutCheckpoint: z.array(z.string()),
  /** Over the links between the regions. */
  bytesBetween: measured,
  devices: z.array(
    z.object({
      device: z.string(),
      /** Missing in region b. */
      lost: z.number(),
      repeated: z.number(),
      outOfOrder: z.number(),
    }),
  ),
  /** [end of a second, ms of the run; acknowledged by a; acknowledged by b; new in b]. */
  bySecond: z.array(z.tuple([z.number(), z.number(), z.number(), z.number().nullable()])),
})

export type RegionMeasurement = z.output<typeof regionMeasurement>
