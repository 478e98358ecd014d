import type { PartitionState } from '../core/partition-state.ts'

/**
 * Probes and meters as time series: `samples/<name>.jsonl`, one JSON document a line. `t` is as in the
 * histories. A sampler that could not ask writes nothing: a hole in the times is a hole in the evidence.
 */

/** Percentiles in milliseconds, from the intended send time to the acknowledgement (no coordinated omission). */
export interface LatencySummary {
  readonly n: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Counts within the sample's interval. */
export interface FleetCounts {
  /** Records that became due. */
  readonly due: number
  readonly acked: number
  readonly failed: number
  readonly unknown: number
  /** Records thrown away at the edge. */
  readonly dropped: number
  /** Records given up because the broker refused them for what they are. Absent in runs from before that. */
  readonly refused?: number
  /** Produce requests. */
  readonly sends: number
  /** Sessions that devices opened, or tried to open, with their gateways. */
  readonly deviceConnects: number
  /** TCP connections that gateways opened, or tried to open, to brokers. */
  readonly brokerConnects: number
  /** Records waiting at the edge now. Not a count within the interval. */
  readonly buffered: number
}

/** By topic the age of the oldest record that is not acknowledged; and how many have been due for over a second. */
export interface WaitingRecords {
  readonly overdue: number
  readonly oldestMs: Readonly<Record<string, number>>
}

/** `samples/fleet.jsonl`, every second. */
export interface FleetSample extends FleetCounts {
  readonly t: number
  readonly intervalMs: number
  readonly latency: LatencySummary
  readonly byZone: Readonly<Record<string, FleetCounts & { readonly latency: LatencySummary }>>
  /** What is not acknowledged yet. Absent in samples of before it was looked at. */
  readonly waiting?: WaitingRecords
  /** The worst delay of the load generator's own event loop in the interval: is the tool the bottleneck? */
  readonly loopDelayMs: number
}

/** `samples/cluster.jsonl`, every 250 ms: what the brokers themselves say, each asked directly. */
export interface ClusterSample {
  readonly t: number
  /** Nodes that answered in time. */
  readonly answered: readonly number[]
  /** The leader of the KRaft quorum, or null when no answer named one. */
  readonly controller: number | null
  /** Partitions of user topics whose in-sync replicas are fewer than their replicas. */
  readonly underReplicated: number
  /** Partitions without a leader. */
  readonly offline: number
  /** Partitions that changed since the line before; the first line has all. Keys are `topic/partition`. */
  readonly changes?: Readonly<Record<string, PartitionState>>
}

/**
 * `samples/links.jsonl`, every second: bytes since the lab started, per link id, towards the node and back.
 * Read from the kernel's sockets (`ss`), so short connections may be missed; exact totals are in
 * `samples/link-totals.json`.
 */
export interface LinkSample {
  readonly t: number
  readonly links: Readonly<Record<string, readonly [toNode: number, back: number]>>
  /** The part of `links` that this program's own probes moved; absent where it was not told apart. */
  readonly probes?: Readonly<Record<string, readonly [toNode: number, back: number]>>
}

/** `samples/link-totals.json`: both meters at the end of the run, and how they were read. */
export interface LinkTotals {
  readonly t: number
  readonly live: Readonly<Record<string, readonly [toNode: number, back: number]>> | null
  /** Toxiproxy's own counters after every connection was ended; null where that was not possible. */
  readonly exact: Readonly<Record<string, readonly [toNode: number, back: number]>> | null
}

/** `samples/consumers.jsonl`, every second and consumer. */
export interface ConsumerSample {
  readonly t: number
  readonly consumer: 'tail' | 'recovery'
  /** Records read since the consumer started. */
  readonly records: number
  readonly bytes: number
  /** Records between the position and the high watermark over all partitions; null when not known. */
  readonly lagRecords: number | null
  /** Age in seconds of the oldest record not yet read (0 when caught up); null when not known. */
  readonly lagSeconds: number | null
}

/** `samples/nodes.jsonl`, every second: the broker processes as the operating system sees them. */
export interface NodeSample {
  readonly t: number
  readonly node: number
  /** `absent` when there is no such process, `stopped` when it was sent SIGSTOP. */
  readonly state: 'running' | 'stopped' | 'absent'
  /** CPU seconds of the process so far; null when not known. */
  readonly cpuSeconds: number | null
  readonly residentBytes: number | null
  /** Proportional set size, where it was sampled: memory that is mapped several times counts once. */
  readonly pssBytes?: number | null
  /** Bytes that the process read, from wherever, so far; and of those the ones that came from the disk. */
  readonly readBytes: number | null
  readonly diskReadBytes: number | null
  /**
   * Of the segments of user topics on its disk, whether it runs or not; looked at every 10 s, and null between. The
   * last value of every node is what brokers kept.
   */
  readonly segmentBytes?: number | null
}

/**
 * `samples/broker-metrics.jsonl`, every second and node that answered: what the broker says of itself, through the
 * Prometheus JMX exporter. Names are those of `platforms/broker-metrics.ts`, with their labels.
 */
export interface BrokerMetricsSample {
  readonly t: number
  readonly node: number
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * `samples/local-log.jsonl`, every second, where closed segments go to a tier: by `topic/partition`, what its leader says
 * is the first offset on its own disk. What is older can only have come from the tier.
 */
export interface LocalLogSample {
  readonly t: number
  readonly starts: Readonly<Record<string, number>>
  /** The last offset that is in the tier, -1 where nothing is; partitions whose leader did not say are left out. */
  readonly uploaded?: Readonly<Record<string, number>>
  /** Of those: how long ago the oldest closed segment was closed that is not in the tier; left out where there is none. */
  readonly pendingMs?: Readonly<Record<string, number>>
}

/**
 * `samples/cleaners.jsonl`, every second, where brokers keep their logs on disks: by `topic/partition`, up to which offset
 * a log cleaner has compacted it, on the replica where it came furthest. Below that, superseded records may be gone.
 */
export interface CleanerSample {
  readonly t: number
  readonly cleaned: Readonly<Record<string, number>>
}

/**
 * `samples/object-store.jsonl`, every second, when there is an object store: what each zone's way to it has
 * counted since the run began, by operation (`PutObject`, `UploadPart`, `GetObject`, …).
 */
export interface ObjectStoreSample {
  readonly t: number
  readonly zones: Readonly<Record<string, Readonly<Record<string, ObjectOperationCounts>>>>
  /** Bytes of all objects in the store now; null when not known. */
  readonly storedBytes: number | null
}
export interface ObjectOperationCounts {
  readonly requests: number
  /** Of these, answered with an error or not at all; that there is no such object (404) is no error. */
  readonly failed: number
  readonly toStoreBytes: number
  readonly fromStoreBytes: number
}

/**
 * `samples/machine.jsonl`, every second: what the machine on which everything ran had left. The fleet, the brokers, the
 * proxies and the store share its CPUs: when none is idle, times are the machine's and not the platform's.
 */
export interface MachineSample {
  readonly t: number
  /** Of all CPUs' time since the sample before, the part that was not idle; null in the first. */
  readonly busy: number | null
  /** The system's load average over one minute. */
  readonly load1: number
}

/**
 * `samples/connector.jsonl`, every second, in runs with a connector: what its worker says, which may be seconds old, and
 * what its sink has, which is not.
 */
export interface ConnectorSample {
  readonly t: number
  /** Kafka Connect's word, e.g. `RUNNING`; null when the worker did not answer in time. */
  readonly connector: string | null
  readonly tasks: readonly string[]
  /** Whole lines of the sink's file, a record each. */
  readonly lines: number
  readonly bytes: number
}
