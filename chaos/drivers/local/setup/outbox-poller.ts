import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import type { ConnectDistribution } from './connect.ts'
import type { ConnectPlugin } from './debezium.ts'
import { runJdkTool } from './tiered-store.ts'

const OUR_JAR = 'outbox-poller.jar'

/**
 * The lab's own polling source, compiled here against the worker's jars; it logs in with the driver that Debezium
 * brings. Only drills with a source that reads a table need it.
 *
 * @throws AftershockError `unavailable` where there is only a JRE.
 */
export async function ensureOutboxPoller(
  options: SetupOptions,
  connect: ConnectDistribution,
  debezium: ConnectPlugin,
): Promise<ConnectPlugin> {
  const folder = await ensureCached(poller(options, connect, debezium), options)
  return { folder, version: digest() }
}

const resource = (...path: readonly string[]): string =>
  packageFile('chaos', 'drivers', 'local', 'outbox-poller', 'src', 'main', ...path)

function sources(): string[] {
  const folder = resource('java', 'aftershock', 'outboxpoller')
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
}

/** Other sources are another folder: a run that goes on keeps the old one. */
function digest(): string {
  const hash = createHash('sha256')
  for (const path of sources()) hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 8)
}

function poller(
  options: SetupOptions,
  { classPath }: ConnectDistribution,
  debezium: ConnectPlugin,
): Artefact {
  const { progress, env = process.env, signal } = options
  return {
    name: `outbox-poller-${digest()}-${debezium.version}`,
    flaw: differenceFromRecord,
    async make(folder) {
      progress('polling source: compiling (once)')
      const work = await mkdtemp(join(folder, '.work-'))
      try {
        const tool = { cwd: work, env, ...(signal && { signal }) }
        const classes = join(work, 'classes')
        await runJdkTool('javac', ['--release', '17', '-cp', classPath, '-d', classes, ...sources()], tool)
        const contents = ['-C', classes, '.', '-C', resource('resources'), '.']
        await runJdkTool('jar', ['--create', '--file', join(work, OUR_JAR), ...contents], tool)
        await rename(join(work, OUR_JAR), join(folder, OUR_JAR))
      } finally {
        await rm(work, { recursive: true, force: true })
      }
      const driver = (await readdir(debezium.folder)).find(name => /^postgresql-.*\.jar$/.test(name))
      if (driver === undefined)
        throw new AftershockError('unavailable', 'Debezium’s PostgreSQL source has no JDBC driver in it', {
          hint: 'remove its folder from the cache, so that it is fetched again',
        })
      await copyFile(join(debezium.folder, driver), join(folder, driver))
      await recordChecksums(folder)
    },
  }
}
