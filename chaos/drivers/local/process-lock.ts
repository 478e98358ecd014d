import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { AftershockError } from '../../core/errors.ts'
import type { ProcessIdentity } from '../../core/journal-events.ts'
import { findAlive, identityOf } from './process-table.ts'

const holderSchema = z.object({ pid: z.number().int(), startedAt: z.string() })

/**
 * A file that says which process is at work, until it is disposed of. That of a process that is gone is taken over.
 * @param path in a folder that exists
 * @throws AftershockError `refused`, in the words of `taken`, while another process holds it.
 */
export function takeProcessLock(
  path: string,
  taken: (pid: number) => { readonly message: string; readonly hint?: string },
): Disposable {
  const mine = JSON.stringify(identityOf(process.pid))
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' })
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) }
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
