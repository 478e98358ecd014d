import { arch, platform } from 'node:os'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
import { runTool } from './tool.ts'

export const VERSITYGW_VERSION = '1.8.0'
const PROGRAM = 'versitygw'

/** The lab's object store: an S3 gateway over a folder. */
export interface Versitygw {
  readonly binary: string
  readonly version: string
}

/**
 * Built from pinned Go modules. One on the PATH is not used: what the lab relies on (which requests it
 * answers, and that a kill loses nothing acknowledged) was measured on this version.
 */
export async function ensureVersitygw(options: SetupOptions): Promise<Versitygw> {
  const folder = await ensureCached(builtVersitygw(options), options)
  return { binary: join(folder, PROGRAM), version: VERSITYGW_VERSION }
}

/** Whether one is there already, so that Go is not needed. */
export async function isVersitygwCached(env: Environment): Promise<boolean> {
  return isCached(builtVersitygw({ env, progress: () => {} }), env)
}

type BuildOptions = Pick<SetupOptions, 'progress' | 'env' | 'signal'>

function builtVersitygw(options: BuildOptions): Artefact {
  return {
    name: `versitygw-${VERSITYGW_VERSION}-${platform()}-${arch()}`,
    flaw: differenceFromRecord,
    make: async folder => {
      await build(folder, options)
      await recordChecksums(folder)
    },
  }
}

/** `go.sum` vouches for every module, wherever GOPROXY says that they come from. */
async function build(folder: string, options: BuildOptions): Promise<void> {
  const { progress, env = process.env, signal } = options
  progress(`versitygw ${VERSITYGW_VERSION}: building with Go (some minutes, once)`)
  const work = await mkdtemp(join(folder, '.go-'))
  try {
    for (const name of ['go.mod', 'go.sum'])
      await copyFile(packageFile('chaos', 'drivers', 'local', 'setup', 'versitygw', name), join(work, name))
    await runTool(
      'go',
      [
        'build',
        '-trimpath',
        `-ldflags=-s -w -X main.Version=v${VERSITYGW_VERSION}`,
        '-o',
        join(folder, PROGRAM),
        'github.com/versity/versitygw/cmd/versitygw',
      ],
      {
        cwd: work,
        env: { ...env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
        ...(signal === undefined ? {} : { signal }),
        onLine: line => progress(`versitygw ${VERSITYGW_VERSION}: ${line}`),
      },
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
