import { z } from 'zod'
import { duration } from '../core/units.ts'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  within: duration.prefault('60s').describe('How long each of its steps may take; after that it has failed.'),
})

/**
 * Devices and consumers go to region b. Four steps, in this order, each with its time and its proof in the journal: the
 * mirror is stopped, so that nothing old can come after what is new; offsets of the group are looked at; devices
 * connect there; consumers begin where their offsets say. Where the drill has the stateful processor come along, two more:
 * devices tell region b what they were told last, and the processor is rebuilt there.
 */
export const failOver = defineAction<z.output<typeof spec>>({
  kind: 'fail-over',
  summary: 'Devices and consumers go to region b, step by step.',
  needs: ['regions'],
  spec,
  describe: () => 'devices and consumers go to region b',
  run: ({ within }, { id, hands, signal }) =>
    hands.moveRegion({ id, move: 'fail-over', withinMs: within }, signal),
})
