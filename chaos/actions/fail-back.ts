import { z } from 'zod'
import { defineAction } from './action.ts'
import { moveKeys } from './move-keys.ts'

const spec = z.strictObject(moveKeys)

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
