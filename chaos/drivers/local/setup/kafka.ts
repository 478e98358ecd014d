import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference } from './checksum.ts'
import { ensureClassDataArchive } from './class-data-archive.ts'
import { javaCommand } from './java.ts'
import { type FetchOptions, fetchJars } from './maven-jars.ts'

export const KAFKA_VERSION = '4.3.1'
const METRICS_AGENT = 'jmx_prometheus_javaagent-1.0.1.jar'
/** Lies beside this file in the source; `dist/` has only compiled TypeScript. */
const RESOURCES = ['chaos', 'drivers', 'local', 'setup', 'kafka'] as const

export interface KafkaDistribution {
  readonly version: string
  /** Holds the jars and nothing else. */
  readonly libsDir: string
  /**
   * All jars, sorted: a wildcard would leave their order to the file system, and a class-data archive is only
   * used with the class path that it was dumped with.
   */
  readonly classPath: string
  /** For `-XX:SharedArchiveFile=`, with `SMALL_JVM` of chaos/platforms; null when this JVM cannot make one. */
  readonly cdsArchive: string | null
  readonly java: string
  /** The Prometheus JMX exporter, a Java agent; it is not on the class path. */
  readonly metricsAgent: string
}

/** Kafka from Maven Central, every jar as the lock file says, and a class-data archive for this JVM. */
export async function ensureKafka(options: SetupOptions): Promise<KafkaDistribution> {
  const env = options.env ?? process.env
  const libsDir = await ensureCached(kafkaLibraries(options), options)
  const java = javaCommand(env)
  const classPath = (await readdir(libsDir))
    .filter(name => name !== METRICS_AGENT)
    .sort()
    .map(name => join(libsDir, name))
    .join(delimiter)
  const cdsArchive = await ensureClassDataArchive(
    { java, libsDir, classPath, version: KAFKA_VERSION },
    options,
  )
  return {
    version: KAFKA_VERSION,
    libsDir,
    classPath,
    cdsArchive,
    java,
    metricsAgent: join(libsDir, METRICS_AGENT),
  }
}

/** Whether the jars are there already, so that Maven is not needed. */
export async function isKafkaCached(env: Environment): Promise<boolean> {
  return isCached(kafkaLibraries({ env, progress: () => {} }), env)
}

/** Folder of the resources for Kafka that are kept in this package, e.g. `log4j2.properties`. */
export function kafkaResource(name: string): string {
  return packageFile(...RESOURCES, name)
}

async function lockedChecksums(): Promise<Checksums> {
  return JSON.parse(await readFile(kafkaResource('jars.lock.json'), 'utf8')) as Checksums
}

function lockDigest(): string {
  return createHash('sha256')
    .update(readFileSync(kafkaResource('jars.lock.json')))
    .digest('hex')
    .slice(0, 8)
}

function kafkaLibraries(options: FetchOptions): Artefact {
  return {
    // Another set of jars is another folder: brokers that run from the old one keep it.
    name: `kafka-${KAFKA_VERSION}-${lockDigest()}`,
    flaw: async folder => difference(folder, await lockedChecksums()),
    make: folder =>
      fetchJars(
        folder,
        { pom: kafkaResource('pom.xml'), name: `kafka ${KAFKA_VERSION}`, size: '46 MB' },
        options,
      ),
  }
}
