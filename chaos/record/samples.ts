import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { partitionState } from '../core/partition-state.ts'
import { toolSample } from './tool-samples.ts'

/**
 * Probes and meters as time series: `samples/<name>.jsonl`, one JSON document a line. `t` is as in the
 * histories. A sampler that could not ask writes nothing: a hole in the times is a hole in the evidence.
 */
const t = z.number()
const count = z.number()

const latency = z
  .object({ n: count, p50: count, p95: count, p99: count, max: count })
  .describe(
    'Milliseconds from the intended send time to the acknowledgement (no coordinated omission), without records of wrong clocks.',
  )

/** Counts within the sample's interval. */
const fleetCounts = z.object({
  due: count.describe('Records that became due.'),
  acked: count,
  failed: count,
  unknown: count,
  dropped: count.describe('Records thrown away at the edge.'),
  refused: count
    .exactOptional()
    .describe('Records given up because the broker refused them for what they are. Absent in older runs.'),
  wrongClocks: count
    .exactOptional()
    .describe(
      'Of the acknowledged, records of devices whose clock is wrong: no latency is taken of them. Absent in older runs.',
    ),
  sends: count.describe('Produce requests.'),
  deviceConnects: count.describe('Sessions that devices opened, or tried to open, with their gateways.'),
  sessionsLost: count
    .exactOptional()
    .describe('Devices that lost their session. It, and the next three, are absent in older runs.'),
  sessionsOpened: count.exactOptional().describe('Devices that got a session.'),
  sessionsRefused: count
    .exactOptional()
    .describe('Attempts that a gateway refused because more came than it could accept.'),
  sessions: count
    .exactOptional()
    .describe('Devices that have a session now. Not a count within the interval.'),
  brokerConnects: count.describe('TCP connections that gateways opened, or tried to open, to brokers.'),
  buffered: count.describe('Records waiting at the edge now. Not a count within the interval.'),
})
const waiting = z.object({
  overdue: count.describe('How many have been due for over a second.'),
  overdueByZone: z
    .record(z.string(), count)
    .exactOptional()
    .describe('The same by the zone of their devices. Absent in older runs.'),
  oldestMs: z.record(z.string(), count).describe('By topic the age of the oldest.'),
})
const fleet = z.object({
  t,
  intervalMs: count,
  ...fleetCounts.shape,
  latency,
  byZone: z.record(z.string(), z.object({ ...fleetCounts.shape, latency })),
  waiting: waiting.exactOptional().describe('What is not acknowledged yet. Absent in older runs.'),
  loopDelayMs: count.describe(
    'The worst delay of the load generator’s own event loop in the interval: is the tool the bottleneck?',
  ),
})

const cluster = z.object({
  t,
  answered: z.array(count).describe('Nodes that answered in time.'),
  controller: count.nullable().describe('The leader of the KRaft quorum; null when no answer named one.'),
  underReplicated: count.describe('Partitions of user topics with fewer in-sync replicas than replicas.'),
  offline: count.describe('Partitions without a leader.'),
  changes: z
    .record(z.string(), partitionState)
    .exactOptional()
    .describe('By `topic/partition`: what changed since the line before; the first line has all.'),
})

const linkCounters = z.record(z.string(), z.tuple([count, count]))
const links = z.object({
  t,
  links: linkCounters.describe('Bytes since the lab started, by link: [to the node, back].'),
  probes: linkCounters
    .exactOptional()
    .describe('The part of it that this program’s own probes moved; absent where it was not told apart.'),
})

const consumers = z.object({
  t,
  consumer: z.enum(['tail', 'recovery']),
  reader: z
    .string()
    .optional()
    .describe(
      'Which recovery consumer, by its shard. Absent of the tail, and in older runs, which have one.',
    ),
  records: count.describe('Read since the consumer started.'),
  bytes: count,
  lagRecords: count
    .nullable()
    .describe('Between the position and the high watermark over all partitions; null when not known.'),
  lagSeconds: count
    .nullable()
    .describe('Age of the oldest record not yet read (0 when caught up); null when not known.'),
})

const nodes = z.object({
  t,
  node: count,
  state: z
    .enum(['running', 'stopped', 'absent'])
    .describe('`absent` when there is no such process, `stopped` when it was sent SIGSTOP.'),
  cpuSeconds: count.nullable().describe('Of the process so far; null when not known.'),
  residentBytes: count.nullable(),
  pssBytes: count
    .nullable()
    .exactOptional()
    .describe(
      'Proportional set size, where it was sampled: memory that is mapped several times counts once.',
    ),
  readBytes: count.nullable().exactOptional().describe('What the process read, from wherever, so far.'),
  diskReadBytes: count.nullable().exactOptional().describe('Of that, what came from the disk.'),
  segmentBytes: count
    .nullable()
    .exactOptional()
    .describe(
      'Of the segments of user topics on its disk, whether it runs or not; looked at every 10 s, and null between. ' +
        'The last value of every node is what brokers kept.',
    ),
})

