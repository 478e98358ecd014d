import { asList, asRecord, type PlannedResource, type PlannedStack } from './assembly.ts'

/** What the bill says for as long as a resource exists, whether or not anybody uses it. */
export interface Charge {
  /** As people call it: `instance m7g.large`. */
  readonly what: string
  /** The price table's own name. */
  readonly item: string
  readonly unit: ChargeUnit
  /** How many of the item exist, in the unit without its time: instances, GB, alarms. */
  readonly quantity: number
}

export type ChargeUnit =
  | 'hour'
  | 'vCPU-hour'
  | 'GB-hour'
  | 'GB-month'
  | 'IOPS-month'
  | 'MiBps-month'
  | 'metric-month'
  | 'alarm-month'
  | 'dashboard-month'
  | 'month'

/**
 * `standing`: costs while it exists. `by-use`: costs what is done with it, which no template says. `free`.
 * `unknown`: nobody has written down yet what it costs.
 */
export type CostOf =
  | { readonly kind: 'standing'; readonly charges: readonly Charge[]; readonly unclear: readonly string[] }
  | { readonly kind: 'by-use'; readonly items: readonly string[] }
  | { readonly kind: 'free' }
  | { readonly kind: 'unknown' }

/** What gp3 includes in its price per GB. */
const INCLUDED_IOPS = 3000
const INCLUDED_MIBPS = 125
/** EC2 sends this many metrics a minute for an instance with detailed monitoring, each billed as a custom one. */
const DETAILED_METRICS = 7

const FREE = new Set([
  // Empties a bucket before it is deleted: one call of a function, which has a charge of its own.
  'Custom::S3AutoDeleteObjects',
  ...`AutoScaling::LifecycleHook AutoScaling::ScalingPolicy CloudFormation::WaitCondition
   CloudFormation::WaitConditionHandle EC2::DHCPOptions EC2::InternetGateway EC2::LaunchTemplate
   EC2::NetworkAcl EC2::NetworkAclEntry EC2::NetworkInterface EC2::NetworkInterfaceAttachment EC2::Route
   EC2::RouteTable EC2::SecurityGroup EC2::SecurityGroupEgress EC2::SecurityGroupIngress EC2::Subnet
   EC2::SubnetNetworkAclAssociation EC2::SubnetRouteTableAssociation EC2::VPC EC2::VPCDHCPOptionsAssociation
   EC2::VPCGatewayAttachment EC2::VolumeAttachment ECS::Cluster ECS::TaskDefinition IAM::InstanceProfile
   IAM::ManagedPolicy IAM::Policy IAM::Role Lambda::LayerVersion Lambda::Permission RDS::DBParameterGroup
   RDS::DBSubnetGroup Route53::RecordSet S3::BucketPolicy SNS::Subscription SNS::TopicPolicy SSM::Document SSM::Parameter
   Route53Resolver::FirewallDomainList Route53Resolver::FirewallRuleGroup
   SecretsManager::SecretTargetAttachment Scheduler::ScheduleGroup SecretsManager::ResourcePolicy`
    .split(/\s+/)
    .map(name => `AWS::${name}`),
])

const BY_USE: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': ['s3.standard.storage', 's3.standard.put', 's3.standard.get'],
  'AWS::Logs::LogGroup': ['cw.logs.ingest.standard', 'cw.logs.storage'],
  // Vended to a bucket, by the GB; the price table has no price for it.
  'AWS::EC2::FlowLog': ['cw.logs.vended.s3'],
  // By the question, 0.60 a million, and by the name that is listed; neither is in the price table.
  'AWS::Route53Resolver::FirewallRuleGroupAssociation': ['route53resolver.firewall.query'],
  'AWS::FIS::ExperimentTemplate': ['fis.action.minute'],
  'AWS::StepFunctions::StateMachine': ['sfn.standard.transition'],
  'AWS::Scheduler::Schedule': ['scheduler.invocation.over14M'],
  'AWS::Events::Rule': ['eventbridge.custom.event'],
  'AWS::Lambda::Function': ['lambda.request', 'lambda.gb.second'],
  'AWS::SNS::Topic': ['sns.request'],
}

