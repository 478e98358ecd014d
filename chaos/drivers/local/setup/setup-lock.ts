import { rmSync } from 'node:fs'
import type { Clock } from '../../../core/clock.ts'
import { giveBackLock, takeLock } from '../../../machine/process-lock.ts'

export interface LockOptions {
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Longer than a set-up takes on a slow line; after it the work is done twice rather than never. */
const LONGEST_WAIT_MS = 15 * 60_000

/**
 * Runs `work` while no other set-up on this machine does the same. The lock saves work, and keeps two Mavens
 * off one local repository; what is made stays right without it, because it is renamed into place whole. So
 * a lock that stays for too long is taken over, as one whose process is gone.
 */
export async function withSetupLock(
  path: string,
  { clock, progress, signal }: LockOptions,
  work: () => Promise<void>,
): Promise<void> {
  const start = clock.now()
  let isAnnounced = false
  for (let holder = takeLock(path); holder; holder = takeLock(path)) {
    signal?.throwIfAborted()
    if (clock.now() - start > LONGEST_WAIT_MS) {
      rmSync(path, { force: true })
      continue
    }
    if (!isAnnounced) progress(`waiting for another set-up (process ${holder.pid}, ${path})`)
    isAnnounced = true
    await clock.sleep(200, signal)
  }
  try {
    await work()
  } finally {
    giveBackLock(path)
  }
}
