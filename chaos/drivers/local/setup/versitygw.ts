import { join } from 'node:path'
import { type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { goProgram } from './go-program.ts'

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

const builtVersitygw = (options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>) =>
  goProgram(
    {
      name: PROGRAM,
      version: VERSITYGW_VERSION,
      binary: PROGRAM,
      package: 'github.com/versity/versitygw/cmd/versitygw',
      versionSymbol: `main.Version=v${VERSITYGW_VERSION}`,
    },
    options,
  )
