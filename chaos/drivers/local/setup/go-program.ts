import { chmod, copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { shown } from '../../../net/download.ts'
import { packageFile } from '../../../package-root.ts'
import type { Artefact, SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { baseAddress, fetchLocked, GITHUB, isOnPath, RELEASES_VARIABLE } from './locked-files.ts'
import { runTool } from './tool.ts'

export interface GoProgram {
  /** Also the folder beside this file that has its `go.mod` and `go.sum`. */
  readonly name: string
  readonly version: string
  /** The binary's name in the cache. */
  readonly binary: string
  readonly package: string
  /** What the linker is told, so that the program knows its version: `main.Version=v1.8.0`. */
  readonly versionSymbol: string
  /** What its makers publish, for machines without Go. */
  readonly released: Released
}

export interface Released {
  /** Of the archives, below GitHub: `Shopify/toxiproxy/releases/download/v2.12.0`. */
  readonly path: string
  /** A `.tar.gz` by Node's `<platform>-<arch>`. */
  readonly archives: Readonly<Record<string, { readonly name: string; readonly sha256: string } | undefined>>
}

export const isReleasedHere = ({ archives }: Released): boolean =>
  archives[`${platform()}-${arch()}`] !== undefined

/** A program built from pinned Go modules, in the cache; without Go, the binary that its makers released. */
export function goProgram(
  program: GoProgram,
  options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Artefact {
  return {
    name: `${program.name}-${program.version}-${platform()}-${arch()}`,
    flaw: differenceFromRecord,
    make: async folder => {
      const { env = process.env } = options
      if (!env[RELEASES_VARIABLE] && (isOnPath('go', env) || !isReleasedHere(program.released)))
        await build(program, folder, options)
      else await unpackRelease(program, folder, options)
      await recordChecksums(folder)
    },
  }
}

/** `go.sum` vouches for every module, wherever GOPROXY says that they come from. */
async function build(
  program: GoProgram,
  folder: string,
  { progress, env = process.env, signal }: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Promise<void> {
  const { name, version } = program
  progress(`${name} ${version}: building with Go (once)`)
  const work = await mkdtemp(join(folder, '.go-'))
  try {
    for (const file of ['go.mod', 'go.sum'])
      await copyFile(packageFile('chaos', 'drivers', 'local', 'setup', name, file), join(work, file))
    await runTool(
      'go',
      [
        'build',
        '-trimpath',
        `-ldflags=-s -w -X ${program.versionSymbol}`,
        '-o',
        join(folder, program.binary),
        program.package,
      ],
      {
        cwd: work,
        env: { ...env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
        ...(signal === undefined ? {} : { signal }),
        onLine: line => progress(`${name} ${version}: ${line}`),
      },
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The archive is held against its checksum before it is opened, and only the binary is kept of it. */
async function unpackRelease(
  { name, version, binary, released }: GoProgram,
  folder: string,
  options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Promise<void> {
  const { progress, env = process.env, signal } = options
  const archive = released.archives[`${platform()}-${arch()}`]
  if (archive === undefined)
    throw new AftershockError(
      'unavailable',
      `${name} ${version} is not released for ${platform()}-${arch()}`,
      {
        hint: `Unset ${RELEASES_VARIABLE} and install Go, which builds it.`,
      },
    )
  const base = baseAddress(env, RELEASES_VARIABLE, GITHUB)
  progress(`${name} ${version}: fetching the released binary from ${shown(base)} (once)`)
  const work = await mkdtemp(join(folder, '.release-'))
  try {
    await fetchLocked(work, base, [{ ...archive, path: released.path }], options)
    await runTool('tar', ['-xzf', join(work, archive.name), '-C', work], {
      cwd: work,
      env,
      ...(signal && { signal }),
    })
    const found = (await readdir(work, { recursive: true })).find(
      path => path === binary || path.endsWith(`/${binary}`),
    )
    if (found === undefined)
      throw new AftershockError('unavailable', `${archive.name} has no ${binary} in it`)
    await rename(join(work, found), join(folder, binary))
    await chmod(join(folder, binary), 0o755)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
