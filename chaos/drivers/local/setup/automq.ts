import { access, constants, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { AUTOMQ_HOW_TO_GET } from '../../../platforms/automq/release.ts'
import { type AutoMqDistribution, identifyAutoMq, libsDigest } from './automq-identity.ts'
import { type Artefact, ensureCached, type SetupOptions } from './cache.ts'
import { sha256 } from './checksum.ts'
import { runTool } from './tool.ts'

export type { AutoMqDistribution } from './automq-identity.ts'
export { autoMqPlatformSoftware } from './automq-identity.ts'

const START_SCRIPT = join('bin', 'kafka-server-start.sh')
/** Starts the JVM for it. */
const RUN_SCRIPT = join('bin', 'kafka-run-class.sh')
const LIBS_RECORD = 'libs.sha256'

export interface AutoMqRequest {
  /** What `--automq-dist` says: a release's tarball, or a folder. */
  readonly dist?: string | undefined
  /** Relative paths begin here. */
  readonly cwd: string
}

/**
 * The distribution that the user brought: `--automq-dist`, else the folder that `AUTOMQ_HOME` names; null when there
 * is neither. A tarball is unpacked into the cache, once, under its SHA-256.
 * @throws AftershockError `input` when what was given is no such distribution.
 */
export async function findAutoMq(
  request: AutoMqRequest,
  options: SetupOptions,
): Promise<AutoMqDistribution | null> {
  const env = options.env ?? process.env
  const given = request.dist ? (['--automq-dist', request.dist] as const) : null
  const named = given ?? (env.AUTOMQ_HOME ? (['AUTOMQ_HOME', env.AUTOMQ_HOME] as const) : null)
  if (!named) return null
  const [source, text] = named
  const path = resolve(request.cwd, text)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw wrong(source, `${path} does not exist`)
  if (found.isDirectory()) return fromFolder(source, path)
  if (source === 'AUTOMQ_HOME') throw wrong(source, `${path} is a file; it must name a folder`)
  return fromTarball(path, options)
}

/** As `findAutoMq`. @throws AftershockError `unavailable` when there is none, with how to get it. */
export async function ensureAutoMq(
  request: AutoMqRequest,
  options: SetupOptions,
): Promise<AutoMqDistribution> {
  const distribution = await findAutoMq(request, options)
  if (distribution) return distribution
  throw new AftershockError('unavailable', 'there is no AutoMQ distribution on this machine', {
    hint: `It is on no package registry. ${AUTOMQ_HOW_TO_GET}`,
  })
}

async function fromFolder(source: string, path: string): Promise<AutoMqDistribution> {
  const home = await homeIn(path)
  if (!home) throw wrong(source, `${path} has no ${START_SCRIPT}`)
  await refuseUnrunnable(source, home)
  return identifyAutoMq(home, [basename(home), basename(path)])
}

async function fromTarball(path: string, options: SetupOptions): Promise<AutoMqDistribution> {
  const source = '--automq-dist'
  if (!(await isGzip(path))) throw wrong(source, `${path} is not a .tgz`)
  const checksum = await sha256(path)
  options.progress(`${basename(path)}: SHA-256 ${checksum}`)
  const folder = await ensureCached(unpacked(path, checksum, options), options)
  const home = (await homeIn(folder)) as string
  await refuseUnrunnable(source, home)
  const identified = await identifyAutoMq(home, [basename(home), basename(path)])
  return { ...identified, notes: [...identified.notes, `The tarball has SHA-256 ${checksum}.`] }
}

function unpacked(path: string, checksum: string, options: SetupOptions): Artefact {
  const { progress, env = process.env, signal } = options
  return {
    name: `automq-${checksum}`,
    async flaw(folder) {
      const home = await homeIn(folder)
      const recorded = await readFile(join(folder, LIBS_RECORD), 'utf8').catch(() => '')
      if (!home || recorded === '') return 'it was not unpacked whole'
      return (await libsDigest(join(home, 'libs'))) === recorded ? undefined : 'its jars have changed'
    },
    async make(folder) {
      progress(`${basename(path)}: unpacking (once)`)
      await runTool('tar', ['-xzf', path, '-C', folder, '--no-same-owner'], {
        env,
        ...(signal && { signal }),
      }).catch((error: unknown) => {
        throw wrong('--automq-dist', `${path} cannot be unpacked`, error)
      })
      const home = await homeIn(folder)
      if (!home) throw wrong('--automq-dist', `${path} has no ${START_SCRIPT} with a libs folder beside it`)
      await writeFile(join(folder, LIBS_RECORD), await libsDigest(join(home, 'libs')))
    },
  }
}

/** The folder itself, or the one below it that has the layout: a tarball's top folder, `kafka` in the images. */
async function homeIn(path: string): Promise<string | undefined> {
  const below = (await readdir(path, { withFileTypes: true })).filter(entry => entry.isDirectory())
  for (const home of [path, ...below.map(entry => join(path, entry.name)).sort()])
    if ((await isFile(join(home, START_SCRIPT))) && (await isFolder(join(home, 'libs')))) return home
  return undefined
}

async function refuseUnrunnable(source: string, home: string): Promise<void> {
  // Its scripts do not quote the path of their folder.
  if (/[\s*?[\]]/.test(home))
    throw wrong(source, `${home}: its start script breaks on that name; use a path without spaces`)
  for (const script of [START_SCRIPT, RUN_SCRIPT]) {
    const path = join(home, script)
    if (!(await isFile(path))) throw wrong(source, `${home} has no ${script}`)
    const mayRun = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!mayRun) throw wrong(source, `${path} is not executable (chmod +x ${join(home, 'bin')}/*.sh)`)
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const magic = Buffer.alloc(2)
    await file.read(magic, 0, 2, 0)
    return magic.readUInt16BE(0) === 0x1f8b
  } finally {
    await file.close()
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

function wrong(source: string, what: string, cause?: unknown): AftershockError {
  return new AftershockError('input', `${source}: ${what}`, {
    hint: `Looked for ${START_SCRIPT} (executable) beside libs/, in the folder or one below it. ${AUTOMQ_HOW_TO_GET}`,
    ...(cause !== undefined && { cause }),
  })
}
