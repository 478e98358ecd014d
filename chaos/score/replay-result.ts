import { z } from 'zod'

const count = z.number().nullable().catch(null)
const text = z.string().nullable().catch(null)
const partition = z.object({
  oldest: count,
  // Not in runs of before a replay could begin further on.
  oldestAvailable: count,
  gone: z.object({ from: z.number(), to: z.number() }).nullable().catch(null),
  end: count,
  oldestRequired: count,
  margin: count,
  records: count,
  bytes: count,
  sha256: text,
  storedSha256: text,
  // Not in runs of before every offset was accounted for.
  unread: z
    .array(z.object({ from: z.number(), to: z.number() }))
    .nullable()
    .catch(null),
  markers: count,
  holes: count,
  storedRecords: count,
  // Of replays by time alone.
  window: z.object({ inside: z.number(), before: z.number(), after: z.number() }).nullable().catch(null),
})
/** What a replay action reports; whatever is absent counts as not measured. */
export const replayResult = z.object({
  partitions: z.record(z.string(), partition).catch({}),
  seconds: count,
  records: count,
  bytes: count,
  recordsPerSecond: count,
  bytesPerSecond: count,
  complete: z.boolean().nullable().catch(null),
  reason: text,
  error: text,
})
export type ReplayResult = z.output<typeof replayResult>
