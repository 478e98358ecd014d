import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { ClusterSample, ConsumerSample, LinkSample } from '../record/samples.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { ClusterReading, Driver } from '../drivers/driver.ts'
import type {
  Connector,
  ConnectorCluster,
  SecondRegion,
  StartedEnvironment,
  StatefulProcessor,
} from '../drivers/environment.ts'
import type { StartedFleet } from '../fleet/started-fleet.ts'
import type { ThreadLoad } from '../machine/thread-load.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import type { LiveState } from './live-state.ts'
import { machineSampler } from './machine-sampler.ts'
import { Sampler, type SamplerOptions } from './sampler.ts'

export interface SamplerContext {
  readonly runDir: string
  readonly clock: Clock
  readonly live: LiveState
  readonly onFailure: (sampler: string, error: string) => void
}

const CLUSTER_EVERY_MS = 250
const EVERY_MS = 1000

function sampler(
  context: SamplerContext,
  name: string,
  everyMs: number,
  sample: SamplerOptions['sample'],
): Sampler {
  const { clock, onFailure } = context
  return new Sampler({ name, directory: join(context.runDir, 'samples'), everyMs, clock, onFailure, sample })
}

/** @param told of each sample, and of what it was made from */
function clusterSampler(
  context: SamplerContext,
  name: 'cluster' | 'cluster-b',
  { cluster }: Pick<Driver, 'cluster'>,
  told: (sample: ClusterSample, reading: ClusterReading) => void,
): Sampler {
  let known: Record<string, PartitionState> = {}
  return sampler(context, name, CLUSTER_EVERY_MS, async (t, late) => {
    const reading = await cluster.describe()
    // What it changed would stand in no line.
    if (late.aborted) return []
    const sample = clusterSample(t, reading, known)
    known = { ...known, ...sample.changes }
    told(sample, reading)
    return [sample]
  })
}

/** What the brokers say of the cluster, what the environment measures, and this machine: for all of the run. */
export function environmentSamplers(
  context: SamplerContext,
  { driver, meters }: Pick<StartedEnvironment, 'driver' | 'meters'>,
): Sampler[] {
  const { live } = context
  const cluster = clusterSampler(context, 'cluster', driver, (sample, reading) => {
    live.cluster = sample
    live.partitions = reading.answered.length > 0 ? reading.partitions : live.partitions
  })
  const second = driver.second ? [clusterSampler(context, 'cluster-b', driver.second, () => {})] : []
  const look = machineSampler()
  const machine = sampler(context, 'machine', EVERY_MS, t => [look(t)])
  const ofEnvironment = meters.map(meter =>
    sampler(context, meter.name, meter.everyMs, async t => {
      const lines = await meter.sample(t, live.partitions)
      if (meter.name === 'links') for (const line of lines) live.takeLinks(line as LinkSample)
      return lines
    }),
  )
  return [cluster, ...second, machine, ...ofEnvironment]
}

export function fleetSampler(context: SamplerContext, fleet: StartedFleet): Sampler {
  let last = context.clock.now()
  return sampler(context, 'fleet', EVERY_MS, t => {
    const intervalMs = Math.max(1, Math.round(context.clock.now() - last))
    last = context.clock.now()
    const sample = { t, intervalMs, ...fleet.take() }
    context.live.takeFleet(sample)
    return [sample]
  })
}

/** The thread of devices, live readers and probes; and what threads of replays have told since. */
export function toolSampler(
  context: SamplerContext,
  load: ThreadLoad,
  fleet: Pick<StartedFleet, 'takeHeldBack'>,
  { ofReaders, way }: { readonly ofReaders: () => readonly ToolSample[] } & Pick<StartedEnvironment, 'way'>,
): Sampler {
  return sampler(context, 'tool', EVERY_MS, t => [
    { t, part: 'main', ...load.look(), ...fleet.takeHeldBack(), ...(way && { wayMs: way.slowestMs() }) },
    ...ofReaders(),
  ])
}

export function connectorSampler(context: SamplerContext, connector: Connector): Sampler {
  return sampler(context, 'connector', EVERY_MS, async t => [await connector.sample(t)])
}

export function connectorsSampler(context: SamplerContext, cluster: ConnectorCluster): Sampler {
  return sampler(context, 'connectors', EVERY_MS, t => cluster.sample(t))
}

export function processorSampler(context: SamplerContext, processor: StatefulProcessor): Sampler {
  return sampler(context, 'processor', EVERY_MS, async t => [await processor.sample(t)])
}

export function regionsSampler(context: SamplerContext, regions: SecondRegion): Sampler {
  return sampler(context, 'regions', EVERY_MS, async t => [await regions.sample(t)])
}

/** The tail from the start; the recovery consumer only while it reads. */
export function consumerSampler(
  context: SamplerContext,
  sources: () => readonly (() => Promise<Omit<ConsumerSample, 't'>> | Omit<ConsumerSample, 't'>)[],
): Sampler {
  return sampler(context, 'consumers', EVERY_MS, async (t, late) => {
    const samples = await Promise.all(sources().map(async source => ({ t, ...(await source()) })))
    if (late.aborted) return []
    for (const sample of samples) context.live.consumers.set(sample.reader ?? sample.consumer, sample)
    return samples
  })
}

export function clusterSample(
  t: number,
  reading: ClusterReading,
  known: Readonly<Record<string, PartitionState>>,
): ClusterSample {
  const states = Object.values(reading.partitions)
  const changes = Object.fromEntries(
    Object.entries(reading.partitions).filter(
      ([name, state]) => JSON.stringify(known[name]) !== JSON.stringify(state),
    ),
  )
  return {
    t,
    answered: reading.answered,
    controller: reading.controller,
    underReplicated: states.filter(state => state.isr.length < state.replicas.length).length,
    offline: states.filter(state => state.leader < 0).length,
    ...(Object.keys(changes).length > 0 && { changes }),
  }
}
