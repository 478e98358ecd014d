import type { Worker } from 'node:worker_threads'
import type { Contract } from '../core/contract.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import type { ConsumerSample } from '../record/samples.ts'
import type { Topology } from '../core/topology.ts'
import { addressesIn } from '../kafka/broker-seeds.ts'
import type { LoginRecipe } from '../kafka/login-recipe.ts'
import { recipeOf } from '../kafka/recipe-login.ts'
import { startThread } from '../machine/start-thread.ts'
import type { ReplayOptions, ReplayResult, StartedReplay } from './replay.ts'

/** What the thread is told: plain data, so that it can be copied. */
export interface ReplayJob {
  readonly zone: string
  readonly topology: Topology
  readonly contract: Contract
  readonly historyDir: string
  readonly groupId: string
  readonly process: string
  readonly clientId?: string | undefined
  /** As it is now; null: brokers let in every client. */
  readonly login: LoginRecipe | null
  /** By the broker’s name: where a client of the zone dials. */
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>
  /** The run's zero, as `performance.timeOrigin + performance.now()` counts: the same in every thread. */
  readonly zero: number
}

/** What is known when a replay begins and not before; plain data. */
export interface ReplayTerms {
  /** @default all that there is */
  readonly scope?: ReplayScope
  /** Prefix of its groups' ids. @default that with which it was prepared */
  readonly groupId?: string
  readonly mayReadUntil?: number
}

/** `graceUntil`: on the run's clock; infinite while no end is known. */
export type ToThread = 'stop' | { readonly go: ReplayTerms } | { readonly graceUntil: number }

export type FromThread =
  | { readonly kind: 'sample'; readonly sample: Omit<ConsumerSample, 't'> }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'event'; readonly event: ReaderEvent }
  | { readonly kind: 'tool'; readonly sample: ToolSample }
  | { readonly kind: 'result'; readonly result: ReplayResult }
  | { readonly kind: 'error'; readonly message: string }

/** A sample that is older than this is not shown: the thread may be stuck. */
const STALE_MS = 2500

/** A thread that has loaded everything and waits; a replay that is never asked for costs no more than that. */
export interface PreparedReplay {
  start(signal: AbortSignal, terms?: ReplayTerms): StartedReplay
  /** How long it is to be left alone when it is given nothing; see StallGrace. */
  extendGrace(untilMs: number): void
  close(): Promise<void>
}

/**
 * `startReplay` on a thread of its own: decoding history at full speed would hold up the event loop that times the
 * devices, and the delay would be blamed on the platform. For the same reason the thread is made long before the
 * replay begins.
 */
export function prepareReplay(
  options: Omit<ReplayOptions, 'signal' | keyof ReplayTerms> & Pick<ReplayOptions, 'groupId'>,
): PreparedReplay {
  const worker = startThread(import.meta.url, 'replay-worker', jobOf(options))
  const ended = new Promise<AftershockError>(resolve => {
    worker.once('error', error => resolve(failed(`the replay's thread failed: ${messageOf(error)}`, error)))
    worker.once('exit', () => resolve(failed('the replay’s thread ended without a result')))
  })
  return {
    start: (signal, terms = {}) => follow(worker, ended, options, { signal, terms }),
    extendGrace: untilMs => tell(worker, { graceUntil: untilMs }),
    async close() {
      await worker.terminate()
    },
  }
}

function jobOf(options: Parameters<typeof prepareReplay>[0]): ReplayJob {
  const { zone, topology, dial, clientId, login, contract, historyDir, groupId, clock } = options
  return {
    zone,
    topology,
    contract,
    historyDir,
    groupId,
    process: options.process ?? 'recovery',
    clientId,
    login: login ? recipeOf(login) : null,
    addresses: addressesIn(zone, topology, dial),
    zero: performance.timeOrigin + performance.now() - clock.now(),
  }
}

function follow(
  worker: Worker,
  ended: Promise<AftershockError>,
  {
    clock,
    onTrouble,
    onEvent,
    onToolSample,
  }: Pick<ReplayOptions, 'clock' | 'onTrouble' | 'onEvent' | 'onToolSample'>,
  { signal, terms }: { readonly signal: AbortSignal; readonly terms: ReplayTerms },
): StartedReplay {
  let newest: { readonly at: number; readonly sample: Omit<ConsumerSample, 't'> } | null = null
  const stop = () => tell(worker, 'stop')
  const result = new Promise<ReplayResult>((resolve, reject) => {
    ended.then(reject, reject)
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'sample') newest = { at: clock.now(), sample: message.sample }
      else if (message.kind === 'trouble') onTrouble(message.message)
      else if (message.kind === 'event') onEvent?.(message.event)
      else if (message.kind === 'tool') onToolSample?.(message.sample)
      else if (message.kind === 'result') resolve(message.result)
      else reject(new AftershockError('unavailable', message.message))
    })
  })
  tell(worker, { go: terms })
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    sample: () => (newest && clock.now() - newest.at <= STALE_MS ? newest.sample : null),
    result: result.finally(() => signal.removeEventListener('abort', stop)),
  }
}

function tell(worker: Worker, word: ToThread): void {
  worker.postMessage(word)
}

function failed(message: string, cause?: unknown): AftershockError {
  return new AftershockError('internal', message, { cause })
}
