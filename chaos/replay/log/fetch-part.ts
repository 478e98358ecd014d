import type { ThreadReading } from '../../machine/thread-load.ts'
import type { ToolSample } from '../../record/tool-samples.ts'
import type { OffsetRange, Position } from '../position.ts'
import { type FetchTraffic, LogFetcher, type LogFetcherOptions } from './log-fetcher.ts'
import type { RecordTasks, TasksDone } from './record-tasks.ts'

/** What a part tells of its partitions. */
export interface PartEvents {
  /** Lines of the history; the positions have moved. */
  took(lines: readonly string[]): void
  unread(position: Position, range: OffsetRange): void
  refused(why: string): void
  failed(why: string): void
  trouble(message: string): void
  /** Of a thread of its own, about once a second. */
  load(load: ThreadReading & PartLoad & Pick<ToolSample, 't'>): void
}

/** What every part is told. */
export interface PartOptions
  extends Pick<
    LogFetcherOptions,
    'place' | 'clock' | 'clientId' | 'positions' | 'tasks' | 'maxBytesPerPartition' | 'mayReadUntil'
  > {
  readonly tasks: RecordTasks
  readonly on: PartEvents
}

/** Some of the partitions, read in one thread. */
export interface FetchPart {
  start(): void
  readonly traffic: FetchTraffic
  /** Whether it is to ask for more at present. */
  hold(isHeld: boolean): void
  leaveAlone(isLeftAlone: boolean): void
  /** What its connections carry now, for who samples the thread that it shares; null: it has its own, and tells itself. */
  load(): PartLoad | null
  finish(): Promise<readonly TasksDone[]>
}

export type PartLoad = Pick<ToolSample, 'owed' | 'throttledMs' | 'receivedBytes' | 'unreadBytes'>

/** In the thread that asks for it. */
export function partHere(options: PartOptions): FetchPart {
  let isLeftAlone = false
  const gate = new Gate()
  const fetcher = new LogFetcher({
    ...options,
    isLeftAlone: () => isLeftAlone,
    on: { ...options.on, room: () => gate.passed },
  })
  return {
    start: () => fetcher.start(),
    get traffic() {
      return fetcher.traffic
    },
    hold: isHeld => gate.close(isHeld),
    leaveAlone(is) {
      isLeftAlone = is
    },
    load: () => loadOf(fetcher),
    finish() {
      gate.close(false)
      return fetcher.finish()
    },
  }
}

function loadOf(fetcher: LogFetcher): PartLoad {
  const unread = fetcher.unreadBytes()
  return { ...fetcher.traffic, ...(unread !== null && { unreadBytes: unread }) }
}

/** Holds up who passes while it is closed. */
class Gate {
  passed: Promise<void> = Promise.resolve()
  #open: (() => void) | null = null

  close(isClosed: boolean): void {
    if (isClosed === (this.#open !== null)) return
    this.#open?.()
    this.#open = null
    if (!isClosed) return
    this.passed = new Promise(resolve => {
      this.#open = resolve
    })
  }
}
