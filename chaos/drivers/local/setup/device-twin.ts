import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { packageFile } from '../../../package-root.ts'
import { KAFKA_VERSION } from '../../../platforms/kafka/release.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference, differenceFromRecord, recordChecksums } from './checksum.ts'
import { javaCommand } from './java.ts'
import { fetchJars } from './maven-jars.ts'
import { runJdkTool } from './tiered-store.ts'

/** Of Kafka Streams in the POM: the twin itself is named by its sources. */
export const STREAMS_VERSION = KAFKA_VERSION
const OUR_JAR = 'device-twin.jar'

/** What an instance of the stateful processor is started with. */
export interface DeviceTwin {
  /** For example `3f2a91bc (Kafka Streams 4.3.1)`: a digest of the sources, and what they stand on. */
  readonly version: string
  readonly classPath: string
  readonly java: string
}

/** The classes that are started: an instance, and what reads its topics whole. */
export const TWIN_CLASS = 'aftershock.devicetwin.DeviceTwin'
export const READER_CLASS = 'aftershock.devicetwin.ReadTopics'

/**
 * The lab's own stateful processor: Kafka Streams and RocksDB from Maven Central, every jar as the lock file says, and
 * our own sources, compiled here. Only drills with a processor need it.
 *
 * @throws AftershockError `unavailable` when there is no Maven, or only a JRE.
 */
export async function ensureDeviceTwin(options: SetupOptions): Promise<DeviceTwin> {
  const folder = await ensureCached(deviceTwin(options), options)
  const jars = (await readdir(folder)).filter(name => name.endsWith('.jar')).sort()
  return {
    version: `${digest()} (Kafka Streams ${STREAMS_VERSION})`,
    classPath: jars.map(name => join(folder, name)).join(delimiter),
    java: javaCommand(options.env ?? process.env),
  }
}

/** Lies beside the driver's sources; `dist/` has only compiled TypeScript. */
export function deviceTwinResource(...path: readonly string[]): string {
  return packageFile('chaos', 'drivers', 'local', 'device-twin', ...path)
}

export function deviceTwinSources(): string[] {
  const folder = deviceTwinResource('src', 'main', 'java', 'aftershock', 'devicetwin')
  return readdirSync(folder)
    .filter(name => name.endsWith('.java'))
    .sort()
    .map(name => join(folder, name))
}

/** Other sources, or other jars under them, are another folder: a run that goes on keeps the old one. */
function digest(): string {
  const hash = createHash('sha256')
  for (const path of [deviceTwinResource('jars.lock.json'), ...deviceTwinSources()])
    hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 8)
}

function deviceTwin(options: SetupOptions): Artefact {
  return {
    name: `device-twin-${digest()}`,
    flaw: differenceFromRecord,
    make: folder => fetchAndCompile(folder, options),
  }
}

async function fetchAndCompile(folder: string, options: SetupOptions): Promise<void> {
  const work = await mkdtemp(join(folder, '.work-'))
  try {
    const jars = join(work, 'jars')
    await mkdir(jars)
    const name = `stateful processor: Kafka Streams ${STREAMS_VERSION}`
    const locked = JSON.parse(await readFile(deviceTwinResource('jars.lock.json'), 'utf8')) as Checksums
    await fetchJars(jars, { pom: deviceTwinResource('pom.xml'), name, size: '98 MB', lock: locked }, options)
    const flaw = await difference(jars, locked)
    if (flaw !== undefined)
      throw new AftershockError('unavailable', `the jars of Kafka Streams do not verify: ${flaw}`, {
        hint: 'Nothing of it was kept. If that persists, a local repository, mirror or proxy has an altered copy.',
      })
    await compile(work, options)
    for (const jar of await readdir(jars)) await rename(join(jars, jar), join(folder, jar))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  await recordChecksums(folder)
}

async function compile(work: string, { progress, env = process.env, signal }: SetupOptions): Promise<void> {
  progress('stateful processor: compiling (once)')
  const classes = join(work, 'classes')
  const jars = join(work, 'jars')
  const libraries = (await readdir(jars)).map(name => join(jars, name)).join(delimiter)
  const tool = { cwd: work, env, ...(signal && { signal }) }
  const sources = deviceTwinSources()
  await runJdkTool('javac', ['--release', '17', '-cp', libraries, '-d', classes, ...sources], tool)
  await runJdkTool('jar', ['--create', '--file', join(jars, OUR_JAR), '-C', classes, '.'], tool)
}
