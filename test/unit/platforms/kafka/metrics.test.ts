import assert from 'node:assert/strict'
import { parse } from 'yaml'
import {
  BROKER_METRICS,
  jmxExporterConfig,
  parseBrokerMetrics,
} from '../../../../chaos/platforms/kafka/metrics.ts'

describe('the metrics of a broker', () => {
  it('are served by name: every MBean that is asked for has a rule, and no other is asked for', () => {
    const config = parse(jmxExporterConfig()) as {
      includeObjectNames: string[]
      rules: { name: string; pattern: string }[]
    }
    assert.deepEqual(new Set(config.includeObjectNames), new Set(BROKER_METRICS.map(metric => metric.mbean)))
    assert.deepEqual(
      config.rules.map(rule => rule.name),
      BROKER_METRICS.map(metric => metric.name),
    )
  })

  it('are matched as the exporter spells an attribute', () => {
    const { rules } = parse(jmxExporterConfig()) as { rules: { name: string; pattern: string }[] }
    const patternOf = (name: string) => rules.find(rule => rule.name === name)?.pattern
    assert.equal(patternOf('jvm_heap_used_bytes'), 'java.lang<type=Memory><HeapMemoryUsage>used')
    assert.equal(
      patternOf('broker_log_size_bytes'),
      'kafka.log<type=Log, name=Size, topic=(.+), partition=(.+)><>Value',
    )
  })

  it('are read back with their labels; what was not asked for, comments and broken lines are left out', () => {
    const text = [
      '# HELP broker_leader_count Partitions led here.',
      'broker_leader_count 6.0',
      'broker_log_size_bytes{partition="0",topic="telemetry"} 2568.0',
      'jvm_classes_loaded_total 7960.0',
      'jvm_gc_collection_seconds_sum{gc="G1 Young Generation",} 0.105',
      'broker_leader_count',
      'controller_active NaN',
    ].join('\n')
    assert.deepEqual(parseBrokerMetrics(text), {
      broker_leader_count: 6,
      'broker_log_size_bytes{partition="0",topic="telemetry"}': 2568,
      'jvm_gc_collection_seconds_sum{gc="G1 Young Generation"}': 0.105,
    })
  })
})
