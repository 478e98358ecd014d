import { defineMirrorFault, isStill, copies, mirrorOf } from './mirror-fault.ts'

/**
 * SIGKILL of the mirror's worker: what it had read and not committed is copied again, unless it writes exactly once.
 * Proof: the process table has no such process, its REST interface refuses, and by the brokers records come to region a
 * and none to region b, where some came before.
 */
export const mirrorKill = defineMirrorFault({
  kind: 'mirror-kill',
  summary: 'The mirror into region b is killed (SIGKILL) and starts again when the time is over.',
  deed: 'the mirror between the regions was killed',
  inject: driver => mirrorOf(driver).kill(),
  isEffective: (now, before) =>
    isStill(now) && now.worker.state === 'absent' && now.worker.answer === 'refused' && copies(before),
  heal: async ({ mirror }) => mirror?.start(),
})
