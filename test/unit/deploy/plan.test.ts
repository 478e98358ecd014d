import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { belongsTo, type PlannedResource, type PlannedStack } from '../../../lib/deploy/assembly.ts'
import { type DeployPlan, type ListedPrice, planDeployment } from '../../../lib/deploy/plan.ts'
import { printPlan } from '../../../lib/deploy/print-plan.ts'

const REGION = 'eu-west-1'

const price = (item: string, unit: string, usd: number, more: Partial<ListedPrice> = {}): ListedPrice => ({
  item,
  unit,
  price: usd,
  region: REGION,
  date: '2026-01-01',
  ...more,
})

const PRICES = [
  price('ec2.linux.m7g.large', 'hour', 0.1),
  price('ebs.gp3.storage', 'GB-month', 0.08),
  price('ebs.gp3.iops', 'IOPS-month', 0.005),
  price('ebs.gp3.throughput', 'MiBps-month', 0.04),
  price('vpce.interface.hour', 'hour', 0.011),
  price('cw.metric', 'metric-month', 0.3, { tier: { from: 0, to: 10 } }),
  price('cw.metric', 'metric-month', 0.1, { tier: { from: 10 } }),
  price('cw.alarm.standard', 'alarm-month', 0.1),
  price('cw.alarm.highres', 'alarm-month', 0.3),
  price('fargate.arm.vcpu.hour', 'vCPU-hour', 0.03),
  price('fargate.arm.gb.hour', 'GB-hour', 0.004),
  price('nat.hour', 'hour', 0.048, { region: 'us-east-1' }),
]

