import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { connect, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Clock } from '../../../core/clock.ts'
import type { ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { parseSockets } from '../../link-meter.ts'
import { AftershockError } from '../../../core/errors.ts'

/**
 * How often brokers tried to reach a store that is cut off. No request arrives anywhere then, so the kernel is asked
 * (`ss`, Linux only, no root). Over a connection into a black hole goes one request and no second one, as nothing
 * answers the first: each connection that carried bytes towards the store is a try. Where connections are refused, a
 * socket that ends without ever having been established is one; the kernel tells of every socket that it destroys.
 * Requests of our own are taken off. A request that had been sent whole before the cut is not counted: the number is
 * that of tries that certainly met it, or fewer.
 */
export class TryCounter {
  /** By address of a zone's way to the store. */
  private readonly zoneOf: ReadonlyMap<string, ZoneName>
  private readonly refused = new Map<ZoneName, number>()
  private readonly swallowed = new Map<ZoneName, Set<string>>()
  private readonly own = new Map<ZoneName, number>()
  /** What connections had carried before the cut. */
  private readonly before = new Map<string, number>()

  private readonly swallows: boolean

  /** @param mode where connections are refused, those that end with the cut had been served. */
  constructor(hosts: Readonly<Record<ZoneName, string>>, mode: 'silent' | 'refuse') {
    this.swallows = mode === 'silent'
    this.zoneOf = new Map(Object.entries(hosts).map(([zone, host]) => [host, zone]))
  }

  /** All sockets, as the cut is made: what they carried until now did not meet it. */
  open(text: string): void {
    for (const [socket, { toNode }] of parseSockets(text)) this.before.set(socket, toNode)
  }

  /** All sockets, while the cut is in force. */
  look(text: string): void {
    for (const [socket, { toNode }] of parseSockets(text)) this.carried(socket, toNode)
  }

  /** One line of `ss -tniHOE`: a socket that was destroyed. */
  destroyed(line: string): void {
    const [, , , local = '', peer = ''] = line.trim().split(/\s+/)
    const zone = this.zoneOf.get(hostOf(peer))
    // What was established has at least its own handshake acknowledged.
    if (zone !== undefined && !/\bbytes_acked:/.test(line))
      this.refused.set(zone, (this.refused.get(zone) ?? 0) + 1)
    const received = /\bbytes_received:(\d+)/.exec(line)?.[1]
    if (received !== undefined) this.carried(`${local} ${peer}`, Number(received))
  }

  /** A request of ours on this way, which looks to the kernel like any other. */
  ours(zone: ZoneName): void {
    this.own.set(zone, (this.own.get(zone) ?? 0) + 1)
  }

  count(zone: ZoneName): number {
    const tries = (this.refused.get(zone) ?? 0) + (this.swallowed.get(zone)?.size ?? 0)
    return Math.max(0, tries - (this.own.get(zone) ?? 0))
  }

  /** Sockets of the link's own end, whose local address is the zone's. */
  private carried(socket: string, bytes: number): void {
    const zone = this.zoneOf.get(hostOf(socket.slice(0, socket.indexOf(' '))))
    // The kernel counts the end of a connection as a byte that was received.
    if (!this.swallows || zone === undefined || bytes <= (this.before.get(socket) ?? 0) + 1) return
    const known = this.swallowed.get(zone) ?? new Set()
    this.swallowed.set(zone, known.add(socket))
  }
}

/** Of `127.20.31.9:7070`, `[::ffff:127.20.31.9]:7070` and `127.20.31.9:*`: the address. */
function hostOf(end: string): string {
  return end.slice(0, Math.max(0, end.lastIndexOf(':'))).replace(/^\[(?:::ffff:)?(.*)\]$/, '$1')
}

interface Watch {
  readonly zones: readonly ZoneName[]
  readonly counter: TryCounter
  readonly events: SocketEvents
  isCut: boolean
  /** Null while it goes on. */
  counted: Readonly<Record<ZoneName, number>> | null
}

/** How long the watch may take to be ready; an injection waits no longer for it. */
const READY_MS = 3000
/** For what the kernel has told already to arrive; healing waits no longer for it. */
const DRAIN_MS = 1000

/** The watches over zones whose way to the store is cut, by the tag of the fault that cut it. */
export class StoreTries {
  private readonly hosts: Readonly<Record<ZoneName, string>>
  private readonly clock: Clock
  private readonly watches = new Map<string, Watch>()

  constructor(hosts: Readonly<Record<ZoneName, string>>, clock: Clock) {
    this.hosts = hosts
    this.clock = clock
  }

  /** Before the cut. Where the kernel cannot be asked there is no watch, and no count. */
  async begin(tag: string, zones: readonly ZoneName[], mode: 'silent' | 'refuse'): Promise<void> {
    if (this.watches.has(tag)) return
    const hosts = Object.fromEntries(zones.map(zone => [zone, this.hosts[zone] ?? '']))
    const counter = new TryCounter(hosts, mode)
    // What ended before the cut did not meet it.
    const events = new SocketEvents(line => {
      if (this.watches.get(tag)?.isCut) counter.destroyed(line)
    })
    try {
      await events.caughtUp(this.clock, READY_MS)
      counter.open(await sockets())
      this.watches.set(tag, { zones, counter, events, isCut: false, counted: null })
    } catch {
      events.end()
    }
  }

  /** Right after the cut: what connections carry from here on meets it. */
  async cut(tag: string): Promise<void> {
    const watch = this.watches.get(tag)
    if (!watch || watch.isCut) return
    watch.isCut = true
    try {
      watch.counter.open(await sockets())
    } catch {
      this.giveUp(tag, watch)
    }
  }

  ours(zone: ZoneName): void {
    for (const { zones, counter, counted } of this.watches.values())
      if (counted === null && zones.includes(zone)) counter.ours(zone)
  }

  /** Before the way is open again. Idempotent. */
  async end(tag: string): Promise<void> {
    const watch = this.watches.get(tag)
    if (!watch || watch.counted !== null) return
    try {
      watch.counter.look(await sockets())
      // What is told too late is missing, and the count is that of fewer.
      await watch.events.caughtUp(this.clock, DRAIN_MS).catch(() => {})
      watch.counted = countsOf(watch)
      watch.events.end()
    } catch {
      this.giveUp(tag, watch)
    }
  }

  /** By zone; empty where nobody counted, and until it has ended: a black hole shows what it took only then. */
  counts(tag: string): Readonly<Record<ZoneName, number>> {
    return this.watches.get(tag)?.counted ?? {}
  }

  /** No number is better than one that misses half. */
  private giveUp(tag: string, { events }: Watch): void {
    events.end()
    this.watches.delete(tag)
  }
}

const countsOf = ({ zones, counter }: Watch): Record<ZoneName, number> =>
  Object.fromEntries(zones.map(zone => [zone, counter.count(zone)]))

/** A socket that ends at once, and by whose end one hears how far the kernel has told. */
const MARK = { host: '127.0.0.1', port: 1 }

/** A line for each socket that the kernel destroys, in its order. Whoever reads no more ends it. */
class SocketEvents {
  private readonly child: ChildProcess
  private marks = 0

  constructor(onLine: (line: string) => void) {
    // By lines, as they happen: into a pipe `ss` would keep them for itself.
    const child = spawn('stdbuf', ['-oL', 'ss', '-tniHOE'], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.child = child
    child.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', line => {
      if (line.includes(` ${MARK.host}:${MARK.port}`)) this.marks++
      onLine(line)
    })
    // It must not keep the program alive: a run that ends without healing is healed by another process.
    child.unref()
    if (child.stdout instanceof Socket) child.stdout.unref()
  }

  /** Everything that happened before has been told. @throws AftershockError `unavailable` */
  async caughtUp(clock: Clock, deadlineMs: number): Promise<void> {
    const before = this.marks
    const heard = async () => {
      if (this.child.exitCode !== null || this.child.pid === undefined)
        throw new AftershockError('unavailable', 'it ended')
      await knock()
      return this.marks > before
    }
    await waitFor('the kernel to tell of sockets', heard, { clock, deadlineMs, everyMs: 20 })
  }

  end(): void {
    this.child.kill()
  }
}

function knock(): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(MARK)
    socket.once('connect', () => socket.destroy())
    socket.once('error', () => {})
    socket.once('close', () => resolve())
  })
}

async function sockets(): Promise<string> {
  const { stdout } = await promisify(execFile)('ss', ['-tniH'], { timeout: 5000, maxBuffer: 32 << 20 })
  return stdout
}
