import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import { lookUp } from '../../../machine/process-table.ts'
import { withSetupLock } from './setup-lock.ts'
import { userFolder } from '../user-folder.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface SetupOptions {
  /** One line of progress for people; what is cached and verifies says nothing. */
  readonly progress: (line: string) => void
  readonly clock: Clock
  /** @default process.env */
  readonly env?: Environment
  /** Ends the tools that set-up started. What was being made is made again next time. */
  readonly signal?: AbortSignal
}

export const cacheRoot = (env: Environment): string =>
  join(userFolder(env.XDG_CACHE_HOME, '.cache'), 'aftershock')

export interface Artefact {
  /** The folder's name in the cache: `<thing>-<version>[-<platform>]`. */
  readonly name: string
  /** What is wrong with the folder, or undefined when it holds exactly what it should. */
  readonly flaw: (folder: string) => Promise<string | undefined>
  /** Fills an empty folder, which is then checked by `flaw` and renamed into place. */
  readonly make: (folder: string) => Promise<void>
  /** What to do when what was made is not what it should be. @default that an altered copy was served */
  readonly changedHint?: string
}

/**
 * The folder of an artefact, made first when it is missing or does not verify. It is filled in a folder of its
 * own and renamed: whoever looks sees all of it or nothing, however the making ended.
 */
export async function ensureCached(artefact: Artefact, options: SetupOptions): Promise<string> {
  const { progress, env = process.env } = options
  const root = cacheRoot(env)
  const target = join(root, artefact.name)
  if ((await flawOf(artefact, target)) === undefined) return target
  await mkdir(root, { recursive: true })
  await withSetupLock(join(root, `${artefact.name}.lock`), options, async () => {
    const flaw = await flawOf(artefact, target)
    if (flaw === undefined) return
    if (flaw !== MISSING) progress(`${artefact.name}: made again, because ${flaw}`)
    await removeAbandoned(root, artefact.name)
    const staging = join(root, `${artefact.name}.staging-${process.pid}-${randomBytes(4).toString('hex')}`)
    try {
      await mkdir(staging)
      await artefact.make(staging)
      const remaining = await artefact.flaw(staging)
      if (remaining !== undefined)
        throw new AftershockError('unavailable', `${artefact.name} does not verify: ${remaining}`, {
          hint:
            artefact.changedHint ??
            'Nothing of it was kept. If that persists, a local repository, mirror or proxy has an altered copy.',
        })
      await replace(target, staging)
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  })
  return target
}

export async function isCached(artefact: Artefact, env: Environment): Promise<boolean> {
  return (await flawOf(artefact, join(cacheRoot(env), artefact.name))) === undefined
}

const MISSING = 'it is not there'

async function flawOf(artefact: Artefact, folder: string): Promise<string | undefined> {
  const entries = await readdir(folder).catch(() => undefined)
  return entries === undefined ? MISSING : artefact.flaw(folder)
}

/**
 * A folder cannot be renamed over one that has files, so the flawed one steps aside first. Another set-up may
 * come between the two steps; then its folder is as good as ours, and steps aside in turn.
 */
async function replace(target: string, staging: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(staging, target)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if ((code !== 'ENOTEMPTY' && code !== 'EEXIST') || attempt === 5) throw error
    }
    const aside = `${staging}.replaced`
    await rename(target, aside).catch(() => undefined)
    await rm(aside, { recursive: true, force: true })
  }
}

/** Folders that a set-up left which was killed in the middle. */
async function removeAbandoned(root: string, name: string): Promise<void> {
  const prefix = `${name}.staging-`
  for (const entry of await readdir(root)) {
    if (!entry.startsWith(prefix)) continue
    const pid = Number.parseInt(entry.slice(prefix.length), 10)
    if (pid !== process.pid && lookUp(pid)) continue
    await rm(join(root, entry), { recursive: true, force: true })
  }
}
