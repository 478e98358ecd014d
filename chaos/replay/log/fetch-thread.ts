import type { Worker } from 'node:worker_threads'
import { messageOf } from '../../core/errors.ts'
import { within } from '../../core/wait.ts'
import { startThread } from '../../machine/start-thread.ts'
import { systemClock } from '../../system-clock.ts'
import type { Topology } from '../../core/topology.ts'
import { addressesIn } from '../../kafka/broker-seeds.ts'
import type { LoginRecipe } from '../../kafka/login-recipe.ts'
import { recipeOf } from '../../kafka/recipe-login.ts'
import type { OffsetRange, Position } from '../position.ts'
import type { FetchPart, PartEvents, PartOptions } from './fetch-part.ts'
import type { FetchTraffic } from './log-fetcher.ts'
import type { RecordTasks, TasksDone } from './record-tasks.ts'

/** What a thread is told of its part: plain data, so that it can be copied. */
export interface FetchJob {
  readonly zone: string
  readonly topology: Topology
  /** By the broker’s name: where a client of the zone dials. */
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>
  /** As it is now; null: brokers let in whoever comes. */
  readonly login: LoginRecipe | null
  /** The run's zero, as `performance.timeOrigin + performance.now()` counts: the same in every thread. */
  readonly zero: number
  readonly clientId: string
  readonly partitions: readonly Pick<Position, 'topic' | 'partition' | 'start' | 'end'>[]
  readonly tasks: RecordTasks
  readonly maxBytesPerPartition?: number | undefined
  readonly mayReadUntil?: number | undefined
}

export type ToFetchThread =
  | { readonly kind: 'begin'; readonly job: FetchJob }
  | { readonly kind: 'hold'; readonly isHeld: boolean }
  | { readonly kind: 'leave-alone'; readonly isLeftAlone: boolean }
  | { readonly kind: 'finish' }

/** How far a partition has come. */
export interface Moved
  extends Pick<
    Position,
    'next' | 'records' | 'bytes' | 'markers' | 'holes' | 'firstTimestamp' | 'lastTimestamp'
  > {
  /** Its place among those of the job. */
  readonly nth: number
}

export type FromFetchThread =
  | {
      readonly kind: 'took'
      readonly lines: readonly string[]
      readonly moved: readonly Moved[]
      readonly traffic: FetchTraffic
    }
  | { readonly kind: 'unread'; readonly nth: number; readonly range: OffsetRange }
  | { readonly kind: 'refused' | 'failed' | 'trouble'; readonly words: string }
  | { readonly kind: 'load'; readonly load: Parameters<PartEvents['load']>[0] }
  | { readonly kind: 'done'; readonly rows: readonly TasksDone[]; readonly moved: readonly Moved[] }

/** A thread that has loaded everything and waits for its part. */
export interface PreparedFetchThread {
  take(options: PartOptions): FetchPart
  close(): Promise<void>
}

/** A thread decodes an answer at most before it hears that it is to finish. */
const FINISH_MS = 10_000

export function prepareFetchThread(): PreparedFetchThread {
  const worker = startThread(import.meta.url, 'fetch-worker')
  worker.unref()
  return {
    take: options => partThere(worker, options),
    async close() {
      await worker.terminate()
    },
  }
}

const MOST_THREADS = 4

/** Half of the CPUs, for brokers and devices need some; none where that is one, which the reader's own thread has. */
export function prepareFetchThreads(cpus: number): PreparedFetchThread[] {
  const threads = Math.min(MOST_THREADS, Math.floor(cpus / 2))
  return threads < 2 ? [] : Array.from({ length: threads }, () => prepareFetchThread())
}

function partThere(worker: Worker, { on, positions, ...options }: PartOptions): FetchPart {
  let traffic: FetchTraffic = { receivedBytes: 0, throttledMs: 0, owed: 0 }
  let done: (rows: readonly TasksDone[]) => void = () => {}
  const rows = new Promise<readonly TasksDone[]>(resolve => {
    done = resolve
  })
  const tell = (word: ToFetchThread) => worker.postMessage(word)
  worker.on('message', (message: FromFetchThread) => {
    switch (message.kind) {
      case 'took':
        traffic = message.traffic
        move(positions, message.moved)
        return on.took(message.lines)
      case 'unread': {
        const position = positions[message.nth] as Position
        position.askedFrom(message.range.to)
        return on.unread(position, message.range)
      }
      case 'load':
        return on.load(message.load)
      case 'done':
        move(positions, message.moved)
        return done(message.rows)
      default:
        return on[message.kind](message.words)
    }
  })
  worker.once('error', error => on.failed(`a thread of the reader failed: ${messageOf(error)}`))
  worker.once('exit', () => {
    on.failed('a thread of the reader ended before it had read its part')
    done([])
  })
  const partitions = positions.map(({ topic, partition, start, end }) => ({ topic, partition, start, end }))
  return {
    start: () => tell({ kind: 'begin', job: jobOf({ ...options, partitions }) }),
    get traffic() {
      return traffic
    },
    hold: isHeld => tell({ kind: 'hold', isHeld }),
    leaveAlone: isLeftAlone => tell({ kind: 'leave-alone', isLeftAlone }),
    load: () => null,
    async finish() {
      tell({ kind: 'finish' })
      const what = 'a thread of the reader to finish'
      return within(what, rows, { clock: systemClock, deadlineMs: FINISH_MS }).catch((error: unknown) => {
        on.failed(messageOf(error))
        return []
      })
    },
  }
}

function jobOf({
  place,
  clock,
  ...rest
}: Omit<PartOptions, 'on' | 'positions'> & Pick<FetchJob, 'partitions'>): FetchJob {
  const { zone, topology, dial, login } = place
  return {
    ...rest,
    zone,
    topology,
    addresses: addressesIn(zone, topology, dial),
    login: login ? recipeOf(login) : null,
    zero: performance.timeOrigin + performance.now() - clock.now(),
  }
}

function move(positions: readonly Position[], moved: readonly Moved[]): void {
  for (const { nth, ...rest } of moved) Object.assign(positions[nth] as Position, rest)
}
