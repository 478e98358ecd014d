import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import type { Artefact, SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
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
}

/** A program built from pinned Go modules, in the cache. */
export function goProgram(
  program: GoProgram,
  options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Artefact {
  return {
    name: `${program.name}-${program.version}-${platform()}-${arch()}`,
    flaw: differenceFromRecord,
    make: async folder => {
      await build(program, folder, options)
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
