import type { Moto } from './moto.ts'

export interface CreatedResource {
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: string
}

/** What CloudFormation says a stack consists of. What it skipped in silence has no logical id. */
export async function resourcesOf(moto: Moto, stack: string): Promise<readonly CreatedResource[]> {
  const xml = await moto.query('cloudformation', '2010-05-15', 'ListStackResources', { StackName: stack })
  return [...xml.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, member = '']) => ({
    logicalId: text(member, 'LogicalResourceId'),
    physicalId: text(member, 'PhysicalResourceId'),
    type: text(member, 'ResourceType'),
    status: text(member, 'ResourceStatus'),
  }))
}

export async function stackNames(moto: Moto): Promise<readonly string[]> {
  const xml = await moto.query('cloudformation', '2010-05-15', 'DescribeStacks')
  return [...xml.matchAll(/<StackName>([^<]+)<\/StackName>/g)].map(([, name = '']) => name).sort()
}

/** How each important kind is asked for: of the service that has it, not of CloudFormation. */
const EC2: Readonly<Record<string, readonly [action: string, element: string]>> = {
  'AWS::EC2::VPC': ['DescribeVpcs', 'vpcId'],
  'AWS::EC2::NetworkAcl': ['DescribeNetworkAcls', 'networkAclId'],
  'AWS::EC2::Subnet': ['DescribeSubnets', 'subnetId'],
  'AWS::EC2::RouteTable': ['DescribeRouteTables', 'routeTableId'],
  'AWS::EC2::SecurityGroup': ['DescribeSecurityGroups', 'groupId'],
  'AWS::EC2::Volume': ['DescribeVolumes', 'volumeId'],
  'AWS::EC2::NetworkInterface': ['DescribeNetworkInterfaces', 'networkInterfaceId'],
  'AWS::EC2::LaunchTemplate': ['DescribeLaunchTemplates', 'launchTemplateId'],
}

/** The ids of all resources of the important kinds, by kind, as their services know them. */
export async function inventory(moto: Moto): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const kinds = new Map<string, ReadonlySet<string>>()
  for (const [kind, [action, element]] of Object.entries(EC2))
    kinds.set(kind, elements(await moto.query('ec2', '2016-11-15', action, { MaxResults: '200' }), element))
  kinds.set('AWS::EC2::Instance', await runningInstances(moto))
  const groups = await moto.query('autoscaling', '2011-01-01', 'DescribeAutoScalingGroups')
  kinds.set('AWS::AutoScaling::AutoScalingGroup', elements(groups, 'AutoScalingGroupName'))
  const alarms = await moto.query('monitoring', '2010-08-01', 'DescribeAlarms')
  kinds.set('AWS::CloudWatch::Alarm', elements(alarms, 'AlarmName'))
  const roles = await moto.query('iam', '2010-05-08', 'ListRoles')
  kinds.set('AWS::IAM::Role', elements(roles, 'RoleName'))
  const databases = await moto.query('rds', '2014-10-31', 'DescribeDBInstances')
  kinds.set('AWS::RDS::DBInstance', elements(databases, 'DBInstanceIdentifier'))
  kinds.set('AWS::S3::Bucket', elements(await moto.get('s3', ''), 'Name'))
  const logs = await moto.json<{ logGroups: { logGroupName: string }[] }>(
    'logs',
    'Logs_20140328.DescribeLogGroups',
    {},
  )
  kinds.set('AWS::Logs::LogGroup', new Set(logs.logGroups.map(({ logGroupName }) => logGroupName)))
  const secrets = await moto.json<{ SecretList: { ARN: string }[] }>(
    'secretsmanager',
    'secretsmanager.ListSecrets',
    {},
  )
  kinds.set('AWS::SecretsManager::Secret', new Set(secrets.SecretList.map(({ ARN }) => ARN)))
  kinds.set('AWS::SSM::Parameter', new Set((await parameters(moto)).keys()))
  return kinds
}

/** All parameters of environments, by name. */
export async function parameters(moto: Moto): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  let NextToken: string | undefined
  do {
    const page = await moto.json<{ Parameters: { Name: string; Value: string }[]; NextToken?: string }>(
      'ssm',
      'AmazonSSM.GetParametersByPath',
      { Path: '/aftershock', Recursive: true, ...(NextToken === undefined ? {} : { NextToken }) },
    )
    for (const { Name, Value } of page.Parameters) found.set(Name, Value)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

/** Terminated ones are still listed for a while, by AWS too. */
async function runningInstances(moto: Moto): Promise<ReadonlySet<string>> {
  const xml = await moto.query('ec2', '2016-11-15', 'DescribeInstances', {
    'Filter.1.Name': 'instance-state-name',
    'Filter.1.Value.1': 'running',
  })
  return elements(xml, 'instanceId')
}

function elements(xml: string, name: string): ReadonlySet<string> {
  return new Set(
    [...xml.matchAll(new RegExp(`<${name}>([^<]+)</${name}>`, 'g'))].map(([, value = '']) => value),
  )
}

function text(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
}
