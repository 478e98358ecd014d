import assert from 'node:assert/strict'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
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

  it('names its dashboard, because a report of an experiment needs the name', () => {
    templateOf(shipped('kafka').observability).hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: 'aftershock-kafka',
    })
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('observability-stack', templateOf(shipped('kafka').observability))
  })
})
