import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { fetchMavenFile, type MavenFile } from './maven-file.ts'
import { runTool } from './tool.ts'

/** As on AWS: lib/environments/basis/comparison.yaml. */
export const DEBEZIUM_VERSION = '3.6.0.Final'

const plugin = (artifact: string, sha256: string, what: string, size: string): MavenFile => ({
  coordinates: `io.debezium:${artifact}:${DEBEZIUM_VERSION}:tar.gz:plugin`,
  sha256,
  name: `Debezium ${what} ${DEBEZIUM_VERSION}`,
  size,
})
const JDBC_SINK = plugin(
  'debezium-connector-jdbc',
  'c23af8d416f0f801ffb0271b1a8fd9b5360ff8d66b0dd650e066bb56ecfddc05',
  'JDBC sink',
  '58 MB',
)
const POSTGRES_SOURCE = plugin(
  'debezium-connector-postgres',
  'f810048b2880fe559d47aea75091ccc2ad0249fbce93d3c1e303588b17b6a060',
  'PostgreSQL source',
  '25 MB',
)

/** A folder of jars to which a plugin path may lead. Only drills with connectors of a database need it. */
export interface ConnectPlugin {
  readonly folder: string
  readonly version: string
}

export const ensureJdbcSink = (options: SetupOptions): Promise<ConnectPlugin> =>
  ensurePlugin('debezium-jdbc', JDBC_SINK, options)

export const ensurePostgresSource = (options: SetupOptions): Promise<ConnectPlugin> =>
  ensurePlugin('debezium-postgres', POSTGRES_SOURCE, options)

async function ensurePlugin(name: string, file: MavenFile, options: SetupOptions): Promise<ConnectPlugin> {
  const folder = await ensureCached(pluginFolder(name, file, options), options)
  return { folder, version: DEBEZIUM_VERSION }
}

/** The archive is checked against its pinned digest, and what came out of it against what it was then. */
function pluginFolder(name: string, file: MavenFile, options: SetupOptions): Artefact {
  const { env = process.env, signal } = options
  return {
    name: `${name}-${DEBEZIUM_VERSION}-${file.sha256.slice(0, 8)}`,
    flaw: differenceFromRecord,
    async make(folder) {
      const archive = await fetchMavenFile(folder, file, options)
      await runTool('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], {
        env,
        ...(signal && { signal }),
      })
      await rm(archive)
      for (const entry of await readdir(folder))
        if (!entry.endsWith('.jar')) await rm(join(folder, entry), { recursive: true })
      await recordChecksums(folder)
    },
  }
}
