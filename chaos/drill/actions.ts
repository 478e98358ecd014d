import { z } from 'zod'
import type { EntrySchemas } from '../core/drill.ts'

/**
 * What a timeline may do besides faults, each with its own keys. `replay`: the recovery consumer reads every
 * partition from the oldest offset to its end as it was when the replay began, while ingest goes on.
 */
export const ACTIONS: EntrySchemas = {
  replay: z.strictObject({
    from: z.literal('oldest').default('oldest').describe('Where the replay begins.'),
    consumer: z.literal('recovery').default('recovery').describe('Which consumer reads it.'),
  }),
}
