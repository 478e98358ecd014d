import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling'
import {
  CreateLaunchTemplateCommand,
  CreateNetworkAclCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  EC2Client,
  type ResourceType,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { Moto } from './moto.ts'

/** An image that moto knows. */
const IMAGE = 'ami-12c6146b'
const ZONES = ['az-a', 'az-b', 'az-c'] as const

export interface MotoNetwork {
  readonly vpc: string
  /** By name: `kafka-1`. */
  readonly machines: Readonly<Record<string, string>>
  /** By tier and zone: `brokers az-a`. */
  readonly subnets: Readonly<Record<string, string>>
  readonly endpoint: string
  readonly group: string
}

/**
 * What the stacks of an environment deploy, as far as drills touch it, with the tags that they give it (asserted on the
 * templates: `test/stacks/guardrails.test.ts`, `network-stack.test.ts`). Machines are where `addressOf` says.
 */
export async function makeNetwork(
  moto: Moto,
  environment: string,
  {
    cidr = '10.21.0.0/16',
    addressOf,
  }: { readonly cidr?: string; readonly addressOf?: (index: number) => string } = {},
): Promise<MotoNetwork> {
  const options = clientOf(moto)
  const ec2 = new EC2Client(options)
  const own = { project: 'aftershock', environment }
  const ready = { ...own, 'chaos-ready': 'true' }
  const tagged = (kind: ResourceType, tags: Readonly<Record<string, string>>) => ({
    TagSpecifications: [
      { ResourceType: kind, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    ],
  })
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr, ...tagged('vpc', own) }))
  const VpcId = need(Vpc?.VpcId)
  const base = cidr.split('.').slice(0, 2).join('.')
  const subnets: Record<string, string> = {}
  const tables: string[] = []
  for (const [zone, name] of ZONES.entries())
    for (const [index, tier] of ['brokers', 'clients', 'management'].entries()) {
      const tags = { ...(tier === 'management' ? own : ready), tier, zone: name }
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({
          VpcId,
          CidrBlock: `${base}.${index * 3 + zone}.0/24`,
          AvailabilityZone: `eu-west-1${'abc'[zone]}`,
          ...tagged('subnet', tags),
        }),
      )
      subnets[`${tier} ${name}`] = need(Subnet?.SubnetId)
      const forTable = tier === 'brokers' ? tags : { ...own, tier, zone: name }
      const { RouteTable } = await ec2.send(
        new CreateRouteTableCommand({ VpcId, ...tagged('route-table', forTable) }),
      )
      tables.push(need(RouteTable?.RouteTableId))
    }
  for (const zone of ZONES)
    for (const cut of ['cut', 'cut-keep-s3'])
      await ec2.send(new CreateNetworkAclCommand({ VpcId, ...tagged('network-acl', { ...own, zone, cut }) }))
  const { VpcEndpoint } = await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId,
      ServiceName: 'com.amazonaws.eu-west-1.s3',
      VpcEndpointType: 'Gateway',
      RouteTableIds: tables,
      ...tagged('vpc-endpoint', ready),
    }),
  )
  const machines: Record<string, string> = {}
  for (const [index, zone] of ZONES.entries()) {
    const name = `kafka-${index + 1}`
    const address = addressOf?.(index)
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: IMAGE,
        MinCount: 1,
        MaxCount: 1,
        SubnetId: need(subnets[`brokers ${zone}`]),
        ...(address !== undefined && { PrivateIpAddress: address }),
        ...tagged('instance', { ...ready, Name: name }),
      }),
    )
    machines[name] = need(Instances[0]?.InstanceId)
  }
  const group = `${environment}-fleet-az-a`
  await makeGroup(moto, group, need(subnets['clients az-a']), { ...ready, Name: 'fleet-az-a-1' })
  ec2.destroy()
  return { vpc: VpcId, machines, subnets, endpoint: need(VpcEndpoint?.VpcEndpointId), group }
}

async function makeGroup(
  moto: Moto,
  name: string,
  subnet: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const ec2 = new EC2Client(clientOf(moto))
  await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: { ImageId: IMAGE } }),
  )
  ec2.destroy()
  const groups = new AutoScalingClient(clientOf(moto))
  await groups.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateName: name, Version: '$Latest' },
      MinSize: 1,
      MaxSize: 1,
      VPCZoneIdentifier: subnet,
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        PropagateAtLaunch: true,
        ResourceId: name,
        ResourceType: 'auto-scaling-group',
      })),
    }),
  )
  groups.destroy()
}

export function clientOf(moto: Moto) {
  return {
    region: 'eu-west-1',
    endpoint: moto.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
}

function need(id: string | undefined): string {
  if (id === undefined) throw new Error('moto gave no id')
  return id
}
