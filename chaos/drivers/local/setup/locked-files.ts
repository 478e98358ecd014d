import { setMaxListeners } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { download, shown } from '../../../net/download.ts'
import { packageFile } from '../../../package-root.ts'
import type { Environment, SetupOptions } from './cache.ts'
import { type Checksums, sha256 } from './checksum.ts'

/** Names a repository of Maven's layout; where it is set, Maven is not asked. */
export const REPOSITORY_VARIABLE = 'AFTERSHOCK_MAVEN_REPOSITORY'
export const MAVEN_CENTRAL = 'https://repo.maven.apache.org/maven2'
/** Names what has the paths of GitHub's releases: `/<owner>/<repository>/releases/download/<tag>/<file>`. */
export const RELEASES_VARIABLE = 'AFTERSHOCK_RELEASES'
export const GITHUB = 'https://github.com'

const AT_ONCE = 6

/** A file of a known checksum, below a base that the user may name. */
export interface LockedFile {
  readonly name: string
  /** From the base on, without its own name. */
  readonly path: string
  readonly sha256: string
}

/** @throws AftershockError `usage` where the variable is no address */
export function baseAddress(env: Environment, variable: string, usual: string): URL {
  const given = env[variable] || usual
  const text = given.endsWith('/') ? given : `${given}/`
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text)
  throw new AftershockError('usage', `${variable} is '${given}'`, {
    hint: `it is an address of https:// (or http://, where files are still held against their checksums), like ${usual}`,
  })
}

/** Whether there is such a program on the PATH. */
export function isOnPath(program: string, env: Environment): boolean {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder !== '')
    .some(folder => {
      const file = join(folder, program)
      return existsSync(file) && statSync(file).isFile()
    })
}

/** Whether locked files come straight from a repository: it was named, or there is no Maven. */
export const isWithoutMaven = (env: Environment): boolean =>
  Boolean(env[REPOSITORY_VARIABLE]) || !isOnPath('mvn', env)

/** All jars of a lock, each at its place in a repository of Maven's layout. */
export function lockedJars(lock: Checksums): LockedFile[] {
  const paths = JSON.parse(
    readFileSync(packageFile('chaos', 'drivers', 'local', 'setup', 'jar-paths.json'), 'utf8'),
  ) as Readonly<Record<string, string | undefined>>
  return Object.entries(lock).map(([name, sum]) => {
    const path = paths[name]
    if (path === undefined)
      throw new AftershockError('internal', `jar-paths.json does not say where ${name} is in a repository`)
    return { name, path, sha256: sum }
  })
}

/**
 * Fetches the files into `folder`, some at a time, and holds each against its checksum before it has its name.
 * @throws AftershockError `unavailable` for the first that is absent or altered; nothing more is begun then
 */
export async function fetchLocked(
  folder: string,
  base: URL,
  files: readonly LockedFile[],
  { progress, env = process.env, signal }: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Promise<void> {
  const ended = new AbortController()
  const both = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
  // Each of those that are fetched at once listens to its end, more than once.
  setMaxListeners(AT_ONCE * 4, both)
  const rest = [...files]
  let fetched = 0
  const one = async () => {
    for (let file = rest.shift(); file && !both.aborted; file = rest.shift()) {
      await fetchFile(folder, base, file, { env, signal: both })
      fetched++
      if (fetched % 20 === 0 && fetched < files.length)
        progress(`${fetched} of ${files.length} files fetched`)
    }
  }
  const workers = Array.from({ length: Math.min(AT_ONCE, files.length) }, one)
  try {
    await Promise.all(workers)
  } catch (error) {
    ended.abort()
    await Promise.allSettled(workers)
    throw error
  }
}

async function fetchFile(
  folder: string,
  base: URL,
  { name, path, sha256: expected }: LockedFile,
  options: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<void> {
  const address = new URL(base)
  address.pathname += `${path}/${name}`
  const part = join(folder, `.${name}.part`)
  try {
    await download(address, part, options)
    const actual = await sha256(part)
    if (actual !== expected)
      throw new AftershockError('unavailable', `${name} has SHA-256 ${actual}, expected ${expected}`, {
        hint: `Nothing of it was kept. ${shown(address)} has an altered copy, or a proxy on the way changed it.`,
      })
    await rename(part, join(folder, name))
  } finally {
    await rm(part, { force: true })
  }
}
