import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { packageFile } from '../../../package-root.ts'
import { KAFKA_VERSION } from '../../../platforms/kafka/release.ts'
import { type Artefact, type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference } from './checksum.ts'
import { checksumsOf, digestOf, keptLock } from './kept-lock.ts'
import { ensureClassDataArchive } from './class-data-archive.ts'
import { javaCommand } from './java.ts'
import { type FetchOptions, fetchJars, type JarSet } from './maven-jars.ts'

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
  /** Of the jars, where this program ships none; null: they are as the repository's lock says. */
  readonly keptLock: { readonly sha256: string; readonly files: number } | null
}

/**
 * Kafka from Maven Central, and a class-data archive for this JVM. Every jar is as the lock file says: of the version
 * that this program ships, that of the repository; of another, the one that was kept when it was first fetched here.
 * @param version @default the one that this program ships
 * @throws AftershockError `unavailable` when Maven does not have the version, or has another than before.
 */
export async function ensureKafka(
  options: SetupOptions,
  version: string = KAFKA_VERSION,
): Promise<KafkaDistribution> {
  const env = options.env ?? process.env
  const libsDir = await ensureCached(kafkaLibraries(options, version), options)
  const java = javaCommand(env)
  const classPath = (await readdir(libsDir))
    .filter(name => name !== METRICS_AGENT)
    .sort()
    .map(name => join(libsDir, name))
    .join(delimiter)
  const cdsArchive = await ensureClassDataArchive({ java, libsDir, classPath, version }, options)
  return {
    version,
    libsDir,
    classPath,
    cdsArchive,
    java,
    metricsAgent: join(libsDir, METRICS_AGENT),
    keptLock: version === KAFKA_VERSION ? null : await lockOf(libsDir),
  }
}

async function lockOf(libsDir: string): Promise<KafkaDistribution['keptLock']> {
  const sums = await checksumsOf(libsDir)
  return { sha256: digestOf(sums), files: Object.keys(sums).length }
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

function kafkaLibraries(options: FetchOptions, version: string = KAFKA_VERSION): Artefact {
  const jars: JarSet = { pom: kafkaResource('pom.xml'), name: `kafka ${version}`, size: '46 MB' }
  if (version === KAFKA_VERSION)
    return {
      // Another set of jars is another folder: brokers that run from the old one keep it.
      name: `kafka-${version}-${lockDigest()}`,
      flaw: async folder => difference(folder, await lockedChecksums()),
      make: async folder => fetchJars(folder, { ...jars, lock: await lockedChecksums() }, options),
    }
  const ofVersion = (pom: string) =>
    pom.replaceAll(`<version>${KAFKA_VERSION}</version>`, `<version>${version}</version>`)
  return keptLock(
    {
      name: `kafka-${version}`,
      make: folder => fetchVersion(folder, { ...jars, edit: ofVersion }, version, options),
    },
    options,
  )
}

/** @throws AftershockError `unavailable`, with what was tried. */
async function fetchVersion(
  folder: string,
  jars: JarSet,
  version: string,
  options: FetchOptions,
): Promise<void> {
  try {
    await fetchJars(folder, jars, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof AftershockError) || error.message.endsWith('is not installed')) throw error
    throw new AftershockError(
      'unavailable',
      `Kafka ${version} could not be fetched: Maven did not resolve org.apache.kafka:kafka_2.13:${version} and kafka-tools:${version}`,
      {
        cause: error,
        hint: `Choose a version that your Maven repositories have; ${KAFKA_VERSION} is the one that aftershock ships. ${error.hint ?? ''}`,
      },
    )
  }
}
