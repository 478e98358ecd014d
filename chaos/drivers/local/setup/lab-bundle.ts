import { randomBytes } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../../../core/errors.ts'
import { whyUnread } from '../../../record/bounded-files.ts'
import { cacheRoot, type SetupOptions } from './cache.ts'
import { sha256 } from './checksum.ts'
import { runTool } from './tool.ts'

const MANIFEST = 'aftershock-lab.json'
/** As the cache's own folder is called, so that it is packed from where it is. */
const FOLDERS = 'aftershock'
/** What a machine makes of itself, or keeps for itself, is no part of a bundle. */
const LEFT_OUT = /\.lock$|\.staging-|-classes-|^distributions$|\.replaced$/

const entrySchema = z.union([
  z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), executable: z.boolean() }),
  z.strictObject({ link: z.string() }),
])
const manifestSchema = z.object({
  format: z.literal(1),
  program: z.string(),
  /** Node's `<platform>-<arch>`. */
  machine: z.string(),
  /** By path below the cache, with slashes. */
  files: z.record(z.string(), entrySchema),
})
export type BundleManifest = z.infer<typeof manifestSchema>

export interface PackedBundle {
  readonly file: string
  readonly sha256: string
  /** Folders of the cache that are in it. */
  readonly parts: readonly string[]
}

/**
 * Writes what this machine's cache has into one file, for machines without a network. Whoever takes it from there
 * checks each jar against this program's locks again, as in any cache.
 * @throws AftershockError `unavailable` when the cache is empty or the file cannot be written
 */
