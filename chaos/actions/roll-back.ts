import { z } from 'zod'
import { duration } from '../core/units.ts'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  within: duration.prefault('60s').describe('How long each of its steps may take; after that it has failed.'),
  goAhead: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('What a person has to do, and to say that it is done, before devices are held.'),
})

/**
 * After a migration, back to region a: by the mirror that has copied into it since devices left. Where there is none,
 * the step that needs it fails, and devices stay where they are.
 */
export const rollBack = defineAction<z.output<typeof spec>>({
  kind: 'roll-back',
  summary: 'After a migration, devices and consumers come back to region a, step by step.',
  needs: ['regions'],
  spec,
  describe: () => 'the migration is undone',
  run: ({ within, goAhead }, { id, hands, signal }) =>
    hands.moveRegion(
      { id, move: 'roll-back', withinMs: within, ...(goAhead !== undefined && { goAhead }) },
      signal,
    ),
})
