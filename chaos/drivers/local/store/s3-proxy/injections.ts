import { isDeepStrictEqual } from 'node:util'
import { type Random, seededRandom } from '../../../../core/random.ts'
import type { StoreOperation } from '../../../driver.ts'
import type { Injection, InjectionsInForce } from './protocol.ts'

/** How one request is answered. */
export interface InjectedAnswer {
  /** How much later its answer comes. */
  readonly delayMs: number
  /** The status that it is answered with, in place of the store. */
  readonly error: 500 | 503 | null
}

interface Armed {
  readonly injection: Injection
  readonly random: Random
  left: number
}

/**
 * The injections in force, by zone and tag. Of a throttle each request is drawn on its own, from a stream that the
 * tag and the zone seed: a share of a fifth hits 20% in the long run and, as in a real store, now and then two in a
 * row, which a fixed pattern of every fifth request would never do to a client that tries again.
 */
export class Injections {
  private readonly zones: ReadonlyMap<string, Map<string, Armed>>
  /** Kept when an injection is cleared, so that its end can still say what it did. */
  private readonly touched = new Map<string, Map<string, number>>()

  constructor(zones: readonly string[]) {
    this.zones = new Map(zones.map(zone => [zone, new Map()]))
  }

  /** Idempotent: the same once more starts nothing anew. */
  put(zones: readonly string[], tag: string, injection: Injection): void {
    for (const zone of zones) {
      const armed = this.zones.get(zone)
      if (!armed || isDeepStrictEqual(armed.get(tag)?.injection, injection)) continue
      const left = injection.kind === 'fail' ? injection.count : 0
      armed.set(tag, { injection, random: seededRandom(`${tag}/${zone}`), left })
      this.countsOf(tag).set(zone, 0)
    }
  }

  clear(zones: readonly string[], tag: string): void {
    for (const zone of zones) this.zones.get(zone)?.delete(tag)
  }

  /**
   * Judges one request. A probe of ours meets what a platform's request would meet, but is not counted; of errors
   * that come so many times it takes none away, and meets one for as long as the injection is in force.
   */
  judge(zone: string, operation: StoreOperation, isProbe: boolean): InjectedAnswer {
    let delayMs = 0
    for (const [tag, armed] of this.zones.get(zone) ?? []) {
      const { injection } = armed
      if (injection.operations !== 'all' && !injection.operations.includes(operation)) continue
      const error = errorOf(armed, isProbe)
      if (error === null && injection.kind !== 'delay') continue
      const counts = this.countsOf(tag)
      if (!isProbe) counts.set(zone, (counts.get(zone) ?? 0) + 1)
      if (error !== null) return { delayMs, error }
      if (injection.kind === 'delay') delayMs += injection.delayMs
    }
    return { delayMs, error: null }
  }

  /** By tag and injection: one tag may hold another injection in another zone. */
  inForce(): InjectionsInForce {
    const rows: { tag: string; zones: string[]; injection: Injection }[] = []
    for (const [zone, armed] of this.zones)
      for (const [tag, { injection }] of armed) {
        const row = rows.find(known => known.tag === tag && isDeepStrictEqual(known.injection, injection))
        if (row) row.zones.push(zone)
        else rows.push({ tag, zones: [zone], injection })
      }
    return rows
  }

  injected(tag: string): Record<string, number> {
    return Object.fromEntries(this.touched.get(tag) ?? [])
  }

  private countsOf(tag: string): Map<string, number> {
    const counts = this.touched.get(tag) ?? new Map<string, number>()
    this.touched.set(tag, counts)
    return counts
  }
}

function errorOf(armed: Armed, isProbe: boolean): 500 | 503 | null {
  const { injection, random } = armed
  if (injection.kind === 'throttle') return random.next() < injection.share ? 503 : null
  if (injection.kind === 'delay') return null
  if (isProbe) return injection.status
  if (armed.left === 0) return null
  armed.left--
  return injection.status
}
