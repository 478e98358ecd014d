import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import type { Clock } from '../../../core/clock.ts'

export interface LockOptions {
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Longer than a set-up takes on a slow line; after it the work is done twice rather than never. */
const PATIENCE_MS = 15 * 60_000

/**
 * Runs `work` while no other set-up on this machine does the same. The lock saves work, and keeps two Mavens
 * off one local repository; what is made stays right without it, because it is renamed into place whole. So
 * a lock whose owner is gone, or that stays for too long, is simply taken over.
 */
export async function withSetupLock(
  path: string,
  options: LockOptions,
  work: () => Promise<void>,
): Promise<void> {
  const mine = ownerLine(process.pid)
  await acquire(path, mine, options)
  try {
    await work()
  } finally {
    if ((await readOwner(path)) === mine) await rm(path, { force: true })
  }
}

async function acquire(path: string, mine: string, options: LockOptions): Promise<void> {
  const { clock, progress, signal } = options
  const start = clock.now()
  let announced = false
  while (!(await tryAcquire(path, mine))) {
    signal?.throwIfAborted()
    const owner = await readOwner(path)
    if (owner === undefined) continue
    const stale = !isOwnerAlive(owner) || clock.now() - start > PATIENCE_MS
    if (stale) {
      await rm(path, { force: true })
      continue
    }
    if (!announced) progress(`waiting for another set-up (process ${owner.split(' ')[0]}, ${path})`)
    announced = true
    await clock.sleep(200, signal)
  }
}

/** A link to a complete file: nobody ever reads a lock without its owner in it. */
async function tryAcquire(path: string, mine: string): Promise<boolean> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(draft, mine)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function readOwner(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

/** Process id and, where the kernel tells, start time: an id alone may have been given to another process. */
function ownerLine(pid: number): string {
  return `${pid} ${startTime(pid)}`
}

function isOwnerAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10)
  return isAlive(pid) && ownerLine(pid) === owner
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of `/proc/<pid>/stat`, counted after the command's closing bracket; `-` without `/proc`. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
  } catch {
    return '-'
  }
}
