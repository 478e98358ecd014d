import { createHash } from 'node:crypto'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../core/errors.ts'
import { ensureCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { jvmKey } from './java.ts'
import { runTrainingBroker } from './training-broker.ts'

const ARCHIVE = 'broker.jsa'
const NO_ARCHIVE = 'no-archive.txt'

export interface ArchiveInput {
  readonly java: string
  readonly libsDir: string
  readonly classPath: string
  readonly version: string
}

/**
 * Parsed and linked classes of a broker, dumped by this JVM once, which halves the work of starting one. An
 * archive holds for one build of the JVM and for jars with the same path, size and modification time; so
 * those are its key. That a JVM cannot do it is remembered too; the lab works without.
 */
export async function ensureClassDataArchive(
  input: ArchiveInput,
  options: SetupOptions,
): Promise<string | null> {
  const env = options.env ?? process.env
  const { signal, progress } = options
  const jvm = await jvmKey(input.java, { env, ...(signal === undefined ? {} : { signal }) })
  try {
    const folder = await ensureCached(
      {
        name: `kafka-${input.version}-classes-${jvm}-${await jarsKey(input.libsDir)}`,
        flaw: differenceFromRecord,
        make: async staging => {
          progress(`kafka ${input.version}: dumping a class-data archive for this JVM (once)`)
          await dump(staging, input, options)
          await recordChecksums(staging)
        },
      },
      options,
    )
    return (await readdir(folder)).includes(ARCHIVE) ? join(folder, ARCHIVE) : null
  } catch (error) {
    signal?.throwIfAborted()
    progress(`kafka ${input.version}: no class-data archive, brokers start slower (${messageOf(error)})`)
    return null
  }
}

async function dump(staging: string, input: ArchiveInput, options: SetupOptions): Promise<void> {
  const said = await runTrainingBroker(
    { ...input, folder: staging, flags: [`-XX:ArchiveClassesAtExit=${join(staging, ARCHIVE)}`] },
    options,
  )
  const sizeBytes = await stat(join(staging, ARCHIVE)).then(
    found => found.size,
    () => 0,
  )
  if (sizeBytes === 0)
    await writeFile(join(staging, NO_ARCHIVE), `The JVM made no archive. It said:\n${said}\n`)
}

async function jarsKey(libsDir: string): Promise<string> {
  const hash = createHash('sha256').update(libsDir)
  for (const name of (await readdir(libsDir)).sort()) {
    const { size, mtimeMs } = await stat(join(libsDir, name))
    hash.update(`\n${name} ${size} ${Math.floor(mtimeMs / 1000)}`)
  }
  return hash.digest('hex').slice(0, 12)
}