/** The cost of one resource; others of its stack are looked up where it refers to them. */
export function costOf(resource: PlannedResource, stack: PlannedStack): CostOf {
  const { type, properties } = resource
  if (FREE.has(type)) return { kind: 'free' }
  const items = BY_USE[type]
  if (items) return { kind: 'by-use', items }
  switch (type) {
    case 'AWS::EC2::Instance':
      return instances(1, properties, stack)
    case 'AWS::AutoScaling::AutoScalingGroup':
      return instances(Number(properties.DesiredCapacity ?? properties.MinSize), properties, stack)
    case 'AWS::EC2::Volume':
      return standing(volume(properties, 1))
    case 'AWS::EC2::VPCEndpoint':
      return properties.VpcEndpointType === 'Interface'
        ? standing([
            hourly('interface endpoint address', 'vpce.interface.hour', asList(properties.SubnetIds).length),
          ])
        : { kind: 'free' }
    case 'AWS::EC2::NatGateway':
      return standing([hourly('NAT gateway', 'nat.hour', 1)])
    case 'AWS::EC2::EIP':
      return standing([hourly('public IPv4 address', 'ipv4.inuse.hour', 1)])
    case 'AWS::ECS::Service':
      return tasks(properties, stack)
    case 'AWS::RDS::DBInstance':
      return database(properties)
    case 'AWS::CloudWatch::Alarm':
      return standing([alarm(properties)])
    case 'AWS::CloudWatch::CompositeAlarm':
      return standing([
        { what: 'composite alarm', item: 'cw.alarm.composite', unit: 'alarm-month', quantity: 1 },
      ])
    case 'AWS::CloudWatch::Dashboard':
      return standing([{ what: 'dashboard', item: 'cw.dashboard', unit: 'dashboard-month', quantity: 1 }])
    case 'AWS::Route53::HostedZone':
      return standing([{ what: 'hosted zone', item: 'route53.hostedzone', unit: 'month', quantity: 1 }])
    case 'AWS::SecretsManager::Secret':
      return standing([{ what: 'secret', item: 'secretsmanager.secret', unit: 'month', quantity: 1 }])
    case 'AWS::KMS::Key':
      return standing([{ what: 'key', item: 'kms.key', unit: 'month', quantity: 1 }])
    default:
      return { kind: 'unknown' }
  }
}

const standing = (charges: readonly Charge[], unclear: readonly string[] = []): CostOf => ({
  kind: 'standing',
  charges,
  unclear,
})

const hourly = (what: string, item: string, quantity: number): Charge => ({
  what,
  item,
  unit: 'hour',
  quantity,
})

/** Instances with the disks of their launch template, which exist as often as they do. */
function instances(count: number, properties: PlannedResource['properties'], stack: PlannedStack): CostOf {
  const data = launchTemplateData(properties, stack)
  const type = properties.InstanceType ?? data.InstanceType
  if (typeof type !== 'string' || !Number.isInteger(count))
    return standing([], ['its size or number is not in the template'])
  const mappings = asList(properties.BlockDeviceMappings ?? data.BlockDeviceMappings)
  const monitored = properties.Monitoring ?? asRecord(data.Monitoring).Enabled
  return standing([
    hourly(`instance ${type}`, `ec2.linux.${type}`, count),
    ...mappings.flatMap(mapping => {
      const ebs = asRecord(asRecord(mapping).Ebs)
      return volume({ ...ebs, Size: ebs.VolumeSize }, count)
    }),
    ...(monitored === true
      ? [
          {
            what: `detailed monitoring (${DETAILED_METRICS} metrics an instance)`,
            item: 'cw.metric',
            unit: 'metric-month',
            quantity: DETAILED_METRICS * count,
          } as const,
        ]
      : []),
  ])
}

