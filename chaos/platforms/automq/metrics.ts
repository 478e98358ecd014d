/**
 * What is kept of AutoMQ's own metrics (`s3.telemetry.metrics.exporter.uri`), by the names seen on a running 1.7.3.
 * A scrape is 420 KB a node, so nobody asks for it each second. Pure text.
 */
export interface AutoMqMetric {
  readonly name: string
  readonly help: string
  /** Labels that are kept, in this order; samples that differ in others are taken together. */
  readonly labels?: readonly string[]
  /** Only samples that say this. */
  readonly where?: Readonly<Record<string, string>>
  /** `largest`: every node says the same of the whole cluster. @default 'sum' */
  readonly together?: 'sum' | 'largest'
}

/** A scrape is 420 KB and costs the broker CPU that the measurement needs. */
export const AUTOMQ_METRICS_EVERY_MS = 10_000

/** Those that reports show; their meaning is below. */
export const AUTOMQ_WAL_PENDING = 'kafka_stream_wal_pending_upload_bytes'
export const AUTOMQ_UPLOADED = 'kafka_stream_upload_size_bytes_total'
export const AUTOMQ_DOWNLOADED = 'kafka_stream_download_size_bytes_total'
export const AUTOMQ_ROUTED = 'kafka_zonerouter_router_bytes_total'

export const AUTOMQ_METRICS: readonly AutoMqMetric[] = [
  {
    name: AUTOMQ_WAL_PENDING,
    help: 'Acknowledged bytes that are in the write-ahead log and not yet uploaded as objects.',
  },
  {
    name: 'kafka_stream_delta_wal_cache_size_bytes',
    help: 'Records that are kept in memory because they are not uploaded yet.',
  },
  { name: 'kafka_stream_block_cache_size_bytes', help: 'Records in memory that were read from the store.' },
  { name: AUTOMQ_UPLOADED, help: 'Bytes sent to the object store.' },
  { name: AUTOMQ_DOWNLOADED, help: 'Bytes read from the object store.' },
  {
    name: 'kafka_stream_operation_latency_count',
    help: 'Requests to the object store; retries inside its client may not be counted.',
    labels: ['operation_name', 'status'],
    where: { operation_type: 'S3Request' },
  },
  { name: AUTOMQ_ROUTED, help: 'Bytes that the zone router passed on.' },
  { name: 'kafka_broker_active_count', help: 'Brokers that serve.', together: 'largest' },
  { name: 'kafka_broker_fenced_count', help: 'Brokers that are fenced.', together: 'largest' },
  { name: 'kafka_controller_active_count', help: '1 on the active controller.', together: 'largest' },
]

const BY_NAME = new Map(AUTOMQ_METRICS.map(metric => [metric.name, metric]))

/** The metrics above, as `name` or `name{label="value",…}`. What a node does not serve is left out, never zero. */
export function parseAutoMqMetrics(text: string): Record<string, number> {
  const values: Record<string, number> = {}
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    const brace = line.indexOf('{')
    const metric = BY_NAME.get(line.slice(0, brace >= 0 && brace < space ? brace : space))
    if (!metric) continue
    const sample = sampleOf(line, metric.name)
    if (!sample) continue
    const { labels, value } = sample
    if (Object.entries(metric.where ?? {}).some(([name, wanted]) => labels.get(name) !== wanted)) continue
    const key = keyOf(metric, labels)
    const before = values[key]
    if (before === undefined) values[key] = value
    else values[key] = metric.together === 'largest' ? Math.max(before, value) : before + value
  }
  return values
}

interface Sample {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

/** `name{a="1",b="x y"} 12.5 1700000000000`: labels and the time may be absent. */
function sampleOf(line: string, name: string): Sample | undefined {
  const rest = line.slice(name.length)
  const labels = new Map<string, string>()
  let end = 0
  if (rest.startsWith('{')) {
    const label = /[{,]\s*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/gy
    for (let match = label.exec(rest); match; match = label.exec(rest)) {
      labels.set(match[1] as string, match[2] as string)
      end = label.lastIndex
    }
    const close = /,?\s*\}/y
    close.lastIndex = Math.max(end, 1)
    if (!close.test(rest)) return undefined
    end = close.lastIndex
  }
  const number = /^\s+(\S+)(?:\s+\d+)?\s*$/.exec(rest.slice(end))
  const value = Number(number?.[1])
  return number && Number.isFinite(value) ? { labels, value } : undefined
}

function keyOf(metric: AutoMqMetric, labels: ReadonlyMap<string, string>): string {
  const kept = (metric.labels ?? []).flatMap(name => {
    const value = labels.get(name)
    return value === undefined ? [] : [`${name}="${value}"`]
  })
  return kept.length > 0 ? `${metric.name}{${kept.join(',')}}` : metric.name
}
