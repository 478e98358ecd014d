import { ValueType } from '@opentelemetry/api'
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
} from '@opentelemetry/sdk-metrics'
import { gauges, type OfRun } from './timed-values.ts'

/** The Collector’s `otlpjsonfile` receiver takes no line of a mebibyte or more (`max_log_size`). */
const POINTS_A_LINE = 1000

/**
 * All samples of a run as OTLP: JSON Lines, as the file exporter of OpenTelemetry writes them. Each line is an
 * `ExportMetricsServiceRequest`, which a Collector also takes as a POST. Names and labels are those of OpenMetrics.
 */
export async function* otlpLines(
  runDir: string,
  { program, ...run }: OfRun & { /** Its version. */ readonly program: string },
): AsyncGenerator<string> {
  const resource = resourceFromAttributes({
    'service.name': 'aftershock',
    'service.version': program,
    'service.instance.id': run.run,
  })
  const startTime = hrTime(run.startedAtWallMs)
  let metrics = new Map<string, DataPoint<number>[]>()
  let points = 0
  const line = () => {
    const request = {
      resource,
      scopeMetrics: [{ scope: { name: 'aftershock' }, metrics: asGauges(metrics) }],
    }
    metrics = new Map()
    points = 0
    return `${new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(request))}\n`
  }
  for await (const { metric, attributes, wallMs, value } of gauges(runDir, run)) {
    const ofMetric = metrics.get(metric) ?? []
    metrics.set(metric, ofMetric)
    ofMetric.push({ attributes, startTime, endTime: hrTime(wallMs), value })
    if (++points === POINTS_A_LINE) yield line()
  }
  if (points > 0) yield line()
}

const asGauges = (metrics: ReadonlyMap<string, DataPoint<number>[]>): GaugeMetricData[] =>
  [...metrics].map(([name, dataPoints]) => ({
    descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
    dataPointType: DataPointType.GAUGE,
    // A gauge has none; the serializer leaves it out.
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints,
  }))

/** Seconds and nanoseconds, exact to the microsecond. */
function hrTime(ms: number): [number, number] {
  const micros = Math.round(ms * 1000)
  return [Math.floor(micros / 1_000_000), (micros % 1_000_000) * 1000]
}
