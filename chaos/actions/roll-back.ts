import { z } from 'zod'
import { defineAction } from './action.ts'
import { moveKeys } from './move-keys.ts'

const spec = z.strictObject(moveKeys)

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
