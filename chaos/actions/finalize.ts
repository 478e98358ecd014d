import { z } from 'zod'
import { defineAction } from './action.ts'
import { releaseKeys } from './release-keys.ts'

const spec = z.strictObject(releaseKeys)

/**
 * `metadata.version` becomes the newest that every broker knows, and every other feature what the newer release gives to a
 * cluster, as `kafka-features upgrade --release-version` does. From then on brokers write what the older release may not be
 * able to read: it is the step after which there may be no way back.
 */
export const finalize = defineAction<z.output<typeof spec>>({
  kind: 'finalize',
  summary: 'The cluster takes the levels of all features that belong to the newer release.',
  needs: ['releases'],
  spec,
  describe: () => 'the upgrade is finalized',
  run: ({ within }, { id, hands, signal }) =>
    hands.changeRelease({ id, move: 'finalize', withinMs: within }, signal),
})