export async function packBundle(
  file: string,
  program: string,
  { env = process.env, progress, signal }: SetupOptions,
): Promise<PackedBundle> {
  const root = cacheRoot(env)
  const parts = (await namesIn(root)).filter(name => !LEFT_OUT.test(name))
  const kept: string[] = []
  for (const name of parts) if ((await lstat(join(root, name))).isDirectory()) kept.push(name)
  if (kept.length === 0)
    throw new AftershockError('unavailable', `${root} has nothing to pack`, {
      hint: '`aftershock lab pack` sets the lab up first; that must have failed, or another cache was meant (XDG_CACHE_HOME).',
    })
  const work = await mkdtemp(join(tmpdir(), 'aftershock-pack-'))
  try {
    progress(`packing ${kept.length} parts of ${root}`)
    const files: BundleManifest['files'] = {}
    for (const part of kept) Object.assign(files, await entriesOf(root, part))
    const manifest: BundleManifest = { format: 1, program, machine: thisMachine(), files }
    await writeFile(join(work, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`)
    const part = `${file}.${process.pid}.part`
    try {
      const args = ['-czf', part, '-C', work, MANIFEST, '-C', dirname(root)]
      args.push(...kept.map(name => `${FOLDERS}/${name}`))
      await runTool('tar', args, { cwd: work, env, ...(signal && { signal }) })
      await rename(part, file)
    } finally {
      await rm(part, { force: true })
    }
    return { file, sha256: await sha256(file), parts: kept }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

export interface UnpackedBundle {
  readonly program: string
  readonly added: readonly string[]
  /** Were there already. What of them is whole is not looked at here. */
  readonly present: readonly string[]
}

/**
 * Puts the parts of a bundle into this machine's cache. Everything in it is held against its list first, and the file
 * against `expected` where one was told.
 * @throws AftershockError `input` when it is no bundle, or another than was told; `unavailable` for another machine's
 */
export async function unpackBundle(
  file: string,
  expected: string | undefined,
  { env = process.env, signal }: SetupOptions,
): Promise<UnpackedBundle> {
  const actual = await sha256(file).catch((error: unknown) => {
    throw new AftershockError('input', `${file} cannot be read: ${whyUnread(error)}`, {
      cause: error,
      hint: 'Name a file that `aftershock lab pack` wrote.',
    })
  })
  if (expected !== undefined && expected.toLowerCase() !== actual)
    throw new AftershockError('input', `${file} has SHA-256 ${actual}, expected ${expected}`, {
      hint: 'Copy it again from where it was packed. Nothing of it was used.',
    })
  const root = cacheRoot(env)
  await mkdir(root, { recursive: true })
  // Beside the parts, so that they can be renamed into place.
  const work = join(root, `bundle.staging-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(work)
    await untar(file, work, { env, ...(signal && { signal }) })
    const { program, machine, files } = await readManifest(work, file)
    if (machine !== thisMachine())
      throw new AftershockError('unavailable', `${file} was packed on ${machine}; this is ${thisMachine()}`, {
        hint: 'Pack one on a machine like this one.',
      })
    await checkFiles(join(work, FOLDERS), files, file)
    return { program, ...(await putInto(root, join(work, FOLDERS))) }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const thisMachine = (): string => `${process.platform}-${process.arch}`

const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [] as string[])).toSorted()

/** Every file and link below `root/path`; the keys are relative to `root`. */
async function entriesOf(root: string, path: string): Promise<BundleManifest['files']> {
  const found: BundleManifest['files'] = {}
  for (const name of await namesIn(join(root, path))) {
    const inner = `${path}/${name}`
    const stat = await lstat(join(root, inner))
    if (stat.isDirectory()) Object.assign(found, await entriesOf(root, inner))
    else if (stat.isSymbolicLink()) found[inner] = { link: await readlink(join(root, inner)) }
    else found[inner] = { sha256: await sha256(join(root, inner)), executable: (stat.mode & 0o100) !== 0 }
  }
  return found
}

async function untar(file: string, work: string, tool: Parameters<typeof runTool>[2]): Promise<void> {
  try {
    await runTool('tar', ['-xzf', file, '-C', work], { ...tool, cwd: work })
  } catch (error) {
    tool.signal?.throwIfAborted()
    if (!(error instanceof AftershockError) || error.message.endsWith('is not installed')) throw error
    throw new AftershockError('input', `${file} is not a bundle: tar cannot unpack it`, {
      cause: error,
      hint: error.hint,
    })
  }
}

async function readManifest(work: string, file: string): Promise<BundleManifest> {
  const text = await readFile(join(work, MANIFEST), 'utf8').catch(() => undefined)
  const refuse = (what: string, cause?: unknown) =>
    new AftershockError('input', `${file} is not a bundle of this program: ${what}`, {
      hint: '`aftershock lab pack FILE` writes one.',
      cause,
    })
  if (text === undefined) throw refuse(`it has no ${MANIFEST}`)
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (error) {
    throw refuse(`its ${MANIFEST} is not as it must be`, error)
  }
}

async function checkFiles(folder: string, listed: BundleManifest['files'], file: string): Promise<void> {
  const refuse = (what: string) =>
    new AftershockError('input', `${file} is not whole: ${what}`, {
      hint: 'Nothing of it was used. Copy it again from where it was packed.',
    })
  const found: BundleManifest['files'] = {}
  for (const part of await namesIn(folder)) {
    if (!(await lstat(join(folder, part))).isDirectory()) throw refuse(`${part} is no folder`)
    Object.assign(found, await entriesOf(folder, part))
  }
  for (const path of Object.keys(found))
    if (!Object.hasOwn(listed, path)) throw refuse(`${path} is not in its list`)
  for (const [path, entry] of Object.entries(listed)) {
    if (JSON.stringify(found[path]) !== JSON.stringify(entry)) throw refuse(`${path} is not as its list says`)
    if (!('link' in entry)) continue
    const part = path.slice(0, path.indexOf('/') + 1)
    if (!normalize(join(dirname(path), entry.link)).startsWith(part) || entry.link.startsWith('/'))
      throw refuse(`${path} leads out of the bundle`)
  }
}

/** A part that is there stays: a run may have it open, and set-up makes again what is not whole. */
async function putInto(root: string, folder: string): Promise<Pick<UnpackedBundle, 'added' | 'present'>> {
  const added: string[] = []
  const present: string[] = []
  const there = new Set(await namesIn(root))
  for (const part of await namesIn(folder)) {
    if (there.has(part)) present.push(part)
    else {
      await rename(join(folder, part), join(root, part))
      added.push(part)
    }
  }
  return { added, present }
}
