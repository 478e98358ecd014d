import { z } from 'zod'

/** A line of the reference store's transfer log (`fetch.log`): what really went to or came from the store. */
const transfer = z.strictObject({
  /** Wall clock of the broker, ms; when it had ended. */
  t: z.number(),
  what: z.enum(['copy', 'fetch', 'delete']),
  topic: z.string(),
  partition: z.number(),
  /** First and last offset of the segment. */
  baseOffset: z.number(),
  endOffset: z.number(),
  /** Of the chunk's first byte in the segment; 0 for a whole segment. */
  position: z.number(),
  bytes: z.number(),
  /** Fetched before anyone asked; whether it was read later is not known here. */
  ahead: z.boolean(),
})
export type Transfer = z.output<typeof transfer>

/** All lines that are whole; the last one may still be being written. */
export function parseTransfers(log: string): readonly Transfer[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map(line => transfer.parse(JSON.parse(line)))
}
