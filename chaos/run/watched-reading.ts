import type { Clock } from '../core/clock.ts'
import { type AbortCondition, compare, describeComparison, type ProbeName } from '../core/drill.ts'
import { messageOf } from '../core/errors.ts'
import type { Journal } from '../record/journal.ts'
import type { ReplayResult } from '../replay/replay.ts'

export interface WatchedReading {
  readonly id: string
  readonly journal: Journal
  readonly clock: Clock
  readonly everyMs: number
  /** Why it may not go on, in words or as an error; null: it may. */
  readonly look: () => Promise<string | Error | null> | string | Error | null
  readonly read: (signal: AbortSignal) => Promise<ReplayResult>
  readonly signal: AbortSignal
}

export interface Watched {
  readonly result: ReplayResult
  /** What stopped it; null: nothing did. */
  readonly stopped: string | Error | null
}

/** A replay that is looked at while it reads, and stopped, with a line in the journal, when it may not go on. */
export async function readWatched({
  id,
  journal,
  clock,
  everyMs,
  look,
  read,
  signal,
}: WatchedReading): Promise<Watched> {
  const stop = new AbortController()
  const over = new AbortController()
  let stopped: Watched['stopped'] = null
  const watching = (async () => {
    while (!over.signal.aborted && stopped === null) {
      const why = await whyNot(look)
      if (why !== null && !over.signal.aborted) {
        stopped = why
        journal.append({ kind: 'replay.stopped', id, why: messageOf(why) })
        stop.abort(why)
      }
      await clock.sleep(everyMs, over.signal).catch(() => {})
    }
  })()
  try {
    const result = await read(AbortSignal.any([signal, stop.signal]))
    return { result, stopped }
  } finally {
    over.abort()
    await watching
  }
}

/** What cannot be looked at any more is no leave to go on. */
async function whyNot(look: WatchedReading['look']): Promise<string | Error | null> {
  try {
    return await look()
  } catch (error) {
    return error instanceof Error ? error : messageOf(error)
  }
}

/** The first condition that holds, in words; null: none does, or nothing is known of it. */
export function brokenCondition(
  conditions: readonly AbortCondition[],
  read: (probe: ProbeName) => number | null,
): string | null {
  for (const condition of conditions) {
    const value = read(condition.probe)
    if (value !== null && compare(condition, value))
      return `${condition.probe} is ${value}: it is stopped when that is ${describeComparison(condition)}`
  }
  return null
}
