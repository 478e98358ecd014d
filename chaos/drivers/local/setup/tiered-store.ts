import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { packageFile } from '../../../package-root.ts'
import { KAFKA_VERSION } from '../../../platforms/kafka/release.ts'
import { type Artefact, type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference, differenceFromRecord, recordChecksums } from './checksum.ts'
import { ensureKafka } from './kafka.ts'
import { fetchJars } from './maven-jars.ts'
import { runTool } from './tool.ts'

/** That of the AWS SDK in the POM: the store itself is named by its sources. */
export const TIERED_STORE_SDK = '2.42.28'
const CLASS_NAME = 'aftershock.tieredstore.S3RemoteStorageManager'
const OUR_JAR = 'tiered-store.jar'

export interface TieredStore {
  /** For example `3f2a91bc (AWS SDK for Java 2.42.28)`: a digest of the sources, and what they stand on. */
  readonly version: string
  /** Holds the store's jar and those of the AWS SDK. */
  readonly libsDir: string
  /** All of them, as `remote.log.storage.manager.class.path` takes it. */
  readonly classPath: string
  readonly className: string
}

/**
 * The lab's reference store for tiered storage: jars of the AWS SDK from Maven Central, every one as the lock
 * file says, and our own sources, compiled here against the Kafka that the lab runs.
 *
 * @throws AftershockError `unavailable` when there is no Maven, or only a JRE.
 */
export async function ensureTieredStore(
  options: SetupOptions,
  kafkaVersion: string = KAFKA_VERSION,
): Promise<TieredStore> {
  const libsDir = await ensureCached(
    tieredStore(kafkaVersion, folder => fetchAndCompile(folder, options, kafkaVersion)),
    options,
  )
  return {
    version: `${digest(kafkaVersion)} (AWS SDK for Java ${TIERED_STORE_SDK})`,
    libsDir,
    classPath: `${libsDir}/*`,
    className: CLASS_NAME,
  }
}

/** Whether it is compiled already, so that neither Maven nor a compiler is needed. */
export async function isTieredStoreCached(env: Environment): Promise<boolean> {
  return isCached(tieredStore(KAFKA_VERSION), env)
}

/** Lies beside the driver's sources; `dist/` has only compiled TypeScript. */
export function tieredStoreResource(...path: readonly string[]): string {
  return packageFile('chaos', 'drivers', 'local', 'tiered-store', ...path)
}

/** Paths of the Java sources of the store (`main`) or of the program that checks it (`test`). */
export function tieredStoreSources(of: 'main' | 'test'): string[] {
  const folder = tieredStoreResource('src', of, 'java', 'aftershock', 'tieredstore')
  return readdirSync(folder)
    .filter(name => name.endsWith('.java'))
    .sort()
    .map(name => join(folder, name))
}

/** Other sources, or other jars under them, are another folder: brokers that run from the old one keep it. */
function digest(kafkaVersion: string): string {
  const hash = createHash('sha256').update(kafkaVersion)
  for (const path of [tieredStoreResource('jars.lock.json'), ...tieredStoreSources('main')])
    hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 8)
}

function tieredStore(kafkaVersion: string, make: Artefact['make'] = () => Promise.resolve()): Artefact {
  return { name: `tiered-store-${digest(kafkaVersion)}`, flaw: differenceFromRecord, make }
}

async function fetchAndCompile(folder: string, options: SetupOptions, kafkaVersion: string): Promise<void> {
  const work = await mkdtemp(join(folder, '.work-'))
  try {
    await fetchSdk(work, options)
    await compile(work, options, kafkaVersion)
    const jars = join(work, 'jars')
    for (const name of await readdir(jars)) await rename(join(jars, name), join(folder, name))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  await recordChecksums(folder)
}

async function fetchSdk(work: string, options: SetupOptions): Promise<void> {
  const jars = join(work, 'jars')
  await mkdir(jars)
  const name = `tiered store: AWS SDK for Java ${TIERED_STORE_SDK}`
  const locked = JSON.parse(await readFile(tieredStoreResource('jars.lock.json'), 'utf8')) as Checksums
  await fetchJars(jars, { pom: tieredStoreResource('pom.xml'), name, size: '8 MB', lock: locked }, options)
  const flaw = await difference(jars, locked)
  if (flaw !== undefined)
    throw new AftershockError('unavailable', `the jars of the AWS SDK do not verify: ${flaw}`, {
      hint: 'Nothing of it was kept. If that persists, a local repository, mirror or proxy has an altered copy.',
    })
}

async function compile(work: string, options: SetupOptions, kafkaVersion: string): Promise<void> {
  const { progress, env = process.env, signal } = options
  const { classPath } = await ensureKafka(options, kafkaVersion)
  progress('tiered store: compiling (once)')
  const classes = join(work, 'classes')
  const jars = join(work, 'jars')
  const sdk = (await readdir(jars)).map(name => join(jars, name))
  const tool = { cwd: work, env, ...(signal && { signal }) }
  await runJdkTool(
    'javac',
    [
      '--release',
      '17',
      '-cp',
      [classPath, ...sdk].join(delimiter),
      '-d',
      classes,
      ...tieredStoreSources('main'),
    ],
    tool,
  )
  await runJdkTool('jar', ['--create', '--file', join(jars, OUR_JAR), '-C', classes, '.'], tool)
}

/** `javac` or `jar` from where `java` is taken: of JAVA_HOME, else the first on the PATH. */
export async function runJdkTool(
  name: 'javac' | 'jar',
  args: readonly string[],
  options: Parameters<typeof runTool>[2],
): Promise<string> {
  const { JAVA_HOME } = options.env
  const command = JAVA_HOME ? join(JAVA_HOME, 'bin', name) : name
  try {
    return await runTool(command, args, options)
  } catch (error) {
    if (!(error instanceof AftershockError) || !error.message.endsWith('is not installed')) throw error
    throw new AftershockError(
      'unavailable',
      `${command} is not there: a JRE is not enough, a JDK is needed`,
      {
        cause: error,
        hint: 'The tiered store and the stateful processor are compiled at set-up. Install a JDK of 17 or newer, or point JAVA_HOME at one.',
      },
    )
  }
}
