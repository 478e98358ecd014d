import { formatDuration } from '../core/units.ts'
import { MIN_SECONDS } from '../score/statistics.ts'
import type { WarmUp } from './comparison.ts'
import type { JudgedRun, RunFolder } from './run-folder.ts'
import type { Column } from './recovery-and-replay.ts'

/**
 * Virtual machines compile what is hot in their first minute, and a broker with shared storage is failed over late
 * before it is a minute old: what is measured earlier is not the platform as it is in service.
 */
export const WARM_MS = 60_000

/** How warm each run was when its first fault, or its replay, began. */
export function warmUps(columns: readonly Column[]): WarmUp[] {
  return columns.flatMap(({ platform, runs }) =>
    runs.map((run, index) => ({ platform, run: index + 1, ...warmthOf(run) })),
  )
}

function warmthOf({ header, judged, why }: RunFolder): Omit<WarmUp, 'platform' | 'run'> {
  const stated = header.drill.warmUpMs
  const askedMs = typeof stated === 'number' ? stated : 0
  const first = judged && firstDisturbance(judged)
  if (!judged || first === null) {
    const none = { loadedMs: null, steadyMs: null, youngestBrokerMs: null, recordsBefore: null }
    return { askedMs, ...none, enough: null, why: why ?? 'nothing was broken or replayed' }
  }
  const { evidence, measurements } = judged
  const events = evidence.journal.events.map(read => read.event)
  const fleet = events.find(event => event.kind === 'fleet.started')
  const loadedMs = fleet ? first - fleet.t : null
  const steadyMs = measurements.steady ? first - measurements.steady.fromMs : null
  const youngestBrokerMs = youngestBroker(judged, header.nodes.length, first)
  const rows = evidence.fleet.rows.filter(row => row.t <= first)
  const recordsBefore = rows.length === 0 ? null : rows.reduce((sum, row) => sum + row.acked, 0)
  const short = [
    ...shorter('under load', loadedMs, WARM_MS),
    ...shorter('shown to be steady', steadyMs, MIN_SECONDS * 1000),
    ...shorter('the age of the youngest broker', youngestBrokerMs, WARM_MS),
  ]
  const known = loadedMs !== null && steadyMs !== null && youngestBrokerMs !== null
  return {
    askedMs,
    loadedMs,
    steadyMs,
    youngestBrokerMs,
    recordsBefore,
    enough: short.length > 0 ? false : known ? true : null,
    why:
      short.length > 0
        ? short.join('; ')
        : known
          ? null
          : 'the journal does not say when its brokers, its fleet or its steady state began',
  }
}

function shorter(what: string, value: number | null, least: number): string[] {
  return value !== null && value < least
    ? [`${what}: ${formatDuration(value)}, of at least ${formatDuration(least)}`]
    : []
}

function firstDisturbance({ evidence }: JudgedRun): number | null {
  const first = evidence.journal.events.find(
    ({ event }) => event.kind === 'fault.intended' || event.kind === 'action.started',
  )
  return first?.event.t ?? null
}

/** null in a lab that was up already: its journal does not say since when. */
function youngestBroker({ evidence }: JudgedRun, nodes: number, at: number): number | null {
  const starts = new Map<number, number>()
  for (const { event } of evidence.journal.events)
    if (event.kind === 'process.started' && event.role === 'broker' && event.node !== null && event.t <= at)
      starts.set(event.node, event.t)
  return starts.size < nodes ? null : at - Math.max(...starts.values())
}
