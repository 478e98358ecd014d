import { createHash } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Artefact, cacheRoot, type SetupOptions } from './cache.ts'
import { type Checksums, difference, sha256 } from './checksum.ts'

const lockSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/))

/**
 * An artefact whose files this program ships no checksums of: what came the first time is taken as it is, its checksums
 * are shown and kept beside the cache's folders, and from then on nothing else verifies.
 */
export function keptLock(
  { name, make }: Pick<Artefact, 'name' | 'make'>,
  { progress, env = process.env }: Pick<SetupOptions, 'progress' | 'env'>,
): Artefact {
  const file = join(cacheRoot(env), `${name}.jars.lock.json`)
  return {
    name,
    changedHint: `Nothing of it was kept. It is not what was served when ${name} was first fetched here, whose checksums are in ${file}. If a change is right, remove that file.`,
    async flaw(folder) {
      const lock = await readLock(file)
      return lock === undefined ? 'its checksums were not kept' : difference(folder, lock)
    },
    async make(folder) {
      await make(folder)
      if ((await readLock(file)) !== undefined) return
      const lock = await checksumsOf(folder)
      // Written beside and renamed: whoever reads sees all of it or nothing.
      await writeFile(`${file}.${process.pid}`, `${JSON.stringify(lock, null, 2)}\n`)
      await rename(`${file}.${process.pid}`, file)
      progress(
        `${name}: ${Object.keys(lock).length} files that aftershock ships no checksums of; their list has SHA-256 ${digestOf(lock)} and is kept in ${file}`,
      )
    },
  }
}

/** Over names and checksums, sorted by name: equal for equal files. */
export function digestOf(lock: Checksums): string {
  const lines = Object.keys(lock)
    .toSorted()
    .map(name => `${lock[name]}  ${name}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

export async function checksumsOf(folder: string): Promise<Checksums> {
  const lock: Record<string, string> = {}
  for (const name of (await readdir(folder)).toSorted()) {
    if (!name.startsWith('.')) lock[name] = await sha256(join(folder, name))
  }
  return lock
}

/** undefined when there is none, or none that is whole. */
async function readLock(file: string): Promise<Checksums | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return lockSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
