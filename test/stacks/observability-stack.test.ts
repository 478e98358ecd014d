import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import type { FleetSample } from '../../chaos/record/samples.ts'
import { ShardOutlet } from '../../chaos/run/shard-outlet.ts'
import { FLEET_METRICS } from '../../lib/observability-stack.ts'
import { matchesSnapshot } from './snapshot.ts'
import { changed, flat, resourcesOf, shipped, templateOf } from './synthesized.ts'

describe('the observability stack', function () {
  this.timeout(60_000)

  it('has an alarm for each zone that stops experiments, made of those of its shards and volumes', () => {
    const { fleet } = shipped('kafka').config
    const { observability, simulator } = changed('kafka', { fleet: { ...fleet, shardsPerZone: 20 } })
    const signals = FLEET_METRICS.filter(metric => metric.stop).length
    const alarms = Object.entries(resourcesOf(observability, 'AWS::CloudWatch::Alarm'))
    assert.equal(alarms.length, signals * simulator.shards.length + 3)
    const stops = Object.values(resourcesOf(observability, 'AWS::CloudWatch::CompositeAlarm'))
    assert.deepEqual(
      stops.map(({ Properties }) => Properties.AlarmName),
      ['az-a', 'az-b', 'az-c'].map(zone => `aftershock-kafka-stop-${zone}`),
    )
    for (const [id, { Properties }] of alarms) {
      const [{ Value: of } = { Value: '' }] = Properties.Dimensions as { Value: string }[]
      const [zone] = /az-./.exec(of) ?? [{ 'kafka-1': 'az-a', 'kafka-2': 'az-b', 'kafka-3': 'az-c' }[of]]
      const within = stops.filter(stop => JSON.stringify(stop.Properties.AlarmRule).includes(`"${id}"`))
      assert.deepEqual(
        within.map(stop => stop.Properties.AlarmName),
        [`aftershock-kafka-stop-${zone}`],
      )
    }
    // A composite alarm has at most 100 children.
    assert.ok(alarms.length / stops.length <= 100)
  })

  it('lets a zone fall silent that an experiment cuts, and no other', () => {
    const { observability } = shipped('kafka')
    const names = (cut: string | null) => {
      const conditions = observability.stopConditions(cut)
      return [...observability.stopIn].filter(([, alarm]) => conditions.includes(alarm)).map(([zone]) => zone)
    }
    assert.deepEqual(names(null), ['az-a', 'az-b', 'az-c'])
    assert.deepEqual(names('az-b'), ['az-a', 'az-c'])
  })

  it('refuses an experiment that nobody could watch: one that cuts the only way to CloudWatch', () => {
    const { observability, network } = shipped('lab')
    const endpoints = Object.values(resourcesOf(network, 'AWS::EC2::VPCEndpoint'))
    const within = endpoints.flatMap(({ Properties }) => (Properties.SubnetIds ?? []) as unknown[])
    assert.ok(within.length > 0)
    for (const subnet of within) assert.match(flat(subnet), /clientsSubnet1/)
    assert.throws(() => observability.stopConditions('az-a'), /az-a has the only endpoints of lab/)
    assert.equal(observability.stopConditions('az-b').length, 2)
    assert.equal(observability.stopConditions(null).length, 3)
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

  it('stops before a disk is full, on each node that has one and says so', () => {
    for (const name of ['kafka', 'automq'] as const) {
      const { cluster, observability } = shipped(name)
      const alarms = Object.values(resourcesOf(observability, 'AWS::CloudWatch::Alarm'))
      const watched = alarms
        .filter(({ Properties }) => Properties.MetricName === 'DataVolumeUsed')
        .map(({ Properties }) => (Properties.Dimensions as { Value: string }[])[0]?.Value)
      const saying = Object.values(resourcesOf(cluster, 'AWS::SSM::Parameter'))
        .map(({ Properties }) => flat(Properties.Value))
        .filter(env => /^METRIC_NAMESPACE='Aftershock\/\w+'$/m.test(env) && /^VOLUME_ID='.+'$/m.test(env))
        .map(env => /^NODE_NAME='(.*)'$/m.exec(env)?.[1])
      assert.deepEqual(watched, saying)
      assert.equal(watched.length, 3)
    }
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
    assert.match(
      readFileSync(packageFile('lib', 'assets', 'bootstrap', 'bootstrap.sh'), 'utf8'),
      /DataVolumeUsed/,
    )
    assert.deepEqual(new Set(shown), new Set([...(minute ?? []), 'DataVolumeUsed']))
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
