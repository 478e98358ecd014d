import { join } from 'node:path'
import { ThreadLoad } from '../machine/thread-load.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import { seededRandom } from '../core/random.ts'
import { type Driver, withClients } from '../drivers/driver.ts'
import type {
  Connector,
  ConnectorCluster,
  SecondRegion,
  StartedEnvironment,
  StatefulProcessor,
} from '../drivers/environment.ts'
import type { StartedFleet } from '../fleet/started-fleet.ts'
import type { TopicSettings } from '../platforms/topics.ts'
import { clientIdsOf } from './client-ids.ts'
import type { JournalState } from './journal-state.ts'
import type { Readers } from './readers.ts'
import type { RunContext } from './run-context.ts'
import {
  connectorSampler,
  connectorsSampler,
  consumerSampler,
  environmentSamplers,
  fleetSampler,
  processorSampler,
  regionsSampler,
  toolSampler,
} from './samplers.ts'
import { createTopics } from './topics.ts'

export interface RunClients {
  /** With the fleet's gateways among what faults may touch. */
  readonly driver: Driver
  readonly fleet: StartedFleet
  readonly readers: Readers
  readonly connector: Connector | null
  readonly connectors: ConnectorCluster | null
  readonly processor: StatefulProcessor | null
  readonly regions: SecondRegion | null
}

/** Makes the topics, begins to sample, and starts connectors and the processor, the readers and the fleet, in this order. */
export async function startClients(
  { options, parts, drill, journal, clock, teardown, live }: RunContext,
  place: StartedEnvironment,
  topics: readonly TopicSettings[],
  state: JournalState,
): Promise<RunClients> {
  const { run, runDir, seed, environment, signal, watch } = options
  const { contract } = drill
  const { dial, connector, connectors, processor, regions, loginOf, fleetLimit } = place
  const { topology } = place.driver
  const onFailure = (sampler: string, error: string) =>
    void journal.append({ kind: 'sampler.failed', sampler, error })
  const onTrouble = (message: string) => onFailure('clients', message)
  const onEvent = (event: ReaderEvent) => void journal.append(event)
  const context = { runDir, clock, live, onFailure }
  const keep = (sampler: { stop(): Promise<void> }) => teardown.add('a sampler', () => sampler.stop())
  watch.progress('making the topics')
  const earlier = place.claimTopics(topics.map(({ topic }) => topic))
  journal.append(
    await createTopics({
      topics,
      earlier,
      driver: place.driver,
      admin: place.admin,
      clock,
      keepsTopics: place.keepsTopics ?? false,
      onMade: place.topicsMade,
    }),
  )
  for (const sampler of environmentSamplers(context, place)) keep(sampler)
  signal.throwIfAborted()
  if (connector) {
    watch.progress('starting the connector')
    journal.append(await connector.start(signal))
    keep(connectorSampler(context, connector))
  }
  if (connectors) {
    watch.progress('starting the database, the Connect workers and the sinks')
    journal.append(await connectors.start(signal))
    keep(connectorsSampler(context, connectors))
  }
  if (processor) {
    watch.progress('starting the stateful processor')
    journal.append(await processor.start(signal))
    keep(processorSampler(context, processor))
  }
  if (regions) {
    watch.progress('starting the mirror between the regions')
    journal.append(await regions.start(signal))
    keep(regionsSampler(context, regions))
  }
  const ofReaders: ToolSample[] = []
  watch.progress(`starting ${drill.fleet.devices} devices and the readers`)
  const clientIdOf = clientIdsOf(environment.outline.platform)
  const readers = await parts.openReaders({
    drill,
    topology,
    dial,
    clock,
    run,
    runDir,
    clientIdOf,
    loginOf,
    onTrouble,
    onEvent,
    onToolSample: sample => void ofReaders.push(sample),
  })
  teardown.add('the readers', () => readers.close())
  journal.onLine(() => readers.leaveAloneUntil(state.storeGraceUntilMs))
  const fleet = await parts.startFleet({
    spec: drill.fleet,
    contract,
    topology,
    dial,
    clock,
    random: seededRandom(seed).fork('fleet'),
    historyDir: join(runDir, 'history'),
    clientIdOf: clientIdOf ?? (fleetLimit && (() => fleetLimit.client)),
    bytesPerSecond: fleetLimit?.bytesPerSecond,
    login: loginOf?.('device') ?? null,
    leaderOf: (topic, partition) => live.leaderOf(topic, partition),
    onTrouble,
  })
  teardown.add('the fleet', () => fleet[Symbol.asyncDispose]())
  const gateways = fleet.gateways.map(gateway => gateway.name)
  journal.append({ kind: 'fleet.started', devices: drill.fleet.devices, gateways })
  keep(fleetSampler(context, fleet))
  const load = new ThreadLoad()
  teardown.add('the watch of the main thread', () => load[Symbol.dispose]())
  keep(
    toolSampler(context, load, fleet, {
      ofReaders: () => ofReaders.splice(0),
      ...(place.way && { way: place.way }),
    }),
  )
  keep(consumerSampler(context, () => readers.samples()))
  const driver = withClients(place.driver, { ...fleet.clients, stored: readers.stored })
  return { driver, fleet, readers, connector, connectors, processor, regions }
}
