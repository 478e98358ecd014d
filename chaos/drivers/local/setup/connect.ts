import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { KAFKA_VERSION } from '../../../platforms/kafka/release.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference } from './checksum.ts'
import { javaCommand } from './java.ts'
import { fetchJars } from './maven-jars.ts'

/** A worker and its connectors are of the brokers' own version. */
export const CONNECT_VERSION = KAFKA_VERSION
const FILE_SINK = `connect-file-${CONNECT_VERSION}.jar`

/** What a Connect worker of the lab is started with. */
export interface ConnectDistribution {
  readonly version: string
  /** The worker's own jars, sorted; the sink's is not among them. */
  readonly classPath: string
  /** Kafka's file sink: a plugin, so it gets a folder of its own. */
  readonly sinkJar: string
  readonly java: string
}

/** Connect from Maven Central, every jar as the lock file says. Only drills with a connector need it. */
export async function ensureConnect(options: SetupOptions): Promise<ConnectDistribution> {
  const libsDir = await ensureCached(connectLibraries(options), options)
  const names = (await readdir(libsDir)).filter(name => name !== FILE_SINK).sort()
  return {
    version: CONNECT_VERSION,
    classPath: names.map(name => join(libsDir, name)).join(delimiter),
    sinkJar: join(libsDir, FILE_SINK),
    java: javaCommand(options.env ?? process.env),
  }
}

/** Lies beside this file in the source; `dist/` has only compiled TypeScript. */
export function connectResource(name: string): string {
  return packageFile('chaos', 'drivers', 'local', 'setup', 'connect', name)
}

function connectLibraries(options: SetupOptions): Artefact {
  const lock = connectResource('jars.lock.json')
  const digest = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 8)
  return {
    name: `connect-${CONNECT_VERSION}-${digest}`,
    flaw: async folder => difference(folder, JSON.parse(await readFile(lock, 'utf8')) as Checksums),
    make: async folder =>
      fetchJars(
        folder,
        {
          lock: JSON.parse(await readFile(lock, 'utf8')) as Checksums,
          pom: connectResource('pom.xml'),
          name: `connect ${CONNECT_VERSION}`,
          size: '36 MB',
        },
        options,
      ),
  }
}
