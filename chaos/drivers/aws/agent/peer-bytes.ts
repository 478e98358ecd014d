import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseSockets } from '../../link-meter.ts'

/** By what connections to the object store are told from others. */
export interface StorePeer {
  readonly port: number
  isThere(host: string): boolean
}

/** Of connections to the object store that got nowhere, as `read` names them. */
export const IN_VAIN = 'in vain'

/**
 * What this machine received from others on ports of brokers, by the kernel's counters of its sockets (`ss`, no root):
 * `in 9094 10.0.0.9` over connections to its own port, `back 9094 10.0.0.9` over those to that machine's. Each byte is
 * counted where it arrives, so what a cut takes is in nobody's count. What a connection carried after the last look at
 * it is missed. Beside them, how many connections to the object store were seen to wait for an answer in vain.
 */
export class PeerBytes {
  readonly #ports: ReadonlySet<string>
  readonly #store: StorePeer | null
  readonly #totals = new Map<string, number>()
  #sockets: ReadonlyMap<string, number> = new Map()
  #inVain: ReadonlySet<string> = new Set()
  #reading: Promise<Readonly<Record<string, number>>> | null = null

  /** @param store null: the platform has none */
  constructor(ports: readonly number[], store: StorePeer | null) {
    this.#ports = new Set(ports.map(String))
    this.#store = store
  }

  /** Since the agent began; never less than before. @throws when `ss` is absent or fails */
  read(): Promise<Readonly<Record<string, number>>> {
    this.#reading ??= this.#look().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #look(): Promise<Readonly<Record<string, number>>> {
    const all = await socketsBy('-tniH')
    this.#count(new Map([...parseSockets(all)].map(([ends, { toNode }]) => [ends, toNode])))
    if (this.#store) this.#countInVain(await socketsBy('-tnipH', `dport = :${this.#store.port}`))
    return Object.fromEntries(this.#totals)
  }

  #count(now: ReadonlyMap<string, number>): void {
    for (const [ends, bytes] of now) {
      const name = this.#nameOf(ends)
      if (name === null) continue
      const before = this.#sockets.get(ends) ?? 0
      // The same two ports with a smaller counter are another connection.
      this.#add(name, bytes >= before ? bytes - before : bytes)
    }
    this.#sockets = now
  }

  #countInVain(text: string): void {
    const isOfStore = (ends: string) => this.#store?.isThere(endOf(ends.split(' ')[1] ?? '')?.host ?? '')
    const now = new Set(waitingIn(text).filter(isOfStore))
    this.#add(IN_VAIN, [...now].filter(ends => !this.#inVain.has(ends)).length)
    this.#inVain = now
  }

  #add(name: string, more: number): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + more)
  }

  #nameOf(ends: string): string | null {
    const [own, peer] = ends.split(' ').map(endOf)
    if (!own || !peer) return null
    if (this.#ports.has(own.port)) return `in ${own.port} ${peer.host}`
    return this.#ports.has(peer.port) ? `back ${peer.port} ${peer.host}` : null
  }
}

/** A socket of both families shows an IPv4 address within one of IPv6. */
function endOf(text: string): { readonly host: string; readonly port: string } | null {
  const [, host = '', port = ''] = /^\[?(?:::ffff:)?([^\]]+?)\]?:(\d+)$/.exec(text) ?? []
  return host === '' ? null : { host, port }
}

/** Those that have asked to be let in, or whose bytes are sent again and again; not those of this program itself. */
function waitingIn(text: string): string[] {
  const waiting: string[] = []
  let [ends, isOpening] = ['', false]
  for (const line of text.split('\n'))
    if (!/^\s/.test(line)) {
      const fields = line.trim().split(/\s+/)
      const isOwn = line.includes(`pid=${process.pid},`)
      ends = fields.length >= 5 && !isOwn ? `${fields[3]} ${fields[4]}` : ''
      isOpening = fields[0] === 'SYN-SENT'
    } else if (ends !== '' && (isOpening || /\bretrans:[1-9]\d*\//.test(line) || /\bbackoff:\d/.test(line)))
      waiting.push(ends)
  return waiting
}

async function socketsBy(what: string, ...filter: readonly string[]): Promise<string> {
  const options = { timeout: 3000, maxBuffer: 32 << 20 }
  return (await promisify(execFile)('ss', [what, 'state', 'connected', ...filter], options)).stdout
}
