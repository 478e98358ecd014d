import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetupOptions } from './cache.ts'
import type { Checksums } from './checksum.ts'
import {
  baseAddress,
  fetchLocked,
  isWithoutMaven,
  lockedJars,
  MAVEN_CENTRAL,
  REPOSITORY_VARIABLE,
} from './locked-files.ts'
import { runTool } from './tool.ts'
import { shown } from '../../../net/download.ts'

/** Of Maven's own plugin: without a version, each Maven release would take another one. */
export const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'

export type FetchOptions = Pick<SetupOptions, 'progress' | 'env' | 'signal'>

/** What a POM names, as people are told of it. */
export interface JarSet {
  readonly pom: string
  /** `kafka 4.3.1` */
  readonly name: string
  readonly size: string
  /** What is changed in the POM before Maven reads it. @default nothing */
  readonly edit?: (pom: string) => string
  /** What must come of it. @default unknown, so that only Maven can say which jars there are */
  readonly lock?: Checksums
}

/**
 * Every jar that the POM needs at run time, into `folder`. Maven resolves with the user's own settings and mirrors;
 * a lock file judges what came of it. Where there is no Maven, or a repository was named, the jars of the lock are
 * fetched from there one by one.
 */
export async function fetchJars(folder: string, set: JarSet, options: FetchOptions): Promise<void> {
  const { lock, name, size } = set
  const { progress, env = process.env } = options
  if (lock === undefined || !isWithoutMaven(env)) return resolveWithMaven(folder, set, options)
  const base = baseAddress(env, REPOSITORY_VARIABLE, MAVEN_CENTRAL)
  progress(`${name}: fetching from ${shown(base)} (${size} of jars, once)`)
  await fetchLocked(folder, base, lockedJars(lock), {
    ...options,
    progress: line => progress(`${name}: ${line}`),
  })
}

async function resolveWithMaven(
  folder: string,
  { pom, name: what, size, edit = same }: JarSet,
  { progress, env = process.env, signal }: FetchOptions,
): Promise<void> {
  const work = await mkdtemp(join(folder, '.maven-'))
  try {
    await writeFile(join(work, 'pom.xml'), edit(await readFile(pom, 'utf8')))
    const jars = join(work, 'jars')
    await mkdir(jars)
    progress(`${what}: resolving with Maven (${size} of jars, once)`)
    let fetched = 0
    await runTool(
      'mvn',
      [
        '--batch-mode',
        '--file',
        join(work, 'pom.xml'),
        `${DEPENDENCY_PLUGIN}:copy-dependencies`,
        '-DincludeScope=runtime',
        `-DoutputDirectory=${jars}`,
      ],
      {
        cwd: work,
        env,
        ...(signal === undefined ? {} : { signal }),
        onLine: line => {
          if (!/Downloaded from .*\.jar/.test(line)) return
          fetched++
          if (fetched % 20 === 0) progress(`${what}: ${fetched} jars fetched (with those of Maven)`)
        },
      },
    )
    for (const name of await readdir(jars)) await rename(join(jars, name), join(folder, name))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const same = (text: string): string => text
