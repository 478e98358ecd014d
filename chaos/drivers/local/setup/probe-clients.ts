import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { CONNECT_VERSION } from './connect.ts'
import { ensureDeviceTwin } from './device-twin.ts'
import { ensureMirror } from './mirror.ts'
import { runJdkTool } from './tiered-store.ts'

const OUR_JAR = 'compatibility.jar'

/** Kafka's own clients, Connect, MirrorMaker and Streams, and what tries a platform with them. */
export interface ProbeClients {
  readonly version: string
  readonly java: string
  readonly classPath: string
  readonly mainClass: string
}

/** @throws AftershockError `unavailable` when there is no Maven, or only a JRE. */
export async function ensureProbeClients(options: SetupOptions): Promise<ProbeClients> {
  const [mirror, twin] = [await ensureMirror(options), await ensureDeviceTwin(options)]
  const libraries = [mirror.classPath, mirror.sinkJar, twin.classPath].join(delimiter)
  const folder = await ensureCached(ours(options, libraries), options)
  return {
    version: `Kafka’s own clients ${CONNECT_VERSION}`,
    java: mirror.java,
    classPath: [join(folder, OUR_JAR), libraries].join(delimiter),
    mainClass: 'aftershock.compatibility.Run',
  }
}

function sources(): string[] {
  const folder = packageFile('chaos', 'compatibility', 'java', 'aftershock', 'compatibility')
  return readdirSync(folder)
    .toSorted()
    .map(name => join(folder, name))
}

function ours(options: SetupOptions, libraries: string): Artefact {
  const { progress, env = process.env, signal } = options
  const hash = createHash('sha256').update(CONNECT_VERSION)
  for (const path of sources()) hash.update(readFileSync(path))
  return {
    name: `compatibility-${hash.digest('hex').slice(0, 8)}`,
    flaw: differenceFromRecord,
    async make(folder) {
      progress('clients in Java: compiling (once)')
      const work = await mkdtemp(join(folder, '.work-'))
      try {
        const tool = { cwd: work, env, ...(signal && { signal }) }
        const classes = join(work, 'classes')
        await runJdkTool('javac', ['--release', '17', '-cp', libraries, '-d', classes, ...sources()], tool)
        await runJdkTool('jar', ['--create', '--file', join(work, OUR_JAR), '-C', classes, '.'], tool)
        await rename(join(work, OUR_JAR), join(folder, OUR_JAR))
      } finally {
        await rm(work, { recursive: true, force: true })
      }
      await recordChecksums(folder)
    },
  }
}
