import { z } from 'zod'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  from: z.literal('oldest').default('oldest').describe('Where the replay begins.'),
  consumer: z.literal('recovery').default('recovery').describe('Which consumer reads it.'),
})

/**
 * The recovery consumer reads every partition from the oldest offset to its end as it was when the replay began, while
 * ingest goes on. Its result is that of `chaos/replay/replay.ts`.
 */
export const replay = defineAction<z.output<typeof spec>>({
  kind: 'replay',
  summary: 'Every partition is read from the oldest offset while devices keep sending.',
  needs: [],
  spec,
  describe: ({ from }) => `replay from the ${from} offset`,
  run: (_spec, { hands, signal }) => hands.replay(signal),
})
