import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { parseAutoMqMetrics } from '../../../../chaos/platforms/automq/metrics.ts'

const SCOPE = 'otel_scope_name="automq_for_kafka",otel_scope_version=""'

const SCRAPE = `# HELP kafka_stream_upload_size_bytes_total upload size
# TYPE kafka_stream_upload_size_bytes_total counter
kafka_stream_upload_size_bytes_total{${SCOPE}} 1048576.0
kafka_stream_download_size_bytes_total{${SCOPE}} 2.5E3 1795456123000
kafka_stream_wal_pending_upload_bytes{${SCOPE}} 0.0
kafka_stream_operation_latency_count{${SCOPE},operation_name="put_object",operation_type="S3Request",size="1KB",status="success"} 10.0
kafka_stream_operation_latency_count{${SCOPE},operation_name="put_object",operation_type="S3Request",size="1MB",status="success"} 5.0
kafka_stream_operation_latency_count{${SCOPE},operation_name="put_object",operation_type="S3Request",size="1MB",status="failed"} 2.0
kafka_stream_operation_latency_count{${SCOPE},operation_name="append",operation_type="S3Stream",status="success"} 900.0
kafka_stream_operation_latency_bucket{operation_name="put_object",operation_type="S3Request",le="1.0"} 7.0
kafka_broker_active_count{state="a, b} c"} 3
kafka_broker_active_count 2
kafka_controller_active_count 1
kafka_zonerouter_router_bytes_total{type="in"} 40
kafka_zonerouter_router_bytes_total{type="out"} 2
`

describe('the metrics of AutoMQ', () => {
  it('are those that are kept, under their names and the labels that matter', () => {
    assert.deepEqual(parseAutoMqMetrics(SCRAPE), {
      kafka_stream_upload_size_bytes_total: 1048576,
      kafka_stream_download_size_bytes_total: 2500,
      kafka_stream_wal_pending_upload_bytes: 0,
      'kafka_stream_operation_latency_count{operation_name="put_object",status="success"}': 15,
      'kafka_stream_operation_latency_count{operation_name="put_object",status="failed"}': 2,
      kafka_broker_active_count: 3,
      kafka_controller_active_count: 1,
      kafka_zonerouter_router_bytes_total: 42,
    })
  })

  it('leaves out what a node does not serve, instead of making it zero', () => {
    assert.deepEqual(parseAutoMqMetrics('kafka_network_request_count_total 5\n'), {})
    assert.deepEqual(parseAutoMqMetrics(''), {})
  })

  it('leaves out what is no number, and lines that are cut off', () => {
    const lines = [
      'kafka_stream_upload_size_bytes_total NaN',
      'kafka_stream_download_size_bytes_total{a="1',
      'kafka_stream_wal_pending_upload_bytes{a="1"}',
      'kafka_stream_block_cache_size_bytes',
      '{a="1"} 5',
    ]
    assert.deepEqual(parseAutoMqMetrics(lines.join('\n')), {})
  })

  it('reads a scrape of the size of a real one without keeping the rest of it', () => {
    const other = Array.from({ length: 4000 }, (_, index) => `kafka_other_${index}{${SCOPE}} ${index}`)
    assert.deepEqual(
      parseAutoMqMetrics(`${other.join('\n')}\n${SCRAPE}\n${other.join('\n')}`),
      parseAutoMqMetrics(SCRAPE),
    )
  })
})
