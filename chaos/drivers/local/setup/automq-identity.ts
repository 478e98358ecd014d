import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { PlatformSoftware } from '../../../record/platform-software.ts'
import { sha256 } from './checksum.ts'

/** A folder in the layout of AutoMQ's releases, and what its jars say it is. */
export interface AutoMqDistribution {
  /** Holds `bin/kafka-server-start.sh` and `libs/`. */
  readonly home: string
  /** Of AutoMQ, by the names of its files; `unknown` when none says it. Of a stand-in: of its Kafka. */
  readonly version: string
  /** As `kafka/kafka-version.properties` inside the jars says. */
  readonly kafkaVersion: string
  /** `stand-in`: its jars do not hold AutoMQ, whatever its names say. */
  readonly kind: 'product' | 'stand-in'
  /** Over the SHA-256 and the name of every file in `libs/`: equal for equal jars. */
  readonly libsSha256: string
  readonly notes: readonly string[]
}

const MAIN_CLASS = 'kafka/Kafka.class'
const CORE_CLASS = 'kafka/automq/AutoMQConfig.class'
/** From AutoMQ's source, release 1.7.3: its own part of the broker, its stream storage, the reporter that we configure. */
const PROOFS = [
  CORE_CLASS,
  'com/automq/stream/s3/S3Storage.class',
  'kafka/autobalancer/metricsreporter/AutoBalancerMetricsReporter.class',
] as const
/** Far fewer than any release has, far more than anyone would make for a test. */
const FEWEST_CLASSES = { 'kafka/automq/': 20, 'com/automq/stream/': 50 } as const
const VERSION_FILE = 'kafka/kafka-version.properties'
const NO_VERSION = 'unknown'

/**
 * What the distribution at `home` is, by the classes in its jars and not by any name.
 * @param names of files or folders that may carry AutoMQ's version, which no jar is known to hold
 * @throws AftershockError `input` when a jar cannot be read.
 */
export async function identifyAutoMq(
  home: string,
  names: readonly string[] = [basename(home)],
): Promise<AutoMqDistribution> {
  const libs = join(home, 'libs')
  const jars = await readJars(libs)
  const lacks = await missingProofs(jars)
  const kafkaVersion = await kafkaVersionOf(jars)
  const libsSha256 = await libsDigest(libs)
  if (lacks.length > 0) {
    return {
      home,
      version: kafkaVersion,
      kafkaVersion,
      kind: 'stand-in',
      libsSha256,
      notes: [`Its jars do not hold AutoMQ: ${lacks.slice(0, 3).join('; ')}.`],
    }
  }
  const version = versionOf([...names, ...jars.map(({ path }) => basename(path))], kafkaVersion)
  const unsaid = version === NO_VERSION ? ['Neither its folder nor a jar says which version it is.'] : []
  return { home, version, kafkaVersion, kind: 'product', libsSha256, notes: unsaid }
}

/** What reports say of it. A stand-in is never called by the product's name. */
export function autoMqPlatformSoftware(
  { version, kafkaVersion, kind, libsSha256, notes }: AutoMqDistribution,
  zoneRouter: boolean,
): PlatformSoftware {
  const checksum = `The jars have SHA-256 ${libsSha256}.`
  if (kind === 'stand-in') {
    return {
      name: `stand-in (Kafka ${kafkaVersion}), not AutoMQ`,
      kind,
      notes: [
        'This is not AutoMQ but another program in its layout: nothing measured here says anything about AutoMQ.',
        ...notes,
        checksum,
      ],
    }
  }
  const router = zoneRouter ? ', with zone router' : ''
  return {
    name: `AutoMQ ${version} (Kafka ${kafkaVersion})${router}`,
    kind,
    notes: ['Write-ahead log and records are in the object store.', ...notes, checksum],
  }
}

/** One checksum for all files of a flat folder. */
export async function libsDigest(libs: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(libs)).sort()) hash.update(`${await sha256(join(libs, name))}  ${name}\n`)
  return hash.digest('hex')
}

/** What a jar holds. Only what is asked for is inflated. */
interface Jar {
  readonly path: string
  /** Bytes of each file in it, by name. */
  readonly sizes: ReadonlyMap<string, number>
  /** The content of one file; null when the jar has none of that name, or it is damaged. */
  read(name: string): Promise<Buffer | null>
}

