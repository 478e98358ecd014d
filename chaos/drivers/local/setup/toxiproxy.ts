import { join } from 'node:path'
import { type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { goProgram, isReleasedHere, type Released } from './go-program.ts'
import { runTool } from './tool.ts'

export const TOXIPROXY_VERSION = '2.12.0'
const PROGRAM = 'toxiproxy-server'
const MODULE = 'github.com/Shopify/toxiproxy/v2'

/** As others who install it pin it (cashapp/hermit-packages, toxiproxy.hcl). */
const RELEASED: Released = {
  path: `Shopify/toxiproxy/releases/download/v${TOXIPROXY_VERSION}`,
  archives: {
    'linux-x64': archive('linux_amd64', '65e042d3fc2290c099527bc506446a6fd863a09f113b8944b636ece70221c2b3'),
    'linux-arm64': archive('linux_arm64', 'ab417dafc77ae8b54ec8461cc5da5180d0465a61dcbda86c72da72ee4ab843b7'),
    'darwin-x64': archive('darwin_amd64', '52ac1f99d7204b4b523f910b791bc86318b50ef94822c79a6157606704003ced'),
    'darwin-arm64': archive(
      'darwin_arm64',
      'cece3905c06ad84d6b3bb4cd024c344e6466736b2a8cbaf9ef4fe45e62aba9b2',
    ),
  },
}

function archive(suffix: string, sha256: string) {
  return { name: `toxiproxy_${TOXIPROXY_VERSION}_${suffix}.tar.gz`, sha256 }
}

/** Whether it can be had without Go. */
export const isToxiproxyReleased = (): boolean => isReleasedHere(RELEASED)

export interface Toxiproxy {
  readonly binary: string
  readonly version: string
}

/** The machine's own `toxiproxy-server` when it is new enough, else one built from pinned Go modules, else the released one. */
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
      released: RELEASED,
    },
    options,
  )
