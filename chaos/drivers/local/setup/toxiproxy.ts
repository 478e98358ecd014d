import { join } from 'node:path'
import { type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { goProgram } from './go-program.ts'
import { runTool } from './tool.ts'

export const TOXIPROXY_VERSION = '2.12.0'
const PROGRAM = 'toxiproxy-server'
const MODULE = 'github.com/Shopify/toxiproxy/v2'

export interface Toxiproxy {
  readonly binary: string
  readonly version: string
}

/** The machine's own `toxiproxy-server` when it is new enough, else one built from pinned Go modules. */
export async function ensureToxiproxy(options: SetupOptions): Promise<Toxiproxy> {
  const env = options.env ?? process.env
  const installed = await installedToxiproxy(env)
  if (installed !== undefined) return { binary: PROGRAM, version: installed }
  const folder = await ensureCached(builtToxiproxy(options), options)
  return { binary: join(folder, PROGRAM), version: TOXIPROXY_VERSION }
}

/** Whether one is there already, so that Go is not needed. */
export async function isToxiproxyCached(env: Environment): Promise<boolean> {
  return isCached(builtToxiproxy({ env, progress: () => {} }), env)
}

/** The version of the `toxiproxy-server` on the PATH; undefined when there is none or it is too old. */
export async function installedToxiproxy(env: Environment): Promise<string | undefined> {
  const said = await runTool(PROGRAM, ['-version'], { env }).catch(() => '')
  return acceptableVersion(said)
}

/** @param said e.g. `toxiproxy-server version 2.12.0`; from 2.12 on the metrics are those that we read. */
export function acceptableVersion(said: string): string | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(said)
  if (!match) return undefined
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major === 2 && minor >= 12 ? match[0] : undefined
}

const builtToxiproxy = (options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>) =>
  goProgram(
    {
      name: 'toxiproxy',
      version: TOXIPROXY_VERSION,
      binary: PROGRAM,
      package: `${MODULE}/cmd/server`,
      versionSymbol: `${MODULE}.Version=${TOXIPROXY_VERSION}`,
    },
    options,
  )