/**
 * Only names and sizes are kept: the entries of all jars of a release together are a gigabyte of objects.
 * @throws Error when the file is not a whole zip archive.
 */
async function readJar(path: string): Promise<Jar> {
  const sizes = new Map((await entriesOf(path)).map(entry => [entry.filename, entry.uncompressedSize]))
  return {
    path,
    sizes,
    async read(name) {
      if (!sizes.has(name)) return null
      const { Uint8ArrayWriter } = await zip()
      const entry = (await entriesOf(path)).findLast(one => one.filename === name)
      if (!entry || entry.directory) return null
      return entry.getData(new Uint8ArrayWriter()).then(
        content => Buffer.from(content),
        () => null,
      )
    },
  }
}

/** Loaded when it is needed, since no other platform needs it. */
const zip = () => import('@zip.js/zip.js')

async function entriesOf(path: string) {
  const { Uint8ArrayReader, ZipReader } = await zip()
  const bytes = new Uint8ArrayReader(await readFile(path))
  return new ZipReader(bytes, { useWebWorkers: false }).getEntries()
}

async function readJars(libs: string): Promise<Jar[]> {
  const jars: Jar[] = []
  for (const name of (await readdir(libs)).filter(file => file.endsWith('.jar')).sort()) {
    const path = join(libs, name)
    try {
      jars.push(await readJar(path))
    } catch (error) {
      throw new AftershockError('input', `${path} is not a whole jar: ${messageOf(error)}`, {
        hint: 'unpack the distribution again; the download may have been cut off',
        cause: error,
      })
    }
  }
  return jars
}

/** In words; empty: all are there. */
async function missingProofs(jars: readonly Jar[]): Promise<string[]> {
  const lacks: string[] = []
  for (const name of PROOFS) if (!(await isClass(jars, name))) lacks.push(`no jar has the class ${name}`)
  for (const [folder, fewest] of Object.entries(FEWEST_CLASSES)) {
    const count = new Set(jars.flatMap(({ sizes }) => classesUnder(sizes, folder))).size
    if (count < fewest) lacks.push(`${count} classes under ${folder}, fewer than any release has`)
  }
  // The broker that starts must be AutoMQ's own: both classes are built into the same jar.
  const mains = jars.filter(({ sizes }) => sizes.has(MAIN_CLASS))
  if (mains.length !== 1) lacks.push(`${mains.length} jars have the main class ${MAIN_CLASS}`)
  else if (!mains[0]?.sizes.has(CORE_CLASS))
    lacks.push(`the main class ${MAIN_CLASS} comes from another jar than ${CORE_CLASS}`)
  return lacks
}

/** Whether a jar has it, and it is a class of that very name and not just a file. */
async function isClass(jars: readonly Jar[], name: string): Promise<boolean> {
  for (const jar of jars) {
    const content = await jar.read(name)
    if (content === null) continue
    const isOfThatName = content.includes(name.slice(0, -'.class'.length))
    if (content.length > 4 && content.readUInt32BE(0) === 0xcafebabe && isOfThatName) return true
  }
  return false
}

function classesUnder(sizes: ReadonlyMap<string, number>, folder: string): string[] {
  return [...sizes]
    .filter(([name, bytes]) => name.startsWith(folder) && name.endsWith('.class') && bytes > 0)
    .map(([name]) => name)
}

async function kafkaVersionOf(jars: readonly Jar[]): Promise<string> {
  for (const jar of jars) {
    const text = await jar.read(VERSION_FILE)
    const version = text && /^version=(.+)$/m.exec(text.toString('utf8'))?.[1]?.trim()
    if (version) return version
  }
  return NO_VERSION
}

/** `automq-1.7.3_kafka-3.9.1`, a folder that somebody renamed to `automq-1.7.3`, or a jar of its own that is not versioned as Kafka is. */
function versionOf(names: readonly string[], kafkaVersion: string): string {
  for (const name of names) {
    const version =
      /^automq-v?(\d[\w.-]*?)(?:_kafka-.*|\.tgz|\.tar\.gz)?$/.exec(name)?.[1] ??
      /^(?:s3stream|automq-shell)-(\d[\w.-]*)\.jar$/.exec(name)?.[1]
    if (version !== undefined && version !== kafkaVersion) return version
  }
  return NO_VERSION
}
