import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Contract } from '../core/contract.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { ConsumerSample } from '../core/samples.ts'
import type { Topology } from '../core/topology.ts'
import type { ReplayOptions, ReplayResult, StartedReplay } from './replay.ts'

/** What the thread is told: plain data, so that it can be copied. */
export interface ReplayJob {
  readonly zone: string
  readonly topology: Topology
  readonly contract: Contract
  readonly historyDir: string
  readonly groupId: string
  readonly process: string
  /** By advertised host: where a client of the zone dials. */
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>
  /** The run's zero, as `performance.timeOrigin + performance.now()` counts: the same in every thread. */
  readonly zero: number
}

export type FromThread =
  | { readonly kind: 'sample'; readonly sample: Omit<ConsumerSample, 't'> }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'result'; readonly result: ReplayResult }
  | { readonly kind: 'error'; readonly message: string }

/** A sample that is older than this is not shown: the thread may be stuck. */
const STALE_MS = 2500

/**
 * `startReplay` on a thread of its own. Decoding history at full speed would hold up the event loop that times
 * the devices, and the delay would be blamed on the platform.
 */
export function startReplayThread(options: ReplayOptions): StartedReplay {
  const { zone, topology, dial, contract, historyDir, groupId, clock, onTrouble, signal } = options
  const job: ReplayJob = {
    zone,
    topology,
    contract,
    historyDir,
    groupId,
    process: options.process ?? 'recovery',
    addresses: Object.fromEntries(topology.nodes.map(node => [node.host, dial(zone, node.host, 'client')])),
    zero: performance.timeOrigin + performance.now() - clock.now(),
  }
  const worker = startThread(job)
  let newest: { readonly at: number; readonly sample: Omit<ConsumerSample, 't'> } | null = null
  const stop = () => worker.postMessage('stop')
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()

  const result = new Promise<ReplayResult>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'sample') newest = { at: clock.now(), sample: message.sample }
      else if (message.kind === 'trouble') onTrouble(message.message)
      else if (message.kind === 'result') resolve(message.result)
      else reject(new AftershockError('unavailable', message.message))
    })
    worker.once('error', error =>
      reject(new AftershockError('internal', `the replay's thread failed: ${messageOf(error)}`)),
    )
    worker.once('exit', () =>
      reject(new AftershockError('internal', 'the replay’s thread ended without a result')),
    )
  })
  const ended = result.finally(async () => {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  })
  return {
    sample: () => (newest && clock.now() - newest.at <= STALE_MS ? newest.sample : null),
    result: ended,
  }
}

/** Built code starts as it is; from its source, a thread does not inherit the loader and has to register it. */
function startThread(workerData: ReplayJob): Worker {
  const extension = extname(fileURLToPath(import.meta.url))
  const entry = new URL(`replay-worker${extension}`, import.meta.url)
  if (extension === '.js') return new Worker(entry, { workerData })
  const loader = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(loader)}).then(tsx => { tsx.register(); return import(${JSON.stringify(entry.href)}) })`
  return new Worker(code, { eval: true, workerData })
}
