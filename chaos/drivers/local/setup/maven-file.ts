import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { sha256 } from './checksum.ts'
import {
  baseAddress,
  fetchLocked,
  isWithoutMaven,
  MAVEN_CENTRAL,
  REPOSITORY_VARIABLE,
} from './locked-files.ts'
import { DEPENDENCY_PLUGIN, type FetchOptions } from './maven-jars.ts'
import { runTool } from './tool.ts'
import { shown } from '../../../net/download.ts'

/** One file of a repository, as it must be. */
export interface MavenFile {
  /** `group:artifact:version:type[:classifier]` */
  readonly coordinates: string
  readonly sha256: string
  /** As people are told of it. */
  readonly name: string
  readonly size: string
}

/**
 * Fetches the file into `folder`, alone, and checks it before anything reads it: with Maven, or straight from a
 * repository where there is none or one was named. @returns its path
 * @throws AftershockError `unavailable` when it cannot be had, or is another than it must be.
 */
export async function fetchMavenFile(
  folder: string,
  file: MavenFile,
  options: FetchOptions,
): Promise<string> {
  const { progress, env = process.env } = options
  if (!isWithoutMaven(env)) return fetchWithMaven(folder, file, options)
  const base = baseAddress(env, REPOSITORY_VARIABLE, MAVEN_CENTRAL)
  const { path, name } = placeOf(file.coordinates)
  progress(`${file.name}: fetching from ${shown(base)} (${file.size}, once)`)
  await fetchLocked(folder, base, [{ path, name, sha256: file.sha256 }], options)
  return join(folder, name)
}

/** Where a repository of Maven's layout has `group:artifact:version[:type[:classifier]]`. */
export function placeOf(coordinates: string): { readonly path: string; readonly name: string } {
  const [group = '', artifact = '', version = '', type = 'jar', classifier] = coordinates.split(':')
  const suffix = classifier === undefined ? '' : `-${classifier}`
  return {
    path: `${group.replaceAll('.', '/')}/${artifact}/${version}`,
    name: `${artifact}-${version}${suffix}.${type}`,
  }
}

async function fetchWithMaven(
  folder: string,
  { coordinates, sha256: expected, name, size }: MavenFile,
  { progress, env = process.env, signal }: FetchOptions,
): Promise<string> {
  const work = await mkdtemp(join(folder, '.maven-'))
  try {
    progress(`${name}: fetching with Maven (${size}, once)`)
    const goal = `${DEPENDENCY_PLUGIN}:copy`
    const args = ['--batch-mode', goal, `-Dartifact=${coordinates}`, `-DoutputDirectory=${work}`]
    await runTool('mvn', args, { cwd: work, env, ...(signal && { signal }) })
    const [file] = await readdir(work)
    if (file === undefined)
      throw new AftershockError('unavailable', `Maven brought no file for ${coordinates}`)
    const actual = await sha256(join(work, file))
    if (actual !== expected)
      throw new AftershockError('unavailable', `${file} has SHA-256 ${actual}, expected ${expected}`, {
        hint: 'Nothing of it was kept. If that persists, a local repository, mirror or proxy has an altered copy.',
      })
    await rename(join(work, file), join(folder, file))
    return join(folder, file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
