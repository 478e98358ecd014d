import { z } from 'zod'
import { duration } from '../core/units.ts'

/** What every action takes that moves devices and consumers from one region to the other. */
export const moveKeys = {
  within: duration.prefault('60s').describe('How long each of its steps may take; after that it has failed.'),
  goAhead: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('What a person has to do, and to say that it is done, before devices are held.'),
}
