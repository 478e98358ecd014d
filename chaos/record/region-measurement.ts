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

/** Once that devices and consumers went to the other region, or were to go. */
const move = z.object({
  id: z.string(),
  kind: z.string(),
  from: z.enum(['a', 'b']),
  to: z.enum(['a', 'b']),
  startedAt: z.number(),
  finishedAt: z.number().nullable(),
  ok: z.boolean().nullable(),
  line: z.number(),
  /** Whether devices were told to go. */
  hasLeft: z.boolean(),
  lost: measured,
  lostMs: measured,
  reread: measured,
  skipped: measured,
  /** From the loss of the region, or from when devices were held, to the last step. */
  recoveryMs: measured,
  partitions: z.array(partition),
})

/** What two clusters and the mirror between them made of a run. */
export const regionMeasurement = z.object({
  brokers: z.number(),
  policy: z.string(),
  offsets: z.string(),
  /** The fault that took region a away; null: none did. */
  cut: z.object({ id: z.string(), at: z.number() }).nullable(),
  /** In the order of time. What is lost, read again and passed over is added up; times are those of the slowest. */
  moves: z.array(move),
  steps: z.array(
    z.object({
      id: z.string(),
      step: z.string(),
      to: z.string(),
      owner: z.string(),
      ok: z.boolean(),
      at: z.number(),
      tookMs: z.number(),
      proof: z.string(),
      line: z.number(),
      /** Over the links between the regions while it was taken; null: not metered. */
      bytesBetween: z.number().nullable(),
    }),
  ),
  acked: z.object({ a: z.number(), b: z.number() }),
  /** Acknowledged by the region that was left, or lost, and missing in the other. */
  lost: measured,
  /** Of the lost those that the other region has later ones of: what a mirror jumped. */
  holes: measured,
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
  recoveryMs: measured,
  reread: measured,
  skipped: measured,
  checkpointMs: measured,
  /** Partitions with a commit and without a checkpoint. */
  withoutCheckpoint: z.array(z.string()),
  /** Whether region b stopped growing once nobody produced; null: the run did not come so far. */
  isQuiet: z.boolean().nullable(),
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
