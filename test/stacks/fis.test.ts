import assert from 'node:assert/strict'
import { App, Duration, Stack } from 'aws-cdk-lib'
import { Alarm, Dashboard, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { describe, it } from 'mocha'
import type { ActionDefinition } from '../../lib/fis/action-definition.ts'
import {
  Action,
  CATALOGUE,
  Experiment,
  ExperimentLog,
  type ExperimentProps,
  ExperimentReport,
  StopCondition,
  Target,
} from '../../lib/fis/index.ts'
import { rulesOf } from '../../lib/fis/resource-type.ts'
import { ACTION_IDS, anyAction } from './every-action.ts'
import { flat, resourcesOf, type Statement, statementsOf } from './synthesized.ts'

const ALARM = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:stop'
const stack = () => new Stack(new App(), 'Chaos', { env: { region: 'eu-west-1', account: '123456789012' } })

const brokers = Target.byTags({
  name: 'brokers',
  type: 'aws:ec2:instance',
  tags: { 'chaos-ready': 'true', environment: 'lab' },
  filters: [{ path: 'Placement.AvailabilityZone', values: ['eu-west-1a'] }],
})
const stop = Action.of('aws:ec2:stop-instances', {
  name: 'stop',
  target: brokers,
  parameters: { startInstancesAfterDuration: Duration.minutes(5) },
})
const GOOD: ExperimentProps = {
  description: 'The machines of one zone stop, and the others go on',
  actions: [stop],
  stopConditions: [StopCondition.alarm({ alarmArn: ALARM })],
}

interface Granted extends Statement {
  readonly Condition?: Readonly<Record<string, unknown>>
}

function granted(change: Partial<ExperimentProps>): Granted[] {
  const made = stack()
  new Experiment(made, 'One', { ...GOOD, ...change })
  return [...statementsOf(made)]
}

describe('an experiment of FIS', function () {
  this.timeout(60_000)

  it('is a template with its targets, actions and stop conditions, and fails where it meets nothing', () => {
    const made = stack()
    const experiment = new Experiment(made, 'One', {
      ...GOOD,
      actions: [
        stop,
        Action.of('aws:fis:wait', {
          name: 'watch',
          parameters: { duration: Duration.minutes(2) },
          after: [stop],
        }),
      ],
      tags: { drill: 'broker-stop' },
    })
    const [template] = Object.values(resourcesOf(made, 'AWS::FIS::ExperimentTemplate'))
    const { RoleArn, ...rest } = template?.Properties ?? {}
    assert.match(flat(RoleArn), /^<OneRole[0-9A-F]+\.Arn>$/)
    assert.deepEqual(rest, {
      Description: 'The machines of one zone stop, and the others go on',
      Actions: {
        stop: {
          ActionId: 'aws:ec2:stop-instances',
          Parameters: { startInstancesAfterDuration: 'PT5M' },
          Targets: { Instances: 'brokers' },
        },
        watch: { ActionId: 'aws:fis:wait', Parameters: { duration: 'PT2M' }, StartAfter: ['stop'] },
      },
      Targets: {
        brokers: {
          ResourceType: 'aws:ec2:instance',
          SelectionMode: 'ALL',
          ResourceTags: { 'chaos-ready': 'true', environment: 'lab' },
          Filters: [{ Path: 'Placement.AvailabilityZone', Values: ['eu-west-1a'] }],
        },
      },
      StopConditions: [{ Source: 'aws:cloudwatch:alarm', Value: ALARM }],
      ExperimentOptions: { AccountTargeting: 'single-account', EmptyTargetResolutionMode: 'fail' },
      Tags: { drill: 'broker-stop' },
    })
    assert.deepEqual(experiment.targets, [brokers])
  })

  it('takes an alarm of the CDK as it is, and says none aloud', () => {
    const made = stack()
    const metric = new Metric({ namespace: 'N', metricName: 'M' })
    const alarm = new Alarm(made, 'Stop', { metric, threshold: 1, evaluationPeriods: 1 })
    new Experiment(made, 'One', { ...GOOD, stopConditions: [StopCondition.alarm(alarm)] })
    new Experiment(made, 'Two', { ...GOOD, stopConditions: [StopCondition.none()] })
    const conditions = Object.values(resourcesOf(made, 'AWS::FIS::ExperimentTemplate')).map(
      ({ Properties }) => Properties.StopConditions,
    )
    const [[of] = []] = conditions as { Source: string; Value: unknown }[][]
    assert.match(flat(of?.Value), /^<Stop[0-9A-F]+\.Arn>$/)
    assert.deepEqual(conditions[1], [{ Source: 'none' }])
  })

  it('writes a log and a report, which its role may write and nothing besides', () => {
    const made = stack()
    const bucket = Bucket.fromBucketName(made, 'Evidence', 'evidence')
    new Experiment(made, 'One', {
      ...GOOD,
      actions: [Action.of('aws:fis:wait', { name: 'wait', parameters: { duration: Duration.minutes(1) } })],
      log: ExperimentLog.toLogGroup(LogGroup.fromLogGroupName(made, 'Log', 'fis')),
      report: new ExperimentReport({
        bucket,
        prefix: 'fis/',
        dashboards: [new Dashboard(made, 'Board', { dashboardName: 'aftershock-lab' })],
        after: Duration.minutes(10),
      }),
    })
    const [template] = Object.values(resourcesOf(made, 'AWS::FIS::ExperimentTemplate'))
    const { LogConfiguration, ExperimentReportConfiguration } = template?.Properties ?? {}
    const { CloudWatchLogsConfiguration: logs, LogSchemaVersion } = LogConfiguration as {
      CloudWatchLogsConfiguration: { LogGroupArn: unknown }
      LogSchemaVersion: number
    }
    assert.equal(LogSchemaVersion, 2)
    assert.match(flat(logs.LogGroupArn), /:log-group:fis:\*$/)
    const { Outputs, DataSources, PostExperimentDuration } = ExperimentReportConfiguration as Record<
      string,
      unknown
    >
    assert.deepEqual(Outputs, { ExperimentReportS3Configuration: { BucketName: 'evidence', Prefix: 'fis/' } })
    assert.match(JSON.stringify(DataSources), /DashboardIdentifier/)
    assert.equal(PostExperimentDuration, 'PT10M')
    const statements = statementsOf(made) as readonly Granted[]
    assert.deepEqual(
      statements.map(({ Action: action, Resource }) => [
        action,
        Array.isArray(Resource) ? Resource : flat(Resource),
      ]),
      [
        [
          [
            'logs:CreateLogDelivery',
            'logs:PutResourcePolicy',
            'logs:DescribeResourcePolicies',
            'logs:DescribeLogGroups',
          ],
          '*',
        ],
        [['s3:PutObject', 's3:GetObject'], 'arn:<AWS::Partition>:s3:::evidence/fis/*'],
        ['cloudwatch:GetDashboard', flat(statements[2]?.Resource)],
        ['cloudwatch:GetMetricWidgetImage', '*'],
      ],
    )
    assert.match(flat(statements[2]?.Resource), /:dashboard\//)
  })

  describe('has a role', () => {
    it('that FIS alone may take, for experiments of this account', () => {
      const made = stack()
      new Experiment(made, 'One', GOOD)
      const [role] = Object.values(resourcesOf(made, 'AWS::IAM::Role'))
      assert.deepEqual(role?.Properties.AssumeRolePolicyDocument, {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'fis.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '123456789012' },
              ArnLike: {
                'aws:SourceArn': {
                  'Fn::Join': [
                    '',
                    ['arn:', { Ref: 'AWS::Partition' }, ':fis:eu-west-1:123456789012:experiment/*'],
                  ],
                },
              },
            },
          },
        ],
      })
      assert.equal(role?.Properties.ManagedPolicyArns, undefined)
    })

    it('that changes what has the tags of the target, and nothing else', () => {
      const [changes, describes, grants, ...others] = granted({})
      assert.deepEqual(others, [])
      assert.deepEqual(changes?.Action, ['ec2:StopInstances', 'ec2:StartInstances'])
      assert.equal(flat(changes?.Resource), 'arn:<AWS::Partition>:ec2:eu-west-1:123456789012:instance/*')
      assert.deepEqual(changes?.Condition, {
        StringEquals: { 'aws:ResourceTag/chaos-ready': 'true', 'aws:ResourceTag/environment': 'lab' },
      })
      assert.deepEqual([describes?.Action, describes?.Resource], ['ec2:DescribeInstances', '*'])
      // Machines whose volumes are encrypted would stay stopped without it.
      assert.equal(grants?.Action, 'kms:CreateGrant')
      assert.deepEqual(grants?.Condition, {
        StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      })
    })

    it('that changes the resources named by ARN, where they are', () => {
      const arns = ['arn:aws:ec2:eu-west-1:123456789012:instance/i-1']
      const one = Target.byArns({ name: 'one', type: 'aws:ec2:instance', arns })
      const [changes] = granted({
        actions: [Action.of('aws:ec2:reboot-instances', { name: 'reboot', target: one })],
      })
      assert.deepEqual([changes?.Action, changes?.Resource], ['ec2:RebootInstances', arns[0]])
      assert.equal(changes?.Condition, undefined)
    })

    it('that sends one document to tagged instances', () => {
      const documentArn = 'arn:aws:ssm:eu-west-1::document/AWSFIS-Run-Kill-Process'
      const kill = Action.of('aws:ssm:send-command', {
        name: 'kill',
        target: brokers,
        parameters: {
          documentArn,
          documentParameters: { ProcessName: 'java' },
          duration: Duration.minutes(1),
        },
      })
      const sends = granted({ actions: [kill] }).filter(({ Action: action }) => action === 'ssm:SendCommand')
      assert.deepEqual(
        sends.map(({ Resource, Condition }) => [flat(Resource), Condition !== undefined]),
        [
          ['arn:<AWS::Partition>:ec2:eu-west-1:123456789012:instance/*', true],
          [documentArn, false],
        ],
      )
      assert.equal(kill.parameter('documentParameters'), '{"ProcessName":"java"}')
    })

    it('that puts the ACLs of tagged subnets under those that FIS made, and deletes no other', () => {
      const subnets = Target.byTags({ name: 'subnets', type: 'aws:ec2:subnet', tags: { zone: 'az-a' } })
      const cut = Action.of('aws:network:disrupt-connectivity', {
        name: 'cut',
        target: subnets,
        parameters: { scope: 'all', duration: Duration.minutes(1) },
      })
      const statements = granted({ actions: [cut] })
      const deletes = statements.find(({ Action: action }) => action.includes('ec2:DeleteNetworkAcl'))
      assert.deepEqual(deletes?.Condition, { StringEquals: { 'ec2:ResourceTag/managedByFIS': 'true' } })
      const onSubnets = statements.filter(({ Resource }) => flat(Resource).endsWith(':subnet/*'))
      assert.deepEqual(
        onSubnets.map(({ Condition }) => Condition),
        [{ StringEquals: { 'aws:ResourceTag/zone': 'az-a' } }],
      )
    })

    it('that was given, and then gets nothing', () => {
      const made = stack()
      const role = new Role(made, 'Mine', { assumedBy: new ServicePrincipal('fis.amazonaws.com') })
      const experiment = new Experiment(made, 'One', { ...GOOD, role })
      assert.deepEqual(resourcesOf(made, 'AWS::IAM::Policy'), {})
      assert.deepEqual(experiment.statements, [])
    })
  })
})

describe('the catalogue of actions', () => {
  for (const id of ACTION_IDS)
    it(`has ${id}, whose own samples are good`, () => {
      const action = anyAction(id)
      assert.deepEqual([...action.problems, ...(action.target?.problems ?? [])], [])
      const { parameters } = action.render()
      for (const value of Object.values((parameters ?? {}) as Record<string, string>))
        assert.equal(typeof value, 'string')
    })

  it('binds whatever an action changes to its targets', () => {
    for (const id of ACTION_IDS) {
      const { permissions, target } = CATALOGUE[id] as ActionDefinition
      for (const { on, actions } of permissions ?? []) {
        if (on === 'targets') assert.ok(target && rulesOf(target.type).arn, id)
        // What is allowed everywhere reads, or is bound to FIS by a condition.
        if (on === 'any')
          for (const name of actions)
            assert.match(name, /:(Describe|List|Get)|^ec2:InjectApiError$|^ssm:CancelCommand$/, id)
      }
    }
  })
})
