import assert from 'node:assert/strict'
import type { Stack } from 'aws-cdk-lib'
import { describe, it } from 'mocha'
import type { FleetSample } from '../../chaos/record/samples.ts'
import { ShardOutlet } from '../../chaos/run/shard-outlet.ts'
import { bootstrapScript } from '../../lib/constructs/bootstrap-script.ts'
import { FLEET_METRICS } from '../../lib/observability-stack.ts'
import { matchesSnapshot } from './snapshot.ts'
import { changed, flat, resourcesOf, shipped, statementsOf, templateOf } from './synthesized.ts'

describe('the observability stack', function () {
  this.timeout(60_000)

  it('has an alarm for each zone that stops experiments, made of those of its shards and volumes', () => {
    const { fleet } = shipped('kafka').config
    const { observability, simulator } = changed('kafka', { fleet: { ...fleet, shardsPerZone: 16 } })
    const signals = FLEET_METRICS.filter(metric => metric.stop).length
    const alarms = Object.entries(resourcesOf(observability, 'AWS::CloudWatch::Alarm'))
    assert.equal(alarms.length, signals * simulator.shards.length + 6)
    const stops = Object.values(resourcesOf(observability, 'AWS::CloudWatch::CompositeAlarm'))
    assert.deepEqual(
      stops.map(({ Properties }) => Properties.AlarmName),
      ['az-a', 'az-b', 'az-c'].map(zone => `aftershock-kafka-stop-${zone}`),
    )
    for (const [id, { Properties }] of alarms) {
      const [{ Value: of } = { Value: '' }] = Properties.Dimensions as { Value: string }[]
      const [zone] = /az-./.exec(of) ?? [`az-${'abc'[Number(of.at(-1)) - 1]}`]
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

  it('can be watched whichever zone is cut: with one endpoint too, since that is in a subnet that no cut reaches', () => {
    const { observability, network } = shipped('lab')
    const endpoints = Object.values(resourcesOf(network, 'AWS::EC2::VPCEndpoint'))
    const within = endpoints.flatMap(({ Properties }) => (Properties.SubnetIds ?? []) as unknown[])
    assert.ok(within.length > 0)
    for (const subnet of within) assert.match(flat(subnet), /managementSubnet1/)
    for (const zone of ['az-a', 'az-b', 'az-c']) assert.equal(observability.stopConditions(zone).length, 2)
    assert.equal(observability.stopConditions(null).length, 3)
  })

  it('reads what the fleet publishes where only the fleet may, and what nodes publish where only nodes may', () => {
    const { observability, cluster, simulator } = shipped('kafka')
    const read = new Set(
      Object.values(resourcesOf(observability, 'AWS::CloudWatch::Alarm')).map(
        ({ Properties: { Namespace, MetricName } }) =>
          `${String(Namespace)} ${MetricName === 'DataVolumeUsed' ? 'volumes' : 'shards'}`,
      ),
    )
    assert.deepEqual([...read].toSorted(), [
      'Aftershock/kafka/fleet shards',
      'Aftershock/kafka/nodes volumes',
    ])
    const mayPublish = (stack: Stack) =>
      statementsOf(stack)
        .filter(({ Action }) => Action === 'cloudwatch:PutMetricData')
        .map(statement => (statement as unknown as { Condition: unknown }).Condition)
    for (const [stack, of, machines] of [
      [cluster, 'nodes', 6],
      [simulator, 'fleet', 3],
    ] as const) {
      assert.equal(mayPublish(stack).length, machines)
      for (const condition of mayPublish(stack))
        assert.deepEqual(condition, { StringEquals: { 'cloudwatch:namespace': `Aftershock/kafka/${of}` } })
    }
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
        .filter(
          env => /^METRIC_NAMESPACE='Aftershock\/\w+\/nodes'$/m.test(env) && /^VOLUME_ID='.+'$/m.test(env),
        )
        .map(env => /^NODE_NAME='(.*)'$/m.exec(env)?.[1])
      assert.deepEqual(watched, saying)
      assert.equal(watched.length, name === 'kafka' ? 6 : 3)
    }
  })

  it('shows nothing that no shard publishes', async () => {
    const [minute, ...more] = await published()
    assert.deepEqual(more, [])
    assert.deepEqual(new Set(FLEET_METRICS.map(({ name }) => name)), new Set(minute))
    const body = JSON.stringify(resourcesOf(shipped('kafka').observability, 'AWS::CloudWatch::Dashboard'))
    const shown = [...body.matchAll(/Aftershock\/kafka\/(?:nodes|fleet)\\+",\\+"(\w+)/g)].map(
      ([, name]) => name,
    )
    assert.match(bootstrapScript(), /DataVolumeUsed/)
    assert.deepEqual(new Set(shown), new Set([...(minute ?? []), 'DataVolumeUsed']))
  })

  it('tells nobody unless asked, and then whoever the file names, when an alarm goes off and when it is over', () => {
    templateOf(shipped('kafka').observability).resourceCountIs('AWS::SNS::Topic', 0)
    const { observability } = changed('lab', { notify: 'ops@example.org' })
    const [topic = assert.fail('no topic')] = Object.keys(resourcesOf(observability, 'AWS::SNS::Topic'))
    templateOf(observability).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.org',
      TopicArn: { Ref: topic },
    })
    for (const alarm of Object.values(resourcesOf(observability, 'AWS::CloudWatch::CompositeAlarm'))) {
      assert.deepEqual(alarm.Properties.AlarmActions, [{ Ref: topic }])
      assert.deepEqual(alarm.Properties.OKActions, [{ Ref: topic }])
    }
    const theirs = 'arn:aws:sns:eu-west-1:123456789012:ops'
    const other = changed('lab', { notify: theirs }).observability
    templateOf(other).resourceCountIs('AWS::SNS::Topic', 0)
    for (const alarm of Object.values(resourcesOf(other, 'AWS::CloudWatch::CompositeAlarm')))
      assert.deepEqual(alarm.Properties.AlarmActions, [theirs])
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
