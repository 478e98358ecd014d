import { AftershockError } from '../../../core/errors.ts'
import type { RegionsSpec } from '../../../core/regions.ts'
import { ZONES } from '../../../core/topology.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { ConnectorsSample } from '../../../record/samples.ts'
import type { ConnectorCluster, Endings, GoingSink, LeftSink, QuarantinedRecord } from '../../environment.ts'
import { type ClusterOptions, RunCluster } from '../connect/run-cluster.ts'
import { groupOf } from '../connect/sink-configuration.ts'
import type { StartedLab } from '../lab/lab.ts'
import { type LabLayout, withConnectCluster } from '../lab/lab-layout.ts'
import type { RunRegions } from './run-regions.ts'

/** The mirror's worker is in the first. */
const SINK_ZONE = ZONES[1]
const END_MS = 60_000

/**
 * Region b with a worker of sinks. Their database is in neither region, as one that a provider keeps in several is: workers
 * of both reach it, those of region b over a link of their own.
 * @param of region a, which has the database
 */
export function withFollowingSinks(layout: LabLayout, { databaseAddress }: LabLayout): LabLayout {
  const own = withConnectCluster(layout, [SINK_ZONE])
  return {
    ...own,
    databaseAddress,
    upstreamOf: link => (link.listener === 'database' ? databaseAddress : own.upstreamOf(link)),
  }
}

/** Sinks that go to region b with their devices, in a fail-over or a migration, where the drill says so. */
class FollowingSinks implements ConnectorCluster {
  readonly #first: RunCluster
  readonly #second: RunCluster
  readonly #spec: ClusterOptions['spec']
  /** Region b. */
  readonly #lab: StartedLab
  readonly #way: RegionsSpec['failOver']['connectors']
  #at: 'a' | 'between' | 'b' = 'a'
  #committed: ReadonlyMap<string, NonNullable<ConnectorsSample['committed']>> = new Map()

  /** @param second of region b, not started */
  constructor(
    first: RunCluster,
    second: RunCluster,
    spec: ClusterOptions['spec'],
    { lab, spec: { failOver } }: RunRegions,
  ) {
    this.#lab = lab
    this.#way = failOver.connectors
    this.#first = first
    this.#second = second
    this.#spec = spec
  }

  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'connectors.started' }>> {
    return this.#first.start(signal)
  }

  async sample(t: number): Promise<readonly ConnectorsSample[]> {
    if (this.#at === 'b') return this.#second.sample(t)
    const samples = await this.#first.sample(t)
    const told = samples.flatMap(({ connector, committed }) =>
      committed ? [[connector, committed] as const] : [],
    )
    this.#committed = new Map([...this.#committed, ...told])
    return samples
  }

  quarantined(connector: string, zone: string, signal: AbortSignal): Promise<readonly QuarantinedRecord[]> {
    return this.#first.quarantined(connector, zone, signal)
  }

  going(): readonly GoingSink[] {
    return this.#spec.sinks.map(({ name, topics }) => ({ connector: name, group: groupOf(name), topics }))
  }

  async leave(): Promise<readonly LeftSink[]> {
    if (this.#at === 'b')
      throw new AftershockError('refused', 'the sinks are in region b already', {
        hint: 'a drill takes them there once',
      })
    this.#at = 'between'
    await this.#first.abandon()
    return this.going().map(sink => ({ ...sink, committed: this.#committed.get(sink.connector) ?? {} }))
  }

  async follow(signal: AbortSignal): Promise<{
    workers: number
    tasks: number
    places: ReadonlyMap<string, number>
  }> {
    const places =
      this.#way === 'translated' ? await this.#first.placesIn(this.#lab) : new Map<string, number>()
    const started = await this.#second.goOn(signal, places)
    this.#at = 'b'
    return { ...started, places }
  }

  writes(): Promise<number | null> {
    return this.#second.writes()
  }

  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'connectors.drained' }>> {
    if (this.#at !== 'b') return this.#first.drain(signal, progress)
    const sinks = await this.#second.drain(signal, progress)
    const sources = await this.#first.drainSources(signal, progress, this.#lab)
    return { ...sinks, ...(sources.length > 0 && { sources }) }
  }
}

/** The sinks, and where they go in a fail-over; as they are where the drill lets them stay. */
export function followingSinks(
  first: RunCluster,
  regions: RunRegions,
  options: ClusterOptions,
  endings: Endings,
): ConnectorCluster {
  const { lab, spec, copies } = regions
  if (spec.failOver.connectors === 'stays') return first
  const second = new RunCluster({
    ...options,
    lab,
    software: { ...options.software, beside: { cluster: 'connect-b', copies } },
    left: sink => first.offsetsOf(sink),
  })
  endings.add('the connectors in region b', () => second.end(), END_MS)
  return new FollowingSinks(first, second, options.spec, regions)
}
