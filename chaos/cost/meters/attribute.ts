import type { Span } from '../../score/timeline.ts'
import type { Cause } from '../../record/run-meters.ts'
import { directionKey, type Flow, type Interval } from './flow-intervals.ts'
import type { RunFiles } from './run-files.ts'

/**
 * Tells why bytes moved, from what is known without opening a packet: the listener, the direction, which
 * processes were in the zone, and what the journal says was going on.
 *
 * - `control` listener: control.
 * - `replication` listener: replicate; while replicas catch up after a healed fault, what exceeds the steady rate
 *   of that link is recovery.
 * - `client` listener towards a node: produce (with the small requests of readers in that zone).
 * - `client` listener back: what readers of that zone read: consume for the tail, replay for the recovery
 *   consumer while it runs (divided by what each says it read where both are in one zone); in a zone without
 *   readers, acknowledgements: produce.
 * - `connect`, `database`, `rest` and `processor` listeners: connector, whatever its workers do there.
 * - anything of clients after the fleet was drained: audit.
 */
export class Attribution {
  readonly #files: RunFiles
  readonly #replays: readonly Span[]
  readonly #recoveries: readonly Span[]
  readonly #drainedAt: number
  readonly #tailZones: ReadonlySet<string>
  readonly #replayZones: ReadonlySet<string>
  readonly #shares = new Map<Interval, number>()
  readonly #steadyPerMs = new Map<string, number>()

  constructor(files: RunFiles, steady: readonly Interval[]) {
    this.#files = files
    const { measurements, evidence } = files
    this.#replays = (measurements?.replays ?? []).map(replay => ({
      fromMs: replay.startedAt,
      toMs: replay.finishedAt ?? Number.POSITIVE_INFINITY,
    }))
    this.#recoveries = (measurements?.faults ?? []).flatMap(fault => fault.recoveryBytes.measuredOver ?? [])
    const drained = evidence.journal.events.find(({ event }) => event.kind === 'fleet.drained')
    this.#drainedAt = drained?.event.t ?? Number.POSITIVE_INFINITY
    const zonesOf = (role: string) =>
      new Set(files.clients.filter(client => client.role === role).map(client => client.zone))
    this.#tailZones = zonesOf('tail')
    this.#replayZones = zonesOf('recovery')
    this.#learnSteadyRates(steady)
  }

  /** The bytes of a flow by cause; they add up to the flow. */
  split(flow: Flow, interval: Interval): readonly (readonly [Cause, number])[] {
    switch (flow.listener) {
      case 'control':
        return [['control', flow.bytes]]
      case 'replication':
        return this.#splitReplication(flow, interval)
      case 'client':
        return this.#splitClient(flow, interval)
      case 'connect':
      case 'database':
      case 'rest':
      case 'processor':
        return [['connector', flow.bytes]]
      default:
        return [[flow.listener === 's3' ? 'object-store' : 'unattributed', flow.bytes]]
    }
  }

  #splitReplication(flow: Flow, interval: Interval): readonly (readonly [Cause, number])[] {
    const recovering = this.#recoveries.some(span => within(interval, span))
    const perMs = this.#steadyPerMs.get(directionKey(flow.link, flow.towardsNode))
    if (!recovering || perMs === undefined) return [['replicate', flow.bytes]]
    const steady = Math.min(flow.bytes, perMs * (interval.to.t - interval.from.t))
    return [
      ['replicate', steady],
      ['recovery', flow.bytes - steady],
    ]
  }

  #splitClient(flow: Flow, interval: Interval): readonly (readonly [Cause, number])[] {
    if (interval.to.t > this.#drainedAt) return [['audit', flow.bytes]]
    if (flow.towardsNode) return [['produce', flow.bytes]]
    if (this.#files.clients.length === 0) return [['unattributed', flow.bytes]]
    const tail = this.#tailZones.has(flow.dialler)
    const replaying =
      this.#replayZones.has(flow.dialler) && this.#replays.some(span => overlaps(interval, span))
    if (replaying && tail) {
      const share = this.#shares.get(interval) ?? this.#replayShare(interval)
      this.#shares.set(interval, share)
      return [
        ['replay', flow.bytes * share],
        ['consume', flow.bytes * (1 - share)],
      ]
    }
    return [[replaying ? 'replay' : tail ? 'consume' : 'produce', flow.bytes]]
  }

  /** By what the consumers say that they read since the last sample before the interval. */
  #replayShare(interval: Interval): number {
    const read = (consumer: string): number => {
      const rows = this.#files.evidence.consumers.rows.filter(row => row.consumer === consumer)
      // Each counts from where it began.
      const readers = new Set(rows.map(({ reader }) => reader))
      return [...readers].reduce((sum, reader) => {
        const mine = rows.filter(row => row.reader === reader)
        const before = mine.findLast(row => row.t <= interval.from.t)?.bytes ?? 0
        const after = mine.find(row => row.t >= interval.to.t) ?? mine.at(-1)
        return sum + Math.max(0, (after?.bytes ?? 0) - before)
      }, 0)
    }
    const replayed = read('recovery')
    const all = replayed + read('tail')
    return all === 0 ? 0 : replayed / all
  }

  #learnSteadyRates(steady: readonly Interval[]): void {
    const first = steady[0]
    const last = steady.at(-1)
    if (!first || !last) return
    const totals = new Map<string, number>()
    for (const { flows } of steady)
      for (const flow of flows) {
        const key = directionKey(flow.link, flow.towardsNode)
        totals.set(key, (totals.get(key) ?? 0) + flow.bytes)
      }
    for (const [key, bytes] of totals) this.#steadyPerMs.set(key, bytes / (last.to.t - first.from.t))
  }
}

function within({ from, to }: Interval, span: Span): boolean {
  return from.t >= span.fromMs && to.t <= span.toMs
}

function overlaps({ from, to }: Interval, span: Span): boolean {
  return to.t > span.fromMs && from.t < span.toMs
}

/** Intervals that lie wholly in a span. */
export function intervalsWithin(intervals: readonly Interval[], span: Span | null): Interval[] {
  return span === null ? [] : intervals.filter(interval => within(interval, span))
}
