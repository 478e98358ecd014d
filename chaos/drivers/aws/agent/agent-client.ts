import { connect, type Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { Address, Outcome } from '../../../core/network.ts'
import type { StoreReply } from '../../driver.ts'
import {
  type Answer,
  answer,
  answered,
  type Disk,
  greeting,
  isMac,
  lineOf,
  type Look,
  macOf,
  newNonce,
  parsed,
  type Question,
  readLine,
} from './agent-protocol.ts'

/** Beyond what the agent itself may take for its question. */
const ANSWER_MS = 5000
const CONNECT_MS = 25_000

/** One agent, asked over a connection for each question. */
export class AgentClient {
  readonly #name: string
  readonly #address: Address
  readonly #key: Buffer
  readonly #clock: Clock
  readonly #dial: () => Promise<Socket> | Socket

  constructor(options: {
    readonly name: string
    readonly address: Address
    readonly key: Buffer
    readonly clock: Clock
    /** Another way to it. @default its address */
    readonly dial?: () => Promise<Socket>
  }) {
    this.#name = options.name
    this.#address = options.address
    this.#key = options.key
    this.#clock = options.clock
    const { host, port } = options.address
    this.#dial = options.dial ?? (() => connect({ host, port, noDelay: true }))
  }

  /** @throws AftershockError `unavailable` when it does not answer, or somebody else does */
  async look(): Promise<Look> {
    const { said, socket } = await this.#ask({ do: 'look' }, ANSWER_MS)
    socket.destroy()
    if (said.is !== 'seen') throw this.#strange(said)
    if (said.look.name === this.#name) return said.look
    throw new AftershockError(
      'unavailable',
      `the agent at ${this.#address.host} is that of ${said.look.name}, and not of ${this.#name}`,
    )
  }

  /** What a connection from its machine comes to. @throws AftershockError `unavailable` when the agent does not answer */
  async knock({ host, port }: Address, withinMs: number): Promise<Outcome> {
    const { said, socket } = await this.#ask({ do: 'knock', host, port, withinMs }, withinMs + ANSWER_MS)
    socket.destroy()
    if (said.is === 'knocked') return said.outcome
    throw this.#strange(said)
  }

  /** What the broker beside it has on its disk. @throws AftershockError `unavailable` */
  async disk(): Promise<Disk> {
    const { said, socket } = await this.#ask({ do: 'disk' }, ANSWER_MS)
    socket.destroy()
    if (said.is === 'read') return said.disk
    throw this.#strange(said)
  }

  /** What its machine received on ports of brokers since it began, as `PeerBytes` names it. @throws AftershockError `unavailable` */
  async bytes(): Promise<Readonly<Record<string, number>>> {
    const { said, socket } = await this.#ask({ do: 'bytes' }, ANSWER_MS)
    socket.destroy()
    if (said.is === 'counted') return said.bytes
    throw this.#strange(said)
  }

  /** A signed request of its machine to the platform's bucket. @throws AftershockError `unavailable` */
  async store(withinMs: number): Promise<StoreReply> {
    const { said, socket } = await this.#ask({ do: 'store', withinMs }, withinMs + ANSWER_MS)
    socket.destroy()
    if (said.is === 'stored') return said.reply
    throw this.#strange(said)
  }

  /** null: the broker could not be reached from there. @throws AftershockError `unavailable` */
  async tunnel({ host, port }: Address, signal: AbortSignal): Promise<Socket | null> {
    const { said, socket } = await this.#ask({ do: 'tunnel', host, port }, CONNECT_MS, signal)
    if (said.is === 'knocked' && said.outcome === 'answered') return socket
    socket.destroy()
    if (said.is === 'knocked') return null
    throw this.#strange(said)
  }

  async #ask(
    question: Question,
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly said: Answer; readonly socket: Socket }> {
    const { host, port } = this.#address
    let socket: Socket | null = null
    const end = () => socket?.destroy()
    signal?.addEventListener('abort', end, { once: true })
    try {
      socket = await this.#dial()
      socket.on('error', () => {})
      signal?.throwIfAborted()
      const { nonce: theirs } = parsed(greeting, await readLine(socket, ANSWER_MS, this.#clock))
      const nonce = newNonce()
      const text = JSON.stringify(question)
      socket.write(lineOf({ nonce, text, mac: macOf(this.#key, ['question', theirs, nonce], text) }))
      const reply = parsed(answered, await readLine(socket, withinMs, this.#clock))
      if (!isMac(reply.mac, macOf(this.#key, ['answer', nonce, theirs], reply.text)))
        throw new AftershockError('unavailable', 'its answer is not signed with this environment’s key')
      return { said: parsed(answer, reply.text), socket }
    } catch (error) {
      end()
      const told = error instanceof AftershockError ? error.hint : undefined
      throw new AftershockError(
        'unavailable',
        `the agent of ${this.#name} (${host}:${port}) did not answer: ${messageOf(error)}`,
        {
          hint:
            told ??
            'it runs as aftershock-node-agent on the machine (systemctl status aftershock-node-agent); from outside of the network it is reached with --through sessions',
          cause: error,
        },
      )
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }

  #strange(said: Answer): AftershockError {
    return new AftershockError(
      'unavailable',
      `the agent of ${this.#name} answered ${said.is === 'declined' ? `no: ${said.why}` : said.is}`,
    )
  }
}
