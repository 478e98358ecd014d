import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { AftershockError } from '../../core/errors.ts'
import type { ProcessIdentity } from '../../core/process-identity.ts'
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
  take(path, taken)
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path: string, taken: Parameters<typeof withProcessLock>[1]): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return writeFileSync(path, JSON.stringify(identityOf(process.pid)), { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readHolder(path)
      if (holder && findAlive(holder)) {
        const { message, hint } = taken(holder.pid)
        throw new AftershockError('refused', message, { cause: error, ...(hint !== undefined && { hint }) })
      }
      rmSync(path, { force: true })
    }
  }
  throw new AftershockError('refused', `another process took ${path}`)
}

/** undefined when it is gone, or not whole: its author died while writing it. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
