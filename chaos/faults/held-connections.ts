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

  [Symbol.dispose](): void {
    for (const connection of this.open.values()) connection.close()
    this.open.clear()
  }
}
