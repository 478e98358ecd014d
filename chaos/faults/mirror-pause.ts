import { copies, defineMirrorFault, isStill, mirrorOf } from './mirror-fault.ts'

/**
 * Every connector of the mirror is paused: its worker answers, and copies nothing. Retention in region a goes on, and
 * may be quicker. Proof: its worker lives and says PAUSED of each, and by the brokers records come to region a and none
 * to region b, where some came before.
 */
export const mirrorPause = defineMirrorFault({
  kind: 'mirror-pause',
  summary: 'The mirror into region b is paused, and goes on when the time is over.',
  deed: 'the mirror between the regions was paused',
  inject: driver => mirrorOf(driver).pause(),
  isEffective: (now, before) =>
    isStill(now) &&
    now.worker.state === 'running' &&
    Object.values(now.connectors).every(state => state === 'PAUSED') &&
    copies(before),
  heal: async ({ mirror }) => mirror?.resume(),
})
