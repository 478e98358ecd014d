import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import type { ConnectorSpec } from '../../../core/drill.ts'
import { messageOf } from '../../../core/errors.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { PlatformName } from '../../../platforms/index.ts'
import type { ConnectorSample } from '../../../record/samples.ts'
import { waitFor } from '../../../core/wait.ts'
import { endWorker, openConnectLinks, removeConnector, sinkFile, startWorker } from './connect-node.ts'
import { connectRest } from './connect-rest.ts'
import { makeConnectTopics, removeConnectTopics } from './connect-topics.ts'
import { removeCluster } from './remove-cluster.ts'
import type { StartedLab } from '../lab/lab.ts'
import type { LinkMeter } from '../../link-meter.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { SinkFile } from './sink-file.ts'
import type { Connector, Endings } from '../../environment.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import { keepWorkerConfiguration } from '../lab/kept-configuration.ts'

const STATUS_TIMEOUT_MS = 800
/** A consumer whose connection was black-holed notices after its request's 30 s. */
const DRAIN_DEADLINE_MS = 60_000
const PROGRESS_EVERY_MS = 5000

export interface ConnectorOptions {
  /** Its layout has the worker's links. */
  readonly lab: StartedLab
  readonly spec: ConnectorSpec
  readonly distribution: ConnectDistribution
  readonly platform: PlatformName
  readonly run: string
  readonly runDir: string
  readonly clock: Clock
}

/** The run's own connector: a worker with one sink, from when the topics are made until before the brokers end. */
class RunConnector implements Connector {
  readonly #options: ConnectorOptions
  readonly #name: string
  readonly #sink: SinkFile

  constructor(options: ConnectorOptions) {
    this.#options = options
    // A name of the run's own, and so a group without offsets: on a lab that stays others have read before it.
    this.#name = `sink-${options.run}`
    this.#sink = new SinkFile(sinkFile(options.lab.layout))
  }

  async start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'connector.started' }>> {
    const { lab, spec, distribution, platform, runDir, clock } = this.#options
    await withLabAdmin(lab.layout, admin => makeConnectTopics(admin, platform, clock))
    const worker = { zone: spec.zone, topics: spec.topics, name: this.#name, platform }
    await startWorker(lab, worker, distribution, signal)
    keepWorkerConfiguration(runDir, lab.layout.connectDir)
    const { zone, topics } = spec
    return { kind: 'connector.started', zone, topics, connector: this.#name, version: distribution.version }
  }

  async sample(t: number): Promise<ConnectorSample> {
    const rest = connectRest(this.#options.lab.layout.connectAddress)
    const status = await rest.status(this.#name, STATUS_TIMEOUT_MS)
    return { t, connector: status?.connector ?? null, tasks: status?.tasks ?? [], ...this.#sink.look() }
  }

  /**
   * A sink delivers at least once, so more lines than records are its right, and fewer are what it owes.
   */
  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'connector.drained' }>> {
    const { lab, spec, clock } = this.#options
    const began = clock.now()
    const stored = await withLabAdmin(lab.layout, admin => storedRecords(admin, spec.topics)).catch(
      () => null,
    )
    let toldAt = Number.NEGATIVE_INFINITY
    const delivered = () => {
      const { lines } = this.#sink.look()
      if (stored === null || lines >= stored) return true
      if (clock.now() - toldAt >= PROGRESS_EVERY_MS) {
        progress(`the connector's sink has ${lines} lines for ${stored} records`)
        toldAt = clock.now()
      }
      return false
    }
    try {
      await waitFor('the sink to have every record', delivered, {
        clock,
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      })
    } catch (error) {
      signal.throwIfAborted()
      progress(messageOf(error))
    }
    const waitedMs = Math.round(clock.now() - began)
    return { kind: 'connector.drained', topics: spec.topics, stored, ...this.#sink.look(), waitedMs }
  }

  /** Ends the worker, if there is one. */
  async end(): Promise<void> {
    await endWorker(this.#options.lab)
  }
}

/**
 * The connector that a drill asks for, not started: its links are there before anything is measured, its worker starts
 * once it has topics, and ends before the brokers.
 */
export async function openConnector(
  options: ConnectorOptions,
  meter: LinkMeter | null,
  endings: Endings,
): Promise<Connector> {
  const connector = new RunConnector(options)
  endings.add('the connector', async () => {
    // What open connections carried is known as long as they are open.
    await meter?.sample().catch(() => null)
    await connector.end()
  })
  await openConnectLinks(options.lab)
  return connector
}

/** Takes a connector off a lab that stays: process, links, files and topics. What is not there is left so. */
export async function clearConnector(lab: StartedLab): Promise<number> {
  const ended = (await removeConnector(lab)) + (await removeCluster(lab))
  // Where no broker answers they stay: the next worker begins with removing them, and nobody else sees them.
  await withLabAdmin(lab.layout, removeConnectTopics).catch(() => {})
  return ended
}

/** Since the run made the topics. */
async function storedRecords(admin: Admin, topics: readonly string[]): Promise<number> {
  const offsets = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
  return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0)
}
