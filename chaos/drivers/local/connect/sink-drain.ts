import type { Clock } from '../../../core/clock.ts'
import type { SinkSpec } from '../../../core/connectors.ts'
import type { DrainEnd } from '../../../record/sink-evidence.ts'
import { type GroupOffsets, lagOf } from './sink-offsets.ts'

/** A consumer whose connection was black-holed notices after 30 s, and its partitions wait for a session to end. */
const STILL_MS = 90_000
/** Of one that is slow and not still, which would take as long as its backlog is long. */
const MOST_MS = 300_000
const LOOK_EVERY_MS = 500
const PROGRESS_EVERY_MS = 5000

export interface SinkDrain {
  readonly sinks: readonly SinkSpec[]
  /** null when no broker answered in time. */
  readonly read: (sink: SinkSpec) => Promise<readonly GroupOffsets[] | null>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** How it ended for one sink. */
export interface Drained {
  readonly how: DrainEnd
  /** Since it last committed anything, or since the drain began. */
  readonly idleMs: number
}

interface Seen {
  committed: string
  lag: number | null
  movedAt: number
}

/**
 * Waits until every sink has committed what is stored. One that is behind is given up when it has committed nothing for a
 * minute and a half; one that still moves is given five minutes: whether it is slow is no verdict on what it loses.
 */
export async function drainSinks({ sinks, read, clock, signal, progress }: SinkDrain): Promise<Drained[]> {
  const began = clock.now()
  const seen: Seen[] = sinks.map(() => ({ committed: '', lag: null, movedAt: began }))
  const look = async (sink: SinkSpec, of: Seen) => {
    const offsets = await read(sink)
    if (!offsets) return
    const committed = JSON.stringify(offsets.map(([topic, partition, , , next]) => [topic, partition, next]))
    if (of.committed !== '' && committed !== of.committed) of.movedAt = clock.now()
    of.committed = committed
    of.lag = lagOf(offsets)
  }
  let toldAt = began
  for (;;) {
    signal.throwIfAborted()
    await Promise.all(sinks.map((sink, index) => look(sink, seen[index] as Seen)))
    const now = clock.now()
    const left = seen.filter(({ lag }) => lag !== 0)
    if (left.length === 0 || now - began >= MOST_MS || left.every(({ movedAt }) => now - movedAt >= STILL_MS))
      return seen.map(one => ({ how: endOf(one, now), idleMs: Math.round(now - one.movedAt) }))
    if (now - toldAt >= PROGRESS_EVERY_MS) {
      progress(`sinks have ${seen.map(({ lag }) => lag ?? 'unknown').join(' and ')} records to commit`)
      toldAt = now
    }
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
}

function endOf({ lag, movedAt }: Seen, now: number): DrainEnd {
  if (lag === 0) return 'caught-up'
  return now - movedAt >= STILL_MS ? 'still' : 'moving'
}
