import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { findAlive, identityOf } from './process-table.ts'

const holderSchema = z.object({ pid: z.number().int(), startedAt: z.string() })

/**
 * Works while a file says which process does. A file whose process is gone is taken over.
 * @param path in a folder that exists
 * @throws AftershockError `refused`, in the words of `taken`, while another process holds it.
 */
export async function withProcessLock<T>(
  path: string,
  taken: (pid: number) => { readonly message: string; readonly hint?: string },
  work: () => Promise<T>,
): Promise<T> {
  const holder = takeLock(path)
  if (holder) {
    const { message, hint } = taken(holder.pid)
    throw new AftershockError('refused', message, { hint })
  }
  try {
    return await work()
  } finally {
    giveBackLock(path)
  }
}

/**
 * Takes the lock for this process. A link to a complete file: nobody ever reads a lock without its holder in it.
 * @returns the process that holds it, when one does that lives; undefined when it is ours now.
 */
export function takeLock(path: string): ProcessIdentity | undefined {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(draft, JSON.stringify(identityOf(process.pid)))
  try {
    for (;;) {
      if (linked(draft, path)) return undefined
      const holder = readHolder(path)
      if (holder && findAlive(holder)) return holder
      rmSync(path, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Only its holder gives a lock back: another may have taken over one that stayed for too long. */
export function giveBackLock(path: string): void {
  if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true })
}

/** undefined when it is gone, or not whole: its author died while writing it. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
