import { mkdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../../core/clock.ts'
import type { Address } from '../../../core/network.ts'
import { waitFor } from '../../../core/wait.ts'
import { packageRoot } from '../../../package-root.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { DATA_BUCKET, OPS_BUCKET, type StoreRuntime, STORE_REGION } from './store-runtime.ts'
import { callOverHttp } from '../../../net/http-call.ts'
import { HEALTH_PATH } from './s3-proxy/protocol.ts'
import { type Command, labMarks, storeDir } from '../lab/supervisor.ts'

/** A folder is a bucket. */
export function makeBuckets(layout: LabLayout): void {
  for (const bucket of [DATA_BUCKET, OPS_BUCKET])
    mkdirSync(join(storeDir(layout.dir), bucket), { recursive: true })
}

/** The store itself, and our proxy in front of it: one port for each zone. */
export function storeCommands(layout: LabLayout, store: StoreRuntime): Command[] {
  const here = fileURLToPath(import.meta.url)
  const { host, port } = layout.storeAddress
  return [
    {
      role: 'object-store',
      node: null,
      program: store.gateway,
      args: [
        '--port',
        `${host}:${port}`,
        '--region',
        STORE_REGION,
        '--quiet',
        '--keep-alive',
        '--health',
        HEALTH_PATH,
        'posix',
        storeDir(layout.dir),
      ],
      cwd: layout.dir,
      logFile: layout.logFile('object-store'),
      env: { ROOT_ACCESS_KEY: store.accessKeyId, ROOT_SECRET_KEY: store.secretAccessKey },
    },
    {
      role: 's3-proxy',
      node: null,
      program: process.execPath,
      args: [
        ...process.execArgv,
        join(here, '..', 's3-proxy', `main${extname(here)}`),
        layout.dir,
        labMarks(layout.dir)[0],
      ],
      // Where the loader that runs us from source is found.
      cwd: packageRoot(),
      logFile: layout.logFile('s3-proxy'),
    },
  ]
}

export interface StoreReadyOptions {
  readonly clock: Clock
  readonly assertAlive: () => void
  readonly signal?: AbortSignal
}

/** Resolves when the store answers through the proxy of every zone. */
export async function storeReady(
  layout: LabLayout,
  { clock, assertAlive, signal }: StoreReadyOptions,
): Promise<void> {
  const healthy = (zone: string) => storeAnswers(layout.storeProxyAddress(zone))
  await waitFor(
    'the object store to answer in every zone',
    async () => {
      assertAlive()
      return (await Promise.all(layout.topology.zones.map(healthy))).every(Boolean)
    },
    { clock, deadlineMs: 30_000, everyMs: 50, ...(signal && { signal }) },
  )
}

/** Whether the store is well, by itself or through a port of the proxy. */
export async function storeAnswers(address: Address): Promise<boolean> {
  try {
    return (await callOverHttp(address, { path: HEALTH_PATH, timeoutMs: 1000 })).ok
  } catch {
    return false
  }
}
