import { z } from 'zod'
import { plural } from '../core/numbers.ts'
import { defineAction } from './action.ts'
import { moveKeys } from './move-keys.ts'

const spec = z.strictObject({
  ...moveKeys,
  waves: z
    .int()
    .min(1)
    .max(6)
    .default(2)
    .describe('In so many groups devices connect to region b; consumers go after the first.'),
})

/**
 * Nothing is broken: settings and rules are compared, the mirror has copied everything, devices are held until that is
 * so to the last record, and go to region b in waves, with their consumers at translated offsets.
 */
export const migrate = defineAction<z.output<typeof spec>>({
  kind: 'migrate',
  summary: 'Devices and consumers go to region b as planned, in waves, step by step.',
  needs: ['regions'],
  spec,
  describe: ({ waves }) => `devices and consumers go to region b in ${plural(waves, 'wave')}`,
  run: ({ within, goAhead, waves }, { id, hands, signal }) =>
    hands.moveRegion(
      { id, move: 'migrate', withinMs: within, waves, ...(goAhead !== undefined && { goAhead }) },
      signal,
    ),
})
