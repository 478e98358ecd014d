/**
 * Which of a broker's MBeans the Prometheus JMX exporter serves, and under which names. Only named ones: a full
 * scrape every second costs CPU that the measurement needs. Pure text, shared by the lab and the stacks.
 */
export interface BrokerMetric {
  /** As it is served, and as it stands in the samples. */
  readonly name: string
  readonly help: string
  readonly mbean: string
  readonly attribute: string
  /** Labels that are kept, by the MBean's key. */
  readonly labels?: readonly string[]
}

const topicMetrics = (name: string) => `kafka.server:type=BrokerTopicMetrics,name=${name}`
const replicaManager = (name: string) => `kafka.server:type=ReplicaManager,name=${name}`
const controller = (name: string) => `kafka.controller:type=KafkaController,name=${name}`

/** Those that reports show. */
export const BROKER_REQUEST_QUEUE = 'broker_request_queue'
export const JVM_HEAP_USED = 'jvm_heap_used_bytes'
/** Seconds spent in collections so far, by collector (`gc`). The exporter serves it without being asked for an MBean. */
export const JVM_GC_SECONDS = 'jvm_gc_collection_seconds_sum'

export const BROKER_METRICS: readonly BrokerMetric[] = [
  {
    name: 'broker_log_size_bytes',
    help: 'Bytes of a partition’s log on this broker.',
    mbean: 'kafka.log:type=Log,name=Size,topic=*,partition=*',
    attribute: 'Value',
    labels: ['topic', 'partition'],
  },
  {
    name: 'broker_bytes_in_total',
    help: 'Bytes that producers sent.',
    mbean: topicMetrics('BytesInPerSec'),
    attribute: 'Count',
  },
  {
    name: 'broker_bytes_out_total',
    help: 'Bytes that consumers fetched.',
    mbean: topicMetrics('BytesOutPerSec'),
    attribute: 'Count',
  },
  {
    name: 'broker_replication_bytes_in_total',
    help: 'Bytes that this broker copied from leaders.',
    mbean: topicMetrics('ReplicationBytesInPerSec'),
    attribute: 'Count',
  },
  {
    name: 'broker_under_replicated_partitions',
    help: 'Partitions led here whose replicas are not all in sync.',
    mbean: replicaManager('UnderReplicatedPartitions'),
    attribute: 'Value',
  },
  {
    name: 'broker_isr_shrinks_total',
    help: 'Times a replica fell out of sync.',
    mbean: replicaManager('IsrShrinksPerSec'),
    attribute: 'Count',
  },
  {
    name: 'broker_leader_count',
    help: 'Partitions led here.',
    mbean: replicaManager('LeaderCount'),
    attribute: 'Value',
  },
  {
    name: 'broker_replica_max_lag_records',
    help: 'The largest lag of a replica here behind its leader.',
    mbean: 'kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica',
    attribute: 'Value',
  },
  {
    name: BROKER_REQUEST_QUEUE,
    help: 'Requests that no thread of the broker has taken up yet.',
    mbean: 'kafka.network:type=RequestChannel,name=RequestQueueSize',
    attribute: 'Value',
  },
  {
    name: 'controller_active',
    help: '1 on the active controller.',
    mbean: controller('ActiveControllerCount'),
    attribute: 'Value',
  },
  {
    name: 'controller_offline_partitions',
    help: 'Partitions without a leader, as this controller knows.',
    mbean: controller('OfflinePartitionsCount'),
    attribute: 'Value',
  },
  {
    name: 'controller_fenced_brokers',
    help: 'Brokers that are registered and fenced.',
    mbean: controller('FencedBrokerCount'),
    attribute: 'Value',
  },
  {
    name: JVM_HEAP_USED,
    help: 'Java heap in use.',
    mbean: 'java.lang:type=Memory',
    attribute: 'HeapMemoryUsage.used',
  },
]

/** Every name that stands in the samples. */
export const SAMPLED_NAMES: readonly string[] = [...BROKER_METRICS.map(({ name }) => name), JVM_GC_SECONDS]

/** The exporter's configuration file. */
export function jmxExporterConfig(): string {
  const objects = [...new Set(BROKER_METRICS.map(metric => metric.mbean))]
  const lines = [
    'startDelaySeconds: 0',
    'includeObjectNames:',
    ...objects.map(object => `  - ${JSON.stringify(object)}`),
    'rules:',
    ...BROKER_METRICS.flatMap(rule),
  ]
  return `${lines.join('\n')}\n`
}

/** The exporter matches `domain<key=value, ...><composite>attribute`. */
function rule({ name, help, mbean, attribute, labels = [] }: BrokerMetric): string[] {
  const [domain = '', keys = ''] = mbean.split(':')
  const dot = attribute.lastIndexOf('.')
  const composite = dot < 0 ? '' : attribute.slice(0, dot)
  const pattern = `${domain}<${keys.split(',').map(keyPattern).join(', ')}><${composite}>${attribute.slice(dot + 1)}`
  return [
    `  - pattern: ${JSON.stringify(pattern)}`,
    `    name: ${name}`,
    `    type: ${name.endsWith('_total') ? 'COUNTER' : 'GAUGE'}`,
    `    help: ${JSON.stringify(help)}`,
    ...(labels.length > 0 ? ['    labels:', ...labels.map((label, i) => `      ${label}: "$${i + 1}"`)] : []),
  ]
}

const keyPattern = (key: string) => (key.endsWith('=*') ? `${key.slice(0, -1)}(.+)` : key)

/** Samples of the exposition format: the names above only, labels as `name{topic="t",partition="0"}`. */
export function parseBrokerMetrics(text: string): Record<string, number> {
  const wanted = new Set(SAMPLED_NAMES)
  const values: Record<string, number> = {}
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(\{[^}]*\})? (\S+)$/.exec(line)
    if (!match || !wanted.has(match[1] as string)) continue
    const value = Number(match[3])
    if (Number.isFinite(value)) values[`${match[1]}${(match[2] ?? '').replace(/,\}$/, '}')}`] = value
  }
  return values
}
