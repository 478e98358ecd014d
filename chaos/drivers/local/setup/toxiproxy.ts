import { arch, platform } from 'node:os'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFile } from '../../../package-root.ts'
import { type Artefact, type Environment, ensureCached, isCached, type SetupOptions } from './cache.ts'
import { differenceFromRecord, recordChecksums } from './checksum.ts'
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

function builtToxiproxy(options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>): Artefact {
  return {
    name: `toxiproxy-${TOXIPROXY_VERSION}-${platform()}-${arch()}`,
    flaw: differenceFromRecord,
    make: async folder => {
      await build(folder, options)
      await recordChecksums(folder)
    },
  }
}

/** `go.sum` vouches for every module, wherever GOPROXY says that they come from. */
async function build(
  folder: string,
  options: Pick<SetupOptions, 'progress' | 'env' | 'signal'>,
): Promise<void> {
  const { progress, env = process.env, signal } = options
  progress(`toxiproxy ${TOXIPROXY_VERSION}: building with Go (once)`)
  const work = await mkdtemp(join(folder, '.go-'))
  try {
    for (const name of ['go.mod', 'go.sum'])
      await copyFile(packageFile('chaos', 'drivers', 'local', 'setup', 'toxiproxy', name), join(work, name))
    await runTool(
      'go',
      [
        'build',
        '-trimpath',
        `-ldflags=-s -w -X ${MODULE}.Version=${TOXIPROXY_VERSION}`,
        '-o',
        join(folder, PROGRAM),
        `${MODULE}/cmd/server`,
      ],
      {
        cwd: work,
        env: { ...env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
        ...(signal === undefined ? {} : { signal }),
        onLine: line => progress(`toxiproxy ${TOXIPROXY_VERSION}: ${line}`),
      },
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
