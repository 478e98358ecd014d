import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import type { FleetSample } from '../../chaos/core/samples.ts'
import { ShardOutlet } from '../../chaos/run/shard-outlet.ts'
import { FLEET_METRICS } from '../../lib/observability-stack.ts'
import { matchesSnapshot } from './snapshot.ts'
import { resourcesOf, shipped, templateOf } from './synthesized.ts'

describe('the observability stack', function () {
  this.timeout(60_000)

  it('has one alarm that stops experiments, made of one for each shard and signal', () => {
    const { observability, simulator } = shipped('kafka')
    const signals = FLEET_METRICS.filter(metric => metric.stop).length
    const alarms = Object.keys(resourcesOf(observability, 'AWS::CloudWatch::Alarm'))
    assert.equal(alarms.length, signals * simulator.shards.length)
    const [stop] = Object.values(resourcesOf(observability, 'AWS::CloudWatch::CompositeAlarm'))
    for (const id of alarms) assert.ok(JSON.stringify(stop?.Properties.AlarmRule).includes(id))
  })

  it('stops when a shard falls silent, and when a device drops a record', () => {
    const template = templateOf(shipped('kafka').observability)
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'AckedRecords',
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'EdgeDroppedRecords',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    })
  })

  it('reads the namespace into which shards may publish', () => {
    templateOf(shipped('kafka').observability).allResourcesProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Aftershock/kafka',
    })
    templateOf(shipped('kafka').simulator).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'cloudwatch:PutMetricData',
            Condition: { StringEquals: { 'cloudwatch:namespace': 'Aftershock/kafka' } },
          }),
        ]),
      },
    })
  })

  it('shows nothing that no shard publishes', async () => {
    const [minute, ...more] = await published()
    assert.deepEqual(more, [])
    assert.deepEqual(new Set(FLEET_METRICS.map(({ name }) => name)), new Set(minute))
    const body = JSON.stringify(resourcesOf(shipped('kafka').observability, 'AWS::CloudWatch::Dashboard'))
    const shown = [...body.matchAll(/Aftershock\/kafka\\+",\\+"(\w+)/g)].map(([, name]) => name)
    assert.deepEqual(new Set(shown), new Set(minute))
  })

  it('names its dashboard, because a report of an experiment needs the name', () => {
    templateOf(shipped('kafka').observability).hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: 'aftershock-kafka',
    })
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('observability-stack', templateOf(shipped('kafka').observability))
  })
})

/** Names of the metrics of each minute, as a shard that acknowledged something publishes them. */
async function published(): Promise<string[][]> {
  const minutes: string[][] = []
  const outlet = new ShardOutlet({
    shard: 'fleet-az-a-1',
    env: { METRIC_NAMESPACE: 'Aftershock/kafka' },
    progress: () => {},
    aws: args => {
      const data = JSON.parse(args[args.indexOf('--metric-data') + 1] ?? '[]') as { MetricName: string }[]
      minutes.push(data.map(({ MetricName }) => MetricName))
      return Promise.resolve()
    },
  })
  const latency = { n: 1, p50: 1, p95: 1, p99: 1, max: 1 }
  outlet.add({ t: 1, acked: 1, dropped: 0, unknown: 0, latency } as FleetSample)
  await outlet.close('/shards/one')
  return minutes
}