describe('the plan of a deployment', () => {
  it('counts an instance with the disks and the monitoring of its launch template', () => {
    const plan = planOf(TEMPLATE, {
      logicalId: 'Node',
      type: 'AWS::EC2::Instance',
      properties: { LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } }, InstanceType: 'm7g.large' },
    })
    assert.deepEqual(costs(plan), {
      'instance m7g.large': [1, 73],
      'volume gp3, GiB': [20, 1.6],
      'detailed monitoring (7 metrics an instance)': [7, 2.1],
    })
  })

  it('counts the instances of a group, and fills the tiers of a price in turn', () => {
    const plan = planOf(TEMPLATE, {
      logicalId: 'Group',
      type: 'AWS::AutoScaling::AutoScalingGroup',
      properties: { LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } }, MinSize: '2', MaxSize: '2' },
    })
    assert.deepEqual(costs(plan), {
      'instance m7g.large': [2, 146],
      'volume gp3, GiB': [40, 3.2],
      // Ten at 0.3 and four at 0.1.
      'detailed monitoring (7 metrics an instance)': [14, 3.4],
    })
  })

  it('charges a gp3 volume for what it has beyond what its price includes', () => {
    const properties = { VolumeType: 'gp3', Size: 100, Iops: 4000, Throughput: 225 }
    const plan = planOf({ logicalId: 'Volume', type: 'AWS::EC2::Volume', properties })
    assert.deepEqual(costs(plan), {
      'volume gp3, GiB': [100, 8],
      'volume gp3, IOPS over 3000': [1000, 5],
      'volume gp3, MiB/s over 125': [100, 4],
    })
    assert.equal(plan.monthlyUsd, 17)
    assert.ok(Math.abs(plan.hourlyUsd - 17 / 730) < 1e-12)
  })

  it('charges interface endpoints by address and gateway endpoints nothing', () => {
    const plan = planOf(
      {
        logicalId: 'Interface',
        type: 'AWS::EC2::VPCEndpoint',
        properties: { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b', 'c'] },
      },
      { logicalId: 'S3', type: 'AWS::EC2::VPCEndpoint', properties: { VpcEndpointType: 'Gateway' } },
    )
    assert.deepEqual(costs(plan), { 'interface endpoint address': [3, 24.09] })
  })

  it('charges tasks by their size, and every metric of an alarm', () => {
    const metric = (Period: number) => ({ MetricStat: { Metric: {}, Period } })
    const plan = planOf(
      {
        logicalId: 'Task',
        type: 'AWS::ECS::TaskDefinition',
        properties: { Cpu: '2048', Memory: '4096', RuntimePlatform: { CpuArchitecture: 'ARM64' } },
      },
      {
        logicalId: 'Service',
        type: 'AWS::ECS::Service',
        properties: { DesiredCount: 2, TaskDefinition: { Ref: 'Task' } },
      },
      { logicalId: 'Slow', type: 'AWS::CloudWatch::Alarm', properties: { Period: 60 } },
      {
        logicalId: 'Fast',
        type: 'AWS::CloudWatch::Alarm',
        properties: { Metrics: [metric(10), metric(60), { Expression: 'a + b' }] },
      },
    )
    assert.deepEqual(costs(plan), {
      'Fargate arm, vCPU': [4, 87.6],
      'Fargate arm, GB': [8, 23.36],
      'alarm metric': [1, 0.1],
      'alarm metric, high resolution': [2, 0.6],
    })
  })

  it('names a price that is missing, and never guesses one', () => {
    const plan = planOf(
      { logicalId: 'Nat', type: 'AWS::EC2::NatGateway' },
      { logicalId: 'Zone', type: 'AWS::Route53::HostedZone' },
    )
    assert.deepEqual(
      plan.missing.map(({ item, why }) => [item, why]),
      [
        ['nat.hour', 'there is one only for us-east-1'],
        ['route53.hostedzone', 'the table has none'],
      ],
    )
    assert.equal(plan.monthlyUsd, 0)
    assert.match(
      printPlan(plan, 'prices.json'),
      /has no price for it\n[^\n]*nat.hour per hour: there is one only for us-east-1/,
    )
  })

  it('says of a price that it has no source, and takes dates only from tiers that are used', () => {
    const prices = [
      price('route53.hostedzone', 'month', 0.5, { tier: { from: 0, to: 25 }, date: '2026-09-23' }),
      price('route53.hostedzone', 'month', 0.1, { tier: { from: 25 }, date: '2020-01-01' }),
      price('secretsmanager.secret', 'month', 0.4, { date: null, confidence: 'low' }),
    ]
    const sketches = [
      { logicalId: 'Zone', type: 'AWS::Route53::HostedZone' },
      { logicalId: 'Secret', type: 'AWS::SecretsManager::Secret' },
    ]
    const plan = planDeployment('x', REGION, [stackOf(...sketches)], prices)
    assert.deepEqual(costs(plan), { 'hosted zone': [1, 0.5], secret: [1, 0.4] })
    const printed = printPlan(plan, 'prices.json')
    assert.match(printed, /1 × hosted zone .* 2026-09-23\n/)
    assert.match(printed, /1 × secret .* undated, without a source\n/)
  })

  it('refuses a price that is for another unit', () => {
    const volume = {
      logicalId: 'Volume',
      type: 'AWS::EC2::Volume',
      properties: { VolumeType: 'gp3', Size: 1 },
    }
    const plan = planDeployment('x', REGION, [stackOf(volume)], [price('ebs.gp3.storage', 'hour', 1)])
    assert.equal(plan.missing[0]?.why, 'the table has it per hour, not per GB-month')
  })

  it('names a kind of which nobody has written down what it costs', () => {
    const plan = planOf({ logicalId: 'New', type: 'AWS::Brand::New' })
    assert.deepEqual(plan.unclear, [
      { stack: 'Stack', resource: 'AWS::Brand::New New', why: 'no rule says what this kind costs' },
    ])
  })

  it('lists what carries the tag as a target, and what stays behind', () => {
    const tags = [
      { Key: 'chaos-ready', Value: 'true' },
      { Key: 'Name', Value: 'kafka-1' },
    ]
    const plan = planOf(
      { logicalId: 'Node', type: 'AWS::EC2::Subnet', properties: { Tags: tags } },
      {
        logicalId: 'Other',
        type: 'AWS::EC2::Subnet',
        properties: { Tags: [{ Key: 'chaos-ready', Value: 'no' }] },
      },
      { logicalId: 'Bucket', type: 'AWS::S3::Bucket', remains: 'itself' },
    )
    assert.deepEqual(
      plan.targets.map(({ name }) => name),
      ['kafka-1'],
    )
    assert.deepEqual(
      plan.kept.map(({ logicalId }) => logicalId),
      ['Bucket'],
    )
    assert.deepEqual(plan.byUse[0]?.kind, 'AWS::S3::Bucket')
  })

  it('calls a group as its instances are called, and says in which zone a subnet is', () => {
    const tagged = [{ Key: 'chaos-ready', Value: 'true' }]
    const template = {
      logicalId: 'Template',
      type: 'AWS::EC2::LaunchTemplate',
      properties: {
        LaunchTemplateData: {
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'fleet-az-a-1' }] }],
        },
      },
    }
    const group = {
      logicalId: 'fleetaza1GroupASG6131F44E',
      type: 'AWS::AutoScaling::AutoScalingGroup',
      properties: {
        Tags: tagged,
        MinSize: '1',
        LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } },
      },
    }
    const subnet = {
      logicalId: 'Subnet',
      type: 'AWS::EC2::Subnet',
      properties: { AvailabilityZone: 'eu-west-1a', Tags: [...tagged, { Key: 'Name', Value: 'brokers' }] },
    }
    assert.deepEqual(
      planOf(template, group, subnet).targets.map(({ name }) => name),
      ['fleet-az-a-1', 'brokers (eu-west-1a)'],
    )
  })

  it('says what goes while a slot is left empty, and what keeps it from being deployed', () => {
    const [one, two] = [
      { logicalId: 'One', type: 'AWS::EC2::VPC' },
      { logicalId: 'Two', type: 'AWS::EC2::Route' },
    ]
    const plan = planDeployment('x', REGION, [stackOf(one)], PRICES, {
      complete: [stackOf(one, two)],
      notYet: ['the file has no checksum'],
    })
    assert.deepEqual(
      plan.absent.map(({ logicalId }) => logicalId),
      ['Two'],
    )
    const printed = printPlan(plan, 'prices.json')
    assert.match(printed, /What goes now, and is made again [^\n]+\n {2}Stack +EC2::Route +Two\n/)
    assert.match(printed, /Not deployable yet: [^\n]+\n {2}the file has no checksum\n/)
    assert.doesNotMatch(printPlan(planOf(one), 'prices.json'), /What goes now|Not deployable/)
  })

  it('says for how long what stays is locked, and where only a snapshot stays', () => {
    const rule = { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } }
    const plan = planOf(
      {
        logicalId: 'Evidence',
        type: 'AWS::S3::Bucket',
        remains: 'itself',
        properties: { ObjectLockConfiguration: rule },
      },
      { logicalId: 'Disk', type: 'AWS::EC2::Volume', remains: 'a snapshot', properties: { Size: 1 } },
    )
    const printed = printPlan(plan, 'prices.json')
    assert.match(printed, /S3::Bucket +Evidence, its objects locked for 365 days\n/)
    assert.match(printed, /EC2::Volume +a snapshot of Disk\n/)
  })

  it('tells the stacks of one environment from those of another and from shared ones', () => {
    assert.ok(belongsTo('kafka', 'Aftershock-kafka-Network'))
    assert.ok(belongsTo('kafka-tiered', 'Aftershock-kafka-tiered-Network'))
    assert.ok(!belongsTo('kafka', 'Aftershock-kafka-tiered-Network'))
    assert.ok(!belongsTo('kafka', 'AftershockEvidence'))
  })
})

type Sketch = Pick<PlannedResource, 'logicalId' | 'type'> & Partial<PlannedResource>

const TEMPLATE: Sketch = {
  logicalId: 'Template',
  type: 'AWS::EC2::LaunchTemplate',
  properties: {
    LaunchTemplateData: {
      InstanceType: 'm7g.large',
      Monitoring: { Enabled: true },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3' } }],
    },
  },
}

function stackOf(...sketches: readonly Sketch[]): PlannedStack {
  const resources = sketches.map(sketch => ({
    stack: 'Stack',
    properties: {},
    remains: 'nothing' as const,
    ...sketch,
  }))
  return { name: 'Stack', region: REGION, resources }
}

function planOf(...sketches: readonly Sketch[]): DeployPlan {
  return planDeployment('x', REGION, [stackOf(...sketches)], PRICES)
}

/** What it is, how many, and dollars a month rounded to cents. */
function costs(plan: DeployPlan): Record<string, [number, number]> {
  return Object.fromEntries(
    plan.costs.map(({ what, quantity, monthlyUsd }) => [
      what,
      [quantity, Math.round(monthlyUsd * 100) / 100],
    ]),
  )
}
