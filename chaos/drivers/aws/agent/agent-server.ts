import { readdirSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { Address, Outcome } from '../../../core/network.ts'
import { PeerBytes } from './peer-bytes.ts'
import type { StoreWay } from './store-way.ts'
import { lookAtLogDirectory } from '../../../kafka/log-directory.ts'
import { processAgeMs } from '../../../machine/process-age.ts'
import { findAlive, findByArgument } from '../../../machine/process-table.ts'
import {
  type Answer,
  asked,
  HANDSHAKE_MS,
  isMac,
  type Look,
  lineOf,
  macOf,
  newNonce,
  parsed,
  type Question,
  question,
  readLine,
} from './agent-protocol.ts'

export interface AgentOptions {
  /** Of the machine, as it is deployed: `kafka-2`. */
  readonly name: string
  /** Of the broker beside it, as that advertises itself; null: there is none. */
  readonly host: string | null
  readonly key: Buffer
  readonly listen: Address
  /** The argument by which the node's process is known among all; null: there is no node here. */
  readonly mark: string | null
  /** Of the broker beside it, where it keeps its records; null: there is none. */
  readonly logDir: string | null
  /** The platform's bucket; null: it keeps nothing in one. */
  readonly store: StoreWay | null
  /** Those of brokers: it connects to no others, whoever asks. */
  readonly ports: readonly number[]
  readonly clock: Clock
  readonly log: (line: string) => void
}

export interface StartedAgent extends AsyncDisposable {
  readonly address: Address
}

/** How long a tunnel waits for the broker: longer than a cut that a drill makes is looked at. */
const CONNECT_MS = 20_000
/** Of a fleet and its probes; more would be somebody's mistake. */
const MOST_CONNECTIONS = 4000
/** As lib/assets/node-deeds.sh has it. */
const FAULTS = '/run/aftershock-faults'

/**
 * The prober on a node: it looks at the machine's process table, and connects to brokers from where it is. It changes
 * nothing, and asks nothing of AWS. @throws AftershockError `unavailable` when the port is taken
 */
export async function startAgent(options: AgentOptions): Promise<StartedAgent> {
  const open = new Set<Socket>()
  const meter = new PeerBytes(options.ports, options.store)
  const server = createServer({ pauseOnConnect: false, noDelay: true }, socket => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    serve(socket, options, { open, meter }).catch((error: unknown) => {
      options.log(`${socket.remoteAddress ?? 'somebody'}: ${messageOf(error)}`)
      socket.destroy()
    })
  })
  server.maxConnections = MOST_CONNECTIONS
  const { host } = options.listen
  await listening(server, options.listen)
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : options.listen.port
  return {
    address: { host, port },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

function listening(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(
        new AftershockError('unavailable', `the agent cannot listen on ${host}:${port}: ${error.message}`, {
          hint: 'another agent may have the port; --listen names another one',
        }),
      ),
    )
    server.listen(port, host, () => resolve())
  })
}

interface Serving {
  readonly open: Set<Socket>
  readonly meter: PeerBytes
}

async function serve(socket: Socket, options: AgentOptions, { open, meter }: Serving): Promise<void> {
  const { key, clock } = options
  const own = newNonce()
  socket.write(lineOf({ agent: 1, nonce: own }))
  const { nonce, text, mac } = parsed(asked, await readLine(socket, HANDSHAKE_MS, clock))
  if (!isMac(mac, macOf(key, ['question', own, nonce], text)))
    throw new AftershockError('refused', 'a question that is not signed with this environment’s key', {
      hint: 'the runner reads the key from the parameter of its environment; nobody else is answered',
    })
  const what = parsed(question, text)
  const say = (answer: Answer) => {
    const said = JSON.stringify(answer)
    socket.write(lineOf({ text: said, mac: macOf(key, ['answer', nonce, own], said) }))
  }
  if (what.do === 'look') say({ is: 'seen', look: await lookAround(options) })
  else if (what.do === 'disk') say(diskOf(options))
  else if (what.do === 'bytes') say(await counted(meter))
  else if (what.do === 'store') say(await storeOf(options, what.withinMs))
  else if (!options.ports.includes(what.port))
    say({ is: 'declined', why: `port ${what.port} is no broker’s` })
  else {
    const { outcome, to } = await reach(what, what.do === 'knock' ? what.withinMs : CONNECT_MS, clock)
    if (to) open.add(to)
    say({ is: 'knocked', outcome })
    if (to && what.do === 'tunnel') return join(socket, to, open)
    to?.destroy()
  }
  socket.end()
}

function join(socket: Socket, to: Socket, open: Set<Socket>): void {
  to.once('close', () => {
    open.delete(to)
    socket.destroy()
  })
  socket.once('close', () => to.destroy())
  if (socket.destroyed) to.destroy()
  socket.pipe(to)
  to.pipe(socket)
}

async function reach(
  { host, port }: Extract<Question, { host: string }>,
  withinMs: number,
  clock: Clock,
): Promise<{ readonly outcome: Outcome; readonly to: Socket | null }> {
  const to = connect({ host, port, noDelay: true })
  const stop = new AbortController()
  try {
    const outcome = await new Promise<Outcome>(resolve => {
      to.once('connect', () => resolve('answered'))
      to.on('error', error =>
        resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'silent'),
      )
      clock.sleep(withinMs, stop.signal).then(
        () => resolve('silent'),
        () => {},
      )
    })
    if (outcome === 'answered') return { outcome, to }
    to.destroy()
    return { outcome, to: null }
  } finally {
    stop.abort()
  }
}

async function counted(meter: PeerBytes): Promise<Answer> {
  try {
    return { is: 'counted', bytes: await meter.read() }
  } catch (error) {
    return { is: 'declined', why: `ss does not tell of sockets: ${messageOf(error)}` }
  }
}

async function storeOf({ store, name }: AgentOptions, withinMs: number): Promise<Answer> {
  if (store === null) return { is: 'declined', why: 'the platform here keeps nothing in an object store' }
  try {
    return { is: 'stored', reply: await store.ask(`aftershock-probe/${name}`, withinMs) }
  } catch (error) {
    return { is: 'declined', why: messageOf(error) }
  }
}

function diskOf({ logDir }: AgentOptions): Answer {
  return logDir === null
    ? { is: 'declined', why: 'there is no broker here, and so no disk of one' }
    : { is: 'read', disk: lookAtLogDirectory(logDir) }
}

/** As the document of deeds leaves them, in memory. */
function faultsHere(): string[] {
  try {
    return readdirSync(FAULTS).toSorted()
  } catch {
    return []
  }
}

async function lookAround({ name, host, mark, clock }: AgentOptions): Promise<Look> {
  const found = mark === null ? [] : findByArgument(mark).flatMap(one => findAlive(one) ?? [])
  const [entry] = found
  const faults = faultsHere()
  if (!entry) return { name, host, state: 'absent', process: null, ageMs: null, faults }
  const process = { pid: entry.pid, startedAt: entry.startedAt }
  return {
    name,
    host,
    state: entry.state === 'stopped' ? 'stopped' : 'running',
    process,
    ageMs: processAgeMs(process, clock.wallMs()),
    faults,
  }
}
