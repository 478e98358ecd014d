import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { type Checksums, difference } from './checksum.ts'
import { CONNECT_VERSION, type ConnectDistribution, ensureConnect } from './connect.ts'
import { fetchJars } from './maven-jars.ts'

/** MirrorMaker 2 is two jars beside those of Connect. Only drills with two regions need it. */
export async function ensureMirror(options: SetupOptions): Promise<ConnectDistribution> {
  const connect = await ensureConnect(options)
  const folder = await ensureCached(mirrorLibraries(options), options)
  const jars = (await readdir(folder)).sort().map(name => join(folder, name))
  return { ...connect, classPath: [connect.classPath, ...jars].join(delimiter) }
}

/** Lies beside this file in the source; `dist/` has only compiled TypeScript. */
export function mirrorResource(name: string): string {
  return packageFile('chaos', 'drivers', 'local', 'setup', 'mirror', name)
}

function mirrorLibraries(options: SetupOptions): Artefact {
  const lock = mirrorResource('jars.lock.json')
  const digest = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 8)
  return {
    name: `mirror-${CONNECT_VERSION}-${digest}`,
    flaw: async folder => difference(folder, JSON.parse(await readFile(lock, 'utf8')) as Checksums),
    make: async folder =>
      fetchJars(
        folder,
        {
          lock: JSON.parse(await readFile(lock, 'utf8')) as Checksums,
          pom: mirrorResource('pom.xml'),
          name: `mirror ${CONNECT_VERSION}`,
          size: '0.2 MB',
        },
        options,
      ),
  }
}