const brokerMetrics = z.object({
  t,
  node: count,
  metrics: z
    .record(z.string(), count)
    .describe('By the names of `platforms/kafka/metrics.ts`, with their labels.'),
})

const localLog = z.object({
  t,
  starts: z
    .record(z.string(), count)
    .describe(
      'By `topic/partition`: the first offset on its leader’s own disk. What is older is in the tier.',
    ),
  uploaded: z
    .record(z.string(), count)
    .exactOptional()
    .describe(
      'The last offset that is in the tier, -1 where nothing is; left out where the leader did not say.',
    ),
  pendingMs: z
    .record(z.string(), count)
    .exactOptional()
    .describe('How long ago the oldest closed segment was closed that is not in the tier.'),
})

const cleaners = z.object({
  t,
  cleaned: z
    .record(z.string(), count)
    .describe(
      'By `topic/partition`: up to which offset a log cleaner has compacted it, on the replica where it came furthest. ' +
        'Below that, superseded records may be gone.',
    ),
})

const objectOperationCounts = z.object({
  requests: count,
  failed: count.describe(
    'Answered with an error or not at all; that there is no such object (404) is no error.',
  ),
  toStoreBytes: count,
  fromStoreBytes: count,
})
const objectStore = z.object({
  t,
  zones: z
    .record(z.string(), z.record(z.string(), objectOperationCounts))
    .describe('What each zone’s way to the store has counted since the run began, by operation.'),
  storedBytes: count.nullable().describe('Of all objects in the store now; null when not known.'),
})

const machine = z.object({
  t,
  busy: count
    .nullable()
    .describe('Of all CPUs’ time since the sample before, the part that was not idle; null in the first.'),
  load1: count.describe('The system’s load average over one minute.'),
  pageCacheBytes: count
    .nullable()
    .exactOptional()
    .describe(
      'Of files, kept in memory by the kernel for whoever reads them; null where it does not tell. It, and the next, are ' +
        'absent in older runs.',
    ),
  dirtyBytes: count
    .nullable()
    .exactOptional()
    .describe('Of files, written into memory and not yet to the disk.'),
})

const connector = z.object({
  t,
  connector: z
    .string()
    .nullable()
    .describe('Kafka Connect’s word, e.g. `RUNNING`; null when the worker did not answer in time.'),
  tasks: z.array(z.string()),
  lines: count.describe('Whole lines of the sink’s file, a record each.'),
  bytes: count,
})

const byPartition = z.record(z.string(), count)
const connectors = z.object({
  t,
  connector: z.string(),
  state: z
    .string()
    .nullable()
    .describe(
      'Kafka Connect’s word for the connector, e.g. `RUNNING`; null when no worker answered in time.',
    ),
  tasks: z
    .array(z.object({ id: count, state: z.string(), worker: count.nullable() }))
    .describe('Its tasks as a worker says it that answered; a dead worker’s may read RUNNING for 20 s.'),
  committed: byPartition
    .nullable()
    .describe(
      'By `topic/partition`: the next offset that the sink would read; null when no broker answered.',
    ),
  ends: byPartition.nullable().describe('By `topic/partition`: the high watermark.'),
  rows: count.nullable().describe('Of its table; null when the database did not answer.'),
  writes: count
    .nullable()
    .describe(
      'Rows that it inserted or updated so far, by the database’s own counters, which come a second late.',
    ),
  sessions: byPartition.describe('Sessions with the database, by the number of the worker that opened them.'),
  generation: count
    .nullable()
    .describe('Of its consumer group, as its workers’ logs last named it: it grows with each rebalance.'),
})

const processor = z.object({
  t,
  instances: z
    .array(
      z.object({
        node: count,
        state: z
          .string()
          .nullable()
          .describe('Its own word, e.g. `RUNNING` or `REBALANCING`; null when it did not answer in time.'),
        active: z.array(count).describe('Partitions that it processes.'),
        standby: z.array(count).describe('Partitions whose state it keeps a copy of.'),
        stateBytes: count.describe('Of its folder of state.'),
      }),
    )
    .describe('Each instance, asked directly.'),
  members: byPartition
    .nullable()
    .describe('Members of its group by instance, as the brokers say it; null when none answered.'),
  committed: byPartition
    .nullable()
    .describe('By `topic/partition`: the next offset that it would read; null when no broker answered.'),
  ends: byPartition.nullable().describe('By `topic/partition`: the high watermark.'),
})

