import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import { linkId, type Link } from '../core/topology.ts'
import { waitFor } from '../core/wait.ts'
import { type ProxiedLinks, proxyName } from './proxied-links.ts'
import { ownConnections } from '../net/own-connections.ts'
import { toxiproxyApi } from './toxiproxy-api.ts'

export type LinkBytes = Record<string, readonly [toNode: number, back: number]>

interface SocketBytes {
  readonly toNode: number
  readonly back: number
}

/**
 * Live bytes over each link, from the kernel's counters of the sockets that the proxy accepted (`ss`, Linux
 * only, no root): Toxiproxy's own counters move only when a connection ends. Bytes of a connection that began
 * and ended between two samples are missed, as is what an ended one carried after its last sample.
 */
export class LinkMeter {
  private readonly byAddress: ReadonlyMap<string, string>
  private readonly network: string
  private readonly totals = new Map<string, [number, number]>()
  /** Of those, what this program's own probes moved. */
  private readonly probed = new Map<string, [number, number]>()
  private sockets: Map<string, SocketBytes> | undefined
  private turn = 0

  /** @param countExisting whether what open connections carried before the first sample counts as well. */
  constructor(layout: ProxiedLinks, countExisting: boolean) {
    if (countExisting) this.sockets = new Map()
    this.byAddress = new Map(
      layout.topology.links.map(link => {
        const { host, port } = layout.addressOf(link)
        return [`${host}:${port}`, linkId(link)]
      }),
    )
    this.network = networkOf(layout)
    for (const link of layout.topology.links) this.totals.set(linkId(link), [0, 0])
  }

  /** Bytes since the meter began. @throws when `ss` is absent or fails. */
  async sample(): Promise<LinkBytes> {
    const turn = ++this.turn
    const { stdout } = await promisify(execFile)('ss', ['-tniH', 'src', this.network], {
      timeout: 5000,
      maxBuffer: 16 << 20,
    })
    // Older than what was counted since: its sockets would be taken for others.
    if (turn !== this.turn) throw new AftershockError('unavailable', 'a later look at the links came first')
    this.sockets = this.advance(parseSockets(stdout), this.sockets)
    ownConnections.looked()
    return copyOf(this.totals)
  }

  /** As of the last sample: the part that was no traffic of the platform or its clients. Only links that have any. */
  probeBytes(): LinkBytes {
    return copyOf(this.probed)
  }

  private advance(
    now: Map<string, SocketBytes>,
    last: Map<string, SocketBytes> | undefined,
  ): Map<string, SocketBytes> {
    for (const [socket, bytes] of now) {
      const link = this.byAddress.get(socket.slice(0, socket.indexOf(' ')))
      const total = link && this.totals.get(link)
      if (!total || !last) continue
      const before = last.get(socket)
      // The same two ports with smaller counters are another connection.
      const known =
        before && before.toNode <= bytes.toNode && before.back <= bytes.back ? before : { toNode: 0, back: 0 }
      const moved: [number, number] = [bytes.toNode - known.toNode, bytes.back - known.back]
      addTo(total, moved)
      if (!ownConnections.has(socket.slice(socket.indexOf(' ') + 1))) continue
      const probed = this.probed.get(link) ?? [0, 0]
      addTo(probed, moved)
      this.probed.set(link, probed)
    }
    return now
  }
}

function addTo(total: [number, number], [toNode, back]: [number, number]): void {
  total[0] += toNode
  total[1] += back
}

/** A reading stays what it was when the meter goes on. */
function copyOf(totals: ReadonlyMap<string, [number, number]>): LinkBytes {
  return Object.fromEntries([...totals].map(([id, [toNode, back]]) => [id, [toNode, back]]))
}

/** Where the proxy listens for all links of the lab. */
function networkOf(layout: ProxiedLinks): string {
  return `${layout.addresses.toxiproxy.host.split('.').slice(0, 2).join('.')}.0.0/16`
}

/** By `local peer`. Each socket is a line with its addresses and an indented one with its counters. */
export function parseSockets(text: string): Map<string, SocketBytes> {
  const sockets = new Map<string, SocketBytes>()
  let current: string | undefined
  for (const line of text.split('\n')) {
    if (!/^\s/.test(line)) {
      const fields = line.trim().split(/\s+/)
      current = fields.length >= 5 ? `${fields[3]} ${fields[4]}` : undefined
    } else if (current) {
      const read = (name: string) => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0)
      sockets.set(current, { toNode: read('bytes_received'), back: read('bytes_acked') })
    }
  }
  return sockets
}

/**
 * Toxiproxy's totals once it holds no connection of a client any more: it counts a connection's bytes before it closes
 * it, and some time after the client has gone. Without `ss` the totals count as final when they have stood still.
 * @throws AftershockError `unavailable` when connections stay, and the totals are therefore not exact.
 */
export async function finalTotals(layout: ProxiedLinks, clock: Clock): Promise<LinkBytes> {
  const wait = { clock, deadlineMs: 10_000, everyMs: 20 }
  let before = ''
  const stoodStill = async () => {
    const now = JSON.stringify(await toxiproxyTotals(layout))
    const same = now === before
    before = now
    return same
  }
  const held = await heldConnections(layout).catch(() => null)
  if (held === null) await waitFor('the links to stand still', stoodStill, { ...wait, everyMs: 500 })
  else await waitFor('the links to end', async () => (await heldConnections(layout)) === 0, wait)
  return toxiproxyTotals(layout)
}

/** Connections to the proxy's own interface are ours, and stay open for seconds after a question. */
async function heldConnections(layout: ProxiedLinks): Promise<number> {
  const { host, port } = layout.addresses.toxiproxy
  const args = ['-tnH', 'src', networkOf(layout)]
  const { stdout } = await promisify(execFile)('ss', args, { timeout: 5000, maxBuffer: 16 << 20 })
  return stdout
    .split('\n')
    .filter(line => /^(ESTAB|CLOSE-WAIT)\b/.test(line) && !line.includes(` ${host}:${port} `)).length
}

/**
 * Toxiproxy's own totals, exact for connections that have ended; meant for when all have.
 * `received` on the upstream direction is what clients sent towards the node.
 */
export async function toxiproxyTotals(layout: ProxiedLinks): Promise<LinkBytes> {
  const text = await toxiproxyApi(layout.addresses.toxiproxy).metrics()
  return parseToxiproxyMetrics(text, layout.topology.links)
}

export function parseToxiproxyMetrics(text: string, links: readonly Link[]): LinkBytes {
  const ids = new Map(links.map(link => [proxyName(link), linkId(link)]))
  const totals: Record<string, [number, number]> = Object.fromEntries(
    links.map(link => [linkId(link), [0, 0]]),
  )
  for (const match of text.matchAll(/^toxiproxy_proxy_received_bytes_total\{([^}]*)\} (\S+)$/gm)) {
    const labels = match[1] as string
    const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? ''
    const total = totals[ids.get(label('proxy')) ?? '']
    if (total) total[label('direction') === 'upstream' ? 0 : 1] += Number(match[2])
  }
  return totals
}
