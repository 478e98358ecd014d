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
 * After a fail-over, when region a is back: a mirror begins to copy into it what region b was given since, devices are
 * held until all of that is there, and go back with their consumers. Each step has its time and its proof.
 */
export const failBack = defineAction<z.output<typeof spec>>({
  kind: 'fail-back',
  summary: 'After a fail-over, devices and consumers come back to region a, step by step.',
  needs: ['regions'],
  spec,
  describe: () => 'devices and consumers come back to region a',
  run: ({ within, goAhead }, { id, hands, signal }) =>
    hands.moveRegion(
      { id, move: 'fail-back', withinMs: within, ...(goAhead !== undefined && { goAhead }) },
      signal,
    ),
})