const regions = z.object({
  t,
  answered: z.array(count).describe('Brokers of region b that answered in time.'),
  ends: byPartition.nullable().describe('By `topic/partition` of region b: the high watermark.'),
  mirror: z
    .record(z.string(), z.string().nullable())
    .describe('What the worker says of each connector of the mirror; null: it does not answer.'),
})

/** Every series: `samples/<name>.jsonl`, how often, and what it holds. */
export const SERIES = {
  fleet: { schema: fleet, everyMs: 1000, what: 'the fleet’s sends and waiting records' },
  cluster: {
    schema: cluster,
    everyMs: 250,
    what: 'what the brokers themselves say of leaders and replicas, each asked directly',
  },
  links: {
    schema: links,
    everyMs: 1000,
    what: 'bytes by link, from the kernel’s sockets: short connections may be missed',
  },
  consumers: { schema: consumers, everyMs: 1000, what: 'each consumer’s progress and lag' },
  nodes: { schema: nodes, everyMs: 1000, what: 'the broker processes as the operating system sees them' },
  'broker-metrics': {
    schema: brokerMetrics,
    everyMs: 1000,
    what: 'what each broker says of itself; less often on AutoMQ',
  },
  machine: {
    schema: machine,
    everyMs: 1000,
    what: 'what the machine on which everything ran had left: with no CPU idle, times are the machine’s own',
  },
  tool: {
    schema: toolSample,
    everyMs: 1000,
    what: 'what this program’s own threads had to do: whether they were in the way of what they measure',
  },
  'local-log': {
    schema: localLog,
    everyMs: 1000,
    what: 'where closed segments go to a tier: what is left of them',
  },
  cleaners: {
    schema: cleaners,
    everyMs: 1000,
    what: 'where brokers keep logs on disks: how far compaction came',
  },
  'object-store': {
    schema: objectStore,
    everyMs: 1000,
    what: 'where there is an object store: its requests',
  },
  connector: { schema: connector, everyMs: 1000, what: 'where the drill has one: its worker and its sink' },
  connectors: {
    schema: connectors,
    everyMs: 1000,
    what: 'where the drill has a cluster of Connect workers: each sink, its tasks, offsets and rows',
  },
  processor: {
    schema: processor,
    everyMs: 1000,
    what: 'where the drill has a stateful processor: its instances, its group and its offsets',
  },
  regions: {
    schema: regions,
    everyMs: 1000,
    what: 'where the drill has two regions: the second cluster, and the mirror into it',
  },
  'cluster-b': {
    schema: cluster,
    everyMs: 250,
    what: 'where a fault touches region b: what its brokers say, as in `cluster`',
  },
  'links-b': {
    schema: links,
    everyMs: 1000,
    what: 'where a fault touches region b: bytes by link of it, as in `links`',
  },
} as const
export type SeriesName = keyof typeof SERIES
export type Sample<N extends SeriesName> = Immutable<z.output<(typeof SERIES)[N]['schema']>>

/** `samples/link-totals.json`: both meters at the end of the run. */
export const linkTotals = z.object({
  t,
  live: linkCounters.nullable().describe('As in `links.jsonl`.'),
  exact: linkCounters
    .nullable()
    .describe('Toxiproxy’s own counters after every connection was ended; null where that was not possible.'),
})

export type LatencySummary = Immutable<z.output<typeof latency>>
export type FleetCounts = Immutable<z.output<typeof fleetCounts>>
export type WaitingRecords = Immutable<z.output<typeof waiting>>
export type FleetSample = Sample<'fleet'>
export type ClusterSample = Sample<'cluster'>
export type LinkSample = Sample<'links'>
export type LinkTotals = Immutable<z.output<typeof linkTotals>>
export type ConsumerSample = Sample<'consumers'>
export type NodeSample = Sample<'nodes'>
export type BrokerMetricsSample = Sample<'broker-metrics'>
export type LocalLogSample = Sample<'local-log'>
export type CleanerSample = Sample<'cleaners'>
export type ObjectStoreSample = Sample<'object-store'>
export type ObjectOperationCounts = Immutable<z.output<typeof objectOperationCounts>>
export type MachineSample = Sample<'machine'>
export type ConnectorSample = Sample<'connector'>
export type ConnectorsSample = Sample<'connectors'>
export type ProcessorSample = Sample<'processor'>
export type RegionsSample = Sample<'regions'>
