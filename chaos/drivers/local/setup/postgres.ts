import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { type Artefact, cacheRoot, ensureCached, type Environment, type SetupOptions } from './cache.ts'
import { fetchMavenFile } from './maven-file.ts'
import { runTool } from './tool.ts'

/** Where Linux distributions put servers that are not on the PATH: a folder a version. */
const SYSTEM_FOLDERS = [
  '/usr/lib/postgresql',
  '/usr/lib64/pgsql',
  '/opt/homebrew/opt',
  '/usr/local/opt',
] as const
/** `ON CONFLICT … DO UPDATE`, identity columns and what else is used is older. */
const LEAST_MAJOR = 13
export const PORTABLE_POSTGRES_VERSION = '18.0.0'

/** By `<platform>-<arch>` of Node: zonky's name of it, and the digest of its jar. */
const PORTABLE: Readonly<Record<string, { readonly name: string; readonly sha256: string } | undefined>> = {
  'linux-x64': {
    name: 'linux-amd64',
    sha256: '5dbbdf754ddb3ae2169b7864de4b7c294ec6add47999331a64f1c6c85e862a0c',
  },
}

/** The programs of a PostgreSQL server. */
export interface Postgres {
  readonly initdb: string
  readonly postgres: string
  /** `15.14` */
  readonly version: string
  readonly source: 'system' | 'portable'
}

/**
 * The machine's own server where it has one, else portable binaries from Maven Central (zonky's, which follow
 * PostgreSQL's releases under its own version numbers). Only drills with sinks into a database need it.
 * @throws AftershockError `unavailable` when there is neither.
 */
export async function ensurePostgres(options: SetupOptions): Promise<Postgres> {
  const env = options.env ?? process.env
  const installed = findPostgres(env)
  if (installed) return installed
  const folder = await ensureCached(portableServer(options), options)
  const bin = join(folder, 'bin')
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    version: PORTABLE_POSTGRES_VERSION,
    source: 'portable',
  }
}

/** The newest server of this machine that is new enough: on the PATH, or where packages put it. */
export function findPostgres(env: Environment): Postgres | null {
  const onPath = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  const packaged = SYSTEM_FOLDERS.flatMap(root =>
    (existsSync(root) ? readdirSync(root) : [])
      .toSorted((a, b) => Number.parseFloat(b) - Number.parseFloat(a))
      .map(name => join(root, name, 'bin')),
  )
  for (const folder of [...onPath, ...packaged]) {
    const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')]
    if (!existsSync(initdb) || !existsSync(postgres)) continue
    const version = versionOf(postgres)
    if (version !== null && Number.parseInt(version, 10) >= LEAST_MAJOR)
      return { initdb, postgres, version, source: 'system' }
  }
  return null
}

/** Whether portable binaries are there already; whether they verify is looked at when they are used. */
export function isPortablePostgresCached(env: Environment): boolean {
  return existsSync(join(cacheRoot(env), portableName(), 'bin', 'postgres'))
}

/** Whether there are portable binaries for this machine. */
export const hasPortablePostgres = (): boolean =>
  PORTABLE[`${process.platform}-${process.arch}`] !== undefined

function versionOf(postgres: string): string | null {
  try {
    const said = execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: 'pipe', timeout: 5000 })
    return /(\d+(\.\d+)*)/.exec(said)?.[1] ?? null
  } catch {
    return null
  }
}

const portableName = () => `postgres-${PORTABLE_POSTGRES_VERSION}-${process.platform}-${process.arch}`

function portableServer(options: SetupOptions): Artefact {
  const { env = process.env, signal } = options
  const binaries = PORTABLE[`${process.platform}-${process.arch}`]
  return {
    name: portableName(),
    flaw: async folder =>
      existsSync(join(folder, 'bin', 'postgres')) ? undefined : 'it has no bin/postgres',
    async make(folder) {
      if (!binaries)
        throw new AftershockError(
          'unavailable',
          `this machine has no PostgreSQL, and there is no portable one for ${process.platform}-${process.arch}`,
          { hint: '`aftershock doctor` says how to install it' },
        )
      const { name, sha256 } = binaries
      const jar = await fetchMavenFile(
        folder,
        {
          coordinates: `io.zonky.test.postgres:embedded-postgres-binaries-${name}:${PORTABLE_POSTGRES_VERSION}`,
          sha256,
          name: `PostgreSQL ${PORTABLE_POSTGRES_VERSION}`,
          size: '15 MB',
        },
        options,
      )
      const tool = { cwd: dirname(jar), env, ...(signal && { signal }) }
      await runTool('jar', ['--extract', '--file', jar], tool)
      const archive = readdirSync(folder).find(file => file.endsWith('.txz'))
      // GNU tar asks xz to unpack it.
      await runTool('tar', ['-xJf', archive ?? 'nothing', '-C', folder], tool)
      for (const left of [jar, join(folder, archive ?? ''), join(folder, 'META-INF')])
        if (left !== folder) await rm(left, { recursive: true, force: true })
    },
  }
}
