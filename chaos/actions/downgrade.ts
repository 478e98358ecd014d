import { z } from 'zod'
import { defineAction } from './action.ts'
import { releaseKeys } from './release-keys.ts'

const spec = z.strictObject(releaseKeys)

/**
 * The way back. Levels that the older release does not know are taken down first, where Kafka does that; where it refuses,
 * the step fails with its answer, and no broker is touched. Then one broker after another starts with the older release.
 */
export const downgrade = defineAction<z.output<typeof spec>>({
  kind: 'downgrade',
  summary: 'One broker after another is given the older release again.',
  needs: ['releases'],
  spec,
  describe: () => 'brokers are given the older release again, one after another',
  run: ({ within }, { id, hands, signal }) =>
    hands.changeRelease({ id, move: 'downgrade', withinMs: within }, signal),
})
