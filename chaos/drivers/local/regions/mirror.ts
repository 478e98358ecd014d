import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { waitFor, within } from '../../../core/wait.ts'
import { findAlive } from '../../../machine/process-table.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import { type MirrorConnector, mirrorConnectorNames, mirrorConnectors } from '../../../platforms/mirror.ts'
import type { MirrorConfig } from '../../../platforms/mirror.ts'
import type { MirrorReading } from '../../driver.ts'
import { type ConnectRest, connectRest } from '../connect/connect-rest.ts'
import { WORKER_ROLE } from '../connect/worker-process.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import type { Command } from '../lab/supervisor.ts'

/** A JVM and a group to join, beside four brokers. */
const READY_DEADLINE_MS = 120_000
/** A task that reads from a region which is gone is given its time to end. */
const STOP_DEADLINE_MS = 60_000
/** After that the worker is ended. */
const STOP_IN_ORDER_MS = 8000
const END_DEADLINE_MS = 10_000
const LOOK_MS = 1500

export interface MirrorOptions {
  /** The lab whose worker it is. */
  readonly lab: StartedLab
  /** Its worker: its command names the role and the number. */
  readonly worker: Command
  readonly address: Address
  readonly config: MirrorConfig
  readonly clock: Clock
  /** Its log in the folder of the run. */
  readonly logFile: string
}

/** By `topic/partition`: the offset that is copied next. */
export type CopiedTo = Readonly<Record<string, number>>

/** MirrorMaker 2 in one direction: a worker of Kafka Connect with three connectors. */
export class Mirror {
  readonly connectors: readonly MirrorConnector[]
  readonly #options: MirrorOptions
  readonly #rest: ConnectRest

  constructor(options: MirrorOptions) {
    this.#options = options
    this.connectors = mirrorConnectorNames(options.config.spec)
    this.#rest = connectRest(options.address)
  }

  get isAlive(): boolean {
    const { lab, worker } = this.#options
    return lab.supervisor.alive(worker.role, worker.node) !== undefined
  }

  /**
   * Resolves when its tasks run. With `from` it copies nothing that stands before: a connector that is made stopped is
   * told where to begin, and goes on from there.
   */
  async start(signal: AbortSignal, from?: CopiedTo): Promise<void> {
    await this.prepare(signal)
    if (from) await this.#beginAt(from, signal)
    await this.run(signal)
  }

  /** Its worker answers; nothing is copied yet. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { lab, worker } = this.#options
    lab.supervisor.start(worker)
    await this.#until('the worker of the mirror to answer', () => this.#rest.ready(), signal)
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const [name, config] of mirrorConnectors(this.#options.config))
      await this.#until(`the worker to take ${name}`, () => this.#rest.configure(name, config), signal)
    for (const name of this.connectors)
      await this.#until(
        `${name} to run`,
        async () => {
          const status = await this.#rest.status(name, 2000)
          if (status?.tasks.includes('FAILED')) throw await this.#failed(name)
          // A checkpoint connector that has no group yet, or emits nothing, has no task.
          const done = status?.connector === 'RUNNING' && status.tasks.every(task => task === 'RUNNING')
          const hasTasks = name !== 'mirror-source' || (status?.tasks.length ?? 0) > 0
          return { done: done && hasTasks, said: status ? stateWords(status) : 'no answer' }
        },
        signal,
      )
  }

  /** null for each that does not answer in time. */
  async states(): Promise<Readonly<Record<string, string | null>>> {
    const states = await Promise.all(
      this.connectors.map(async name => [name, await this.#rest.status(name, 800)] as const),
    )
    return Object.fromEntries(states.map(([name, status]) => [name, status && stateWords(status)]))
  }

  /** How far its worker has copied, as that keeps it; null: it does not say. */
  async copiedTo(): Promise<CopiedTo | null> {
    const offsets = await this.#rest.sourceOffsets('mirror-source', 5000)
    return (
      offsets &&
      Object.fromEntries(
        offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset + 1] as const),
      )
    )
  }

  /**
   * In order, and where that takes too long by ending the worker: a connector whose region is out of reach was seen to
   * stop only when that was back, 55 s later.
   */
  async stop(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { lab, worker, clock } = this.#options
    const inOrder = this.#stopConnectors(signal)
    try {
      const limits = { clock, deadlineMs: STOP_IN_ORDER_MS, signal }
      return await within('the connectors of the mirror to stop', inOrder, limits)
    } catch {
      signal.throwIfAborted()
      inOrder.catch(() => {})
      await lab.supervisor.end(worker.role, worker.node, 'SIGKILL', 0)
      return {
        'the worker': `ended, because its connectors did not stop within ${STOP_IN_ORDER_MS / 1000} s`,
      }
    }
  }

