import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { fetchMavenFile, type MavenFile } from './maven-file.ts'
import { runTool } from './tool.ts'

export const JDBC_SINK_VERSION = '3.6.0.Final'
/** As on AWS: lib/environments/basis/comparison.yaml. */
const PLUGIN: MavenFile = {
  coordinates: `io.debezium:debezium-connector-jdbc:${JDBC_SINK_VERSION}:tar.gz:plugin`,
  sha256: 'c23af8d416f0f801ffb0271b1a8fd9b5360ff8d66b0dd650e066bb56ecfddc05',
  name: `Debezium JDBC sink ${JDBC_SINK_VERSION}`,
  size: '58 MB',
}

/** A folder of jars to which a plugin path may lead. Only drills with sinks into a database need it. */
export interface JdbcSink {
  readonly folder: string
  readonly version: string
}

export async function ensureJdbcSink(options: SetupOptions): Promise<JdbcSink> {
  const folder = await ensureCached(pluginFolder(options), options)
  return { folder, version: JDBC_SINK_VERSION }
}

/** The archive is checked against its pinned digest, and what came out of it against what it was then. */
function pluginFolder(options: SetupOptions): Artefact {
  const { env = process.env, signal } = options
  return {
    name: `debezium-jdbc-${JDBC_SINK_VERSION}-${PLUGIN.sha256.slice(0, 8)}`,
    flaw: differenceFromRecord,
    async make(folder) {
      const archive = await fetchMavenFile(folder, PLUGIN, options)
      await runTool('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], {
        env,
        ...(signal && { signal }),
      })
      await rm(archive)
      for (const name of await readdir(folder))
        if (!name.endsWith('.jar')) await rm(join(folder, name), { recursive: true })
      await recordChecksums(folder)
    },
  }
}
