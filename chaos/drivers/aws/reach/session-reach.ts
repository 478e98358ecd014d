import { connect, type Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import { AGENT_PORT } from '../agent/agent-protocol.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Reach } from './reach.ts'
import type { SessionDoor } from './session-door.ts'
import { type OpenPort, openPort, requirePlugin } from './session-plugin.ts'

export interface SessionReachOptions {
  readonly door: SessionDoor
  readonly region: string
  readonly clock: Clock
}

interface Session {
  readonly id: string
  readonly open: OpenPort
  /** Connections over it at this moment. */
  readonly sockets: Set<Socket>
  /** When the last of them began or ended: those of a session that ends are gone before it is known to be. */
  usedAt: number
}

/** A session on which nobody was for so long took nothing with it. */
const QUIET_MS = 2000

/** Plugins listen on the name, and say nothing of which of its addresses. */
const LISTENS_ON = 'localhost'

/**
 * A session for each machine, begun when somebody first asks its agent, and again when it is gone: no port of a node is
 * open to anybody for it, and it leads to the agent alone. A session that ends while connections are over it takes them
 * along, which nobody may take for the brokers' doing: that is told.
 */
export class SessionReach implements Reach {
  readonly name = 'sessions'
  readonly #door: SessionDoor
  readonly #clock: Clock
  #required: Promise<void> | null = null
  readonly #region: string
  readonly #sessions = new Map<string, Promise<Session>>()
  #lost: ((why: string) => void) | null = null
  #isOver = false

  constructor({ door, region, clock }: SessionReachOptions) {
    this.#door = door
    this.#clock = clock
    this.#region = region
  }

  ready(): Promise<void> {
    if (this.#required) return this.#required
    const asked = requirePlugin(this.#clock)
    // It may be installed before it is asked for again.
    asked.catch(() => (this.#required = null))
    this.#required = asked
    return asked
  }

  onLoss(lost: (why: string) => void): void {
    this.#lost = lost
  }

  async connect({ id, tags }: Parameters<Reach['connect']>[0], port: number): Promise<Socket> {
    if (port !== AGENT_PORT)
      throw new AftershockError('internal', `a session leads to port ${AGENT_PORT} alone`)
    if (this.#isOver) throw new AftershockError('unavailable', 'the way to agents is closed')
    const session = await this.#session(id, tags.Name ?? id)
    const socket = connect({ host: LISTENS_ON, port: session.open.port, noDelay: true })
    const use = () => {
      session.usedAt = this.#clock.now()
    }
    session.sockets.add(socket)
    use()
    socket.once('close', () => {
      session.sockets.delete(socket)
      use()
    })
    return socket
  }

  #session(id: string, machine: string): Promise<Session> {
    const known = this.#sessions.get(id)
    if (known) return known
    const begun = this.#begin(id, machine)
    this.#sessions.set(id, begun)
    // One that could not be begun is begun again when it is asked for again.
    begun.catch(() => this.#sessions.delete(id))
    return begun
  }

  async #begin(target: string, machine: string): Promise<Session> {
    await this.ready()
    const started = await this.#door.start(target)
    let open: OpenPort
    try {
      open = await openPort(started, { target, machine }, { region: this.#region, clock: this.#clock })
    } catch (error) {
      await this.#terminate(started.SessionId)
      throw error
    }
    const session: Session = {
      id: started.SessionId,
      open,
      sockets: new Set(),
      usedAt: Number.NEGATIVE_INFINITY,
    }
    void open.ended.then(said => this.#gone(target, machine, session, said))
    return session
  }

  #gone(target: string, machine: string, { sockets, usedAt }: Session, said: string): void {
    this.#sessions.delete(target)
    if (this.#isOver || (sockets.size === 0 && this.#clock.now() - usedAt > QUIET_MS)) return
    for (const socket of sockets) socket.destroy()
    this.#lost?.(`the session with ${machine} ended while it was used${said === '' ? '' : ` (${said})`}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const all = await Promise.allSettled(this.#sessions.values())
    await Promise.all(
      all.map(async one => {
        if (one.status !== 'fulfilled') return
        for (const socket of one.value.sockets) socket.destroy()
        await this.#terminate(one.value.id)
        await one.value.open.end()
      }),
    )
    this.#sessions.clear()
    this.#door[Symbol.dispose]()
  }

  /** Where that is refused, Systems Manager ends it by itself, once nobody is at its other end. */
  async #terminate(id: string): Promise<void> {
    await this.#door.terminate(id).catch(() => {})
  }
}
