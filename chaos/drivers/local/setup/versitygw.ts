import { join } from 'node:path'
import { type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { goProgram, isReleasedHere, type Released } from './go-program.ts'

export const VERSITYGW_VERSION = '1.8.0'
const PROGRAM = 'versitygw'

/** As many who install it pin it; where a release was another one, set-up refuses it. */
const RELEASED: Released = {
  path: `versity/versitygw/releases/download/v${VERSITYGW_VERSION}`,
  archives: {
    'linux-x64': archive('Linux_x86_64', '2ba2c734d10d2c4e651d03182cb4b246656bc735a2f282db7b0b73fba6073467'),
    'linux-arm64': archive('Linux_arm64', 'b34051d33f5a9c457f790896acb7bd7d7e15ad8d92efb70616b924f37e401910'),
    'darwin-x64': archive(
      'Darwin_x86_64',
      '104bd978e80ef0173554cfd8630ccc5bac24b00da440510b60365a3b6b6ab134',
    ),
    'darwin-arm64': archive(
      'Darwin_arm64',
      '4953096f65a9c0d62ab184fb6b2ba7c2435229205cf00a56cb62cd4bf6b216ca',
    ),
  },
}

function archive(suffix: string, sha256: string) {
  return { name: `versitygw_v${VERSITYGW_VERSION}_${suffix}.tar.gz`, sha256 }
}

/** Whether it can be had without Go. */
export const isVersitygwReleased = (): boolean => isReleasedHere(RELEASED)

/** The lab's object store: an S3 gateway over a folder. */
export interface Versitygw {
  readonly binary: string
  readonly version: string
}

/**
 * Built from pinned Go modules; without Go, the released binary. One on the PATH is not used: what the lab relies on (which requests it
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

const builtVersitygw = (options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>) =>
  goProgram(
    {
      name: PROGRAM,
      version: VERSITYGW_VERSION,
      binary: PROGRAM,
      package: 'github.com/versity/versitygw/cmd/versitygw',
      versionSymbol: `main.Version=v${VERSITYGW_VERSION}`,
      released: RELEASED,
    },
    options,
  )
