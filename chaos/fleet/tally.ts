import type { FleetCounts, FleetSample, LatencySummary } from '../record/samples.ts'
import { Latency } from './latency.ts'
import { AftershockError } from '../core/errors.ts'

export type FleetReading = Omit<FleetSample, 't' | 'intervalMs' | 'loopDelayMs'>

const NOTHING = {
  due: 0,
  acked: 0,
  failed: 0,
  unknown: 0,
  dropped: 0,
  refused: 0,
  wrongClocks: 0,
  sends: 0,
  deviceConnects: 0,
  sessionsLost: 0,
  sessionsOpened: 0,
  sessionsRefused: 0,
  brokerConnects: 0,
}

/** Counts and latencies of one zone. */
export class ZoneTally {
  counts = { ...NOTHING }
  /** Devices that have a session now. */
  sessions = 0
  readonly latency = new Latency()
}

/** Counts per zone and in total, since the last `take`. */
export class Tally {
  readonly #zones: ReadonlyMap<string, ZoneTally>
  readonly #total = new Latency()

  constructor(zones: readonly string[]) {
    this.#zones = new Map(zones.map(zone => [zone, new ZoneTally()]))
  }

  zone(name: string): ZoneTally {
    const tally = this.#zones.get(name)
    if (!tally) throw new AftershockError('internal', `no zone ${name}`)
    return tally
  }

  /** `buffered` is a level and not a count: by zone, the records that wait now. */
  take(buffered: ReadonlyMap<string, number>): FleetReading {
    const byZone: Record<string, FleetCounts & { latency: LatencySummary }> = {}
    const total = { ...NOTHING, buffered: 0, sessions: 0 }
    for (const [zone, tally] of this.#zones) {
      this.#total.add(tally.latency)
      for (const name of Object.keys(NOTHING) as (keyof typeof NOTHING)[]) total[name] += tally.counts[name]
      const waiting = buffered.get(zone) ?? 0
      total.buffered += waiting
      total.sessions += tally.sessions
      const levels = { buffered: waiting, sessions: tally.sessions }
      byZone[zone] = { ...tally.counts, ...levels, latency: tally.latency.take() }
      tally.counts = { ...NOTHING }
    }
    return { ...total, latency: this.#total.take(), byZone }
  }
}