export function launchTemplateData(
  properties: PlannedResource['properties'],
  stack: PlannedStack,
): Readonly<Record<string, unknown>> {
  const reference = asRecord(asRecord(properties.LaunchTemplate).LaunchTemplateId).Ref
  const template = stack.resources.find(({ logicalId }) => logicalId === reference)
  return asRecord(template?.properties.LaunchTemplateData)
}

/** Volumes of AWS are measured in GiB, which its price list calls GB. */
function volume(properties: Readonly<Record<string, unknown>>, count: number): Charge[] {
  const type = typeof properties.VolumeType === 'string' ? properties.VolumeType : 'gp2'
  const extraIops = Number(properties.Iops ?? INCLUDED_IOPS) - INCLUDED_IOPS
  const extraMibps = Number(properties.Throughput ?? INCLUDED_MIBPS) - INCLUDED_MIBPS
  const charge = (what: string, item: string, unit: ChargeUnit, each: number): Charge[] =>
    each > 0
      ? [{ what: `volume ${type}, ${what}`, item: `ebs.${type}.${item}`, unit, quantity: each * count }]
      : []
  return [
    ...charge('GiB', 'storage', 'GB-month', Number(properties.Size)),
    ...(type === 'gp3' ? charge(`IOPS over ${INCLUDED_IOPS}`, 'iops', 'IOPS-month', extraIops) : []),
    ...(type === 'gp3'
      ? charge(`MiB/s over ${INCLUDED_MIBPS}`, 'throughput', 'MiBps-month', extraMibps)
      : []),
  ]
}

function tasks(properties: PlannedResource['properties'], stack: PlannedStack): CostOf {
  const count = Number(properties.DesiredCount ?? 1)
  const reference = asRecord(properties.TaskDefinition).Ref
  const task = stack.resources.find(({ logicalId }) => logicalId === reference)?.properties ?? {}
  const vcpus = Number(task.Cpu) / 1024
  const gigabytes = Number(task.Memory) / 1024
  if (!(vcpus > 0 && gigabytes > 0)) return standing([], ['the size of its tasks is not in the template'])
  const cpu = asRecord(task.RuntimePlatform).CpuArchitecture === 'ARM64' ? 'arm' : 'x86'
  return standing([
    {
      what: `Fargate ${cpu}, vCPU`,
      item: `fargate.${cpu}.vcpu.hour`,
      unit: 'vCPU-hour',
      quantity: vcpus * count,
    },
    {
      what: `Fargate ${cpu}, GB`,
      item: `fargate.${cpu}.gb.hour`,
      unit: 'GB-hour',
      quantity: gigabytes * count,
    },
  ])
}

function database(properties: PlannedResource['properties']): CostOf {
  const { DBInstanceClass: type, Engine: engine, StorageType: storage = 'gp2', MultiAZ } = properties
  const copies = MultiAZ === true ? 2 : 1
  return standing([
    hourly(`database ${String(type)}`, `rds.${String(engine)}.${String(type)}`, copies),
    {
      what: `database storage ${String(storage)}, GiB`,
      item: `rds.${String(storage)}.storage`,
      unit: 'GB-month',
      quantity: Number(properties.AllocatedStorage) * copies,
    },
  ])
}

/** Each metric that an alarm watches is billed; those with periods under a minute as high resolution. */
function alarm(properties: PlannedResource['properties']): Charge {
  const watched = asList(properties.Metrics)
    .map(metric => asRecord(asRecord(metric).MetricStat))
    .filter(({ Metric }) => Metric !== undefined)
  const periods = watched.length > 0 ? watched.map(({ Period }) => Period) : [properties.Period]
  const high = periods.some(period => Number(period ?? 60) < 60)
  return {
    what: high ? 'alarm metric, high resolution' : 'alarm metric',
    item: high ? 'cw.alarm.highres' : 'cw.alarm.standard',
    unit: 'alarm-month',
    quantity: periods.length,
  }
}
