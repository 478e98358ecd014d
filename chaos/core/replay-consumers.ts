import type { TimelineEntry } from './drill.ts'

/** Who reads one replay of a timeline. */
export interface ReplayConsumer {
  /** Two replays of the same one cannot be read at once. */
  readonly name: string
  /** Its shard, and its name in samples and events. */
  readonly process: string
}

const RECOVERY = 'recovery'
const GOVERNED = 'governed'

/** By the entry's id, in the order of the timeline: each replay of a consumer has a shard of its own. */
export function replayConsumers(timeline: readonly TimelineEntry[]): ReadonlyMap<string, ReplayConsumer> {
  const times = new Map<string, number>()
  const consumers = new Map<string, ReplayConsumer>()
  for (const entry of timeline) {
    const base = entry.role === 'action' ? baseOf(entry) : null
    if (base === null) continue
    const time = (times.get(base.process) ?? 0) + 1
    times.set(base.process, time)
    consumers.set(entry.id, { ...base, process: time === 1 ? base.process : `${base.process}-${time}` })
  }
  return consumers
}

function baseOf({ kind, spec }: TimelineEntry): ReplayConsumer | null {
  if (kind === 'governed-replay') {
    // By the principal that is given the right: brokers hold it to one approval at a time.
    const { principal = 'replay' } = spec as { readonly principal?: string }
    return { name: `the principal ${principal}`, process: GOVERNED }
  }
  if (kind !== 'replay') return null
  const { consumer = RECOVERY } = spec as { readonly consumer?: string }
  const process = consumer === RECOVERY ? RECOVERY : `${RECOVERY}-${consumer}`
  return { name: `the consumer ${consumer}`, process }
}