  async kill(): Promise<void> {
    const { lab, worker } = this.#options
    await lab.supervisor.end(worker.role, worker.node, 'SIGKILL', 0)
  }

  /** As it was configured; its connectors are kept in its cluster. */
  restart(): void {
    const { lab, worker } = this.#options
    lab.supervisor.start(worker)
  }

  async tell(what: 'pause' | 'resume'): Promise<void> {
    const { clock } = this.#options
    for (const name of this.connectors) {
      let seen = ''
      await waitFor(
        `the worker to take: ${what} ${name}`,
        async () => {
          const { done, said } = await this.#rest.command('PUT', name, what)
          seen = said
          return done
        },
        { clock, deadlineMs: STOP_DEADLINE_MS, everyMs: 250, lastSeen: () => seen },
      )
    }
  }

  async look(): Promise<Pick<MirrorReading, 'worker' | 'connectors'>> {
    const { lab, worker, address, clock } = this.#options
    const process = lab.supervisor.find(worker.role, worker.node)?.process ?? null
    const alive = process && findAlive(process)
    const [{ outcome }, states] = await Promise.all([
      exchangeOverHttp(address, { path: '/', timeoutMs: LOOK_MS, clock }),
      Promise.all(
        this.connectors.map(
          async name => [name, (await this.#rest.status(name, LOOK_MS))?.connector] as const,
        ),
      ),
    ])
    return {
      worker: {
        state: alive ? (alive.state === 'stopped' ? 'stopped' : 'running') : 'absent',
        process: alive ? process : null,
        answer: outcome,
      },
      connectors: Object.fromEntries(states.flatMap(([name, state]) => (state ? [[name, state]] : []))),
    }
  }

  async end(): Promise<void> {
    const { lab, worker } = this.#options
    await lab.supervisor.end(worker.role, worker.node, 'SIGTERM', END_DEADLINE_MS)
  }

  /** A connector must be stopped when its offsets are set; those of a partition without a record are not. */
  async #beginAt(from: CopiedTo, signal: AbortSignal): Promise<void> {
    const { config } = this.#options
    const name = 'mirror-source'
    const of = mirrorConnectors(config).get(name) ?? {}
    const offsets = Object.entries(from).flatMap(([key, next]) => {
      const slash = key.lastIndexOf('/')
      const [topic, partition] = [key.slice(0, slash), Number(key.slice(slash + 1))]
      if (next <= 0 || !config.topics.includes(topic)) return []
      return [{ partition: { cluster: config.source.alias, topic, partition }, offset: { offset: next - 1 } }]
    })
    await this.#until(`the worker to take ${name}, stopped`, () => this.#rest.createStopped(name, of), signal)
    if (offsets.length > 0)
      await this.#until(
        `${name} to begin where the region was left`,
        () => this.#rest.setOffsets(name, offsets),
        signal,
      )
    await this.#until(`${name} to go on`, () => this.#rest.command('PUT', name, 'resume'), signal)
  }

  async #stopConnectors(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { clock } = this.#options
    const states: Record<string, string> = {}
    for (const name of this.connectors) {
      let seen = ''
      const stop = async () => {
        const { done, said } = await this.#rest.command('PUT', name, 'stop')
        seen = said
        return done
      }
      const wait = { clock, deadlineMs: STOP_DEADLINE_MS, everyMs: 250, signal, lastSeen: () => seen }
      await waitFor(`the worker to take that ${name} is to stop`, stop, wait)
      await waitFor(
        `${name} to have stopped`,
        async () => {
          const status = await this.#rest.status(name, 2000)
          seen = status ? stateWords(status) : 'no answer'
          return status?.connector === 'STOPPED' && status.tasks.length === 0
        },
        wait,
      )
      states[name] = seen
    }
    return states
  }

  async #until(
    what: string,
    look: () => Promise<{ done: boolean; said: string }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { lab, worker, clock, logFile } = this.#options
    let seen = ''
    await waitFor(
      what,
      async () => {
        assertAlive(lab, WORKER_ROLE, worker.node, logFile)
        const { done, said } = await look()
        seen = said
        return done
      },
      { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 250, signal, lastSeen: () => seen },
    )
  }

  async #failed(name: string): Promise<AftershockError> {
    const said = await this.#rest.tasks(name, 2000)
    const why = said?.tasks.find(({ trace }) => trace !== '')?.trace ?? 'the worker does not say why'
    return new AftershockError('unavailable', `a task of ${name} failed while it started: ${why}`, {
      hint: `see logs/${this.#options.logFile}.log in the folder of the run`,
    })
  }
}

const stateWords = ({ connector, tasks }: { connector: string; tasks: readonly string[] }): string =>
  tasks.length === 0 ? connector : `${connector} (${tasks.join(', ')})`
