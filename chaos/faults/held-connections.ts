import { type Link, linkId, type LinkId } from '../core/topology.ts'
import type { LinkConnection, Links, RoundTrip } from '../drivers/driver.ts'

/**
 * One connection over each link that was opened before a fault and is held while it lasts: a fault that touches new
 * connections alone leaves the platform's own as they were. What a held connection ended with it keeps.
 */
export class HeldConnections implements Disposable {
  private readonly open = new Map<LinkId, LinkConnection>()
  private readonly ended = new Map<LinkId, RoundTrip>()

  /** Undefined where no connection can be held. */
  async ask(links: Links, link: Link, bytes: number, timeoutMs: number): Promise<RoundTrip | undefined> {
    const id = linkId(link)
    const ended = this.ended.get(id)
    if (ended) return ended
    const connection = this.open.get(id) ?? links.connect(link)
    if (!connection) return undefined
    this.open.set(id, connection)
    const trip = await connection.ask(bytes, timeoutMs)
    if (trip.outcome !== 'answered') this.ended.set(id, trip)
    return trip
  }

  /** Of those that lived until healing began, how many it left alive: it must not be what ends connections. */
  async survivors(timeoutMs: number): Promise<{ readonly held: number; readonly left: number }> {
    const alive = [...this.open].filter(([id]) => !this.ended.has(id))
    const trips = await Promise.all(alive.map(([, connection]) => connection.ask(0, timeoutMs)))
    return { held: alive.length, left: trips.filter(({ outcome }) => outcome === 'answered').length }
  }

  [Symbol.dispose](): void {
    for (const connection of this.open.values()) connection.close()
    this.open.clear()
  }
}
