import { z } from 'zod'
import { defineAction } from './action.ts'
import { releaseKeys } from './release-keys.ts'

const spec = z.strictObject(releaseKeys)

/**
 * One broker after another ends in order and starts with the newer release, the active controller last; the next one
 * follows when this one serves with it and every replica of it is in sync. What brokers share stays as it was, so that the
 * way back is open.
 */
export const rollingUpgrade = defineAction<z.output<typeof spec>>({
  kind: 'rolling-upgrade',
  summary: 'One broker after another is given the newer release.',
  needs: ['releases'],
  spec,
  describe: () => 'brokers are upgraded, one after another',
  run: ({ within }, { id, hands, signal }) =>
    hands.changeRelease({ id, move: 'rolling-upgrade', withinMs: within }, signal),
})
