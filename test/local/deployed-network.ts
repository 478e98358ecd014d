import {
  CreateNetworkAclEntryCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2'
import { ENVIRONMENT, NETWORK, ZONES } from './deployed-machines.ts'
import type { Moto } from './moto.ts'
import { clientOf } from './moto-network.ts'
import type { NetworkPlace } from './zone-network.ts'

/** What a deployment has made, as far as somebody has to stand in for its machines. */
export interface DeployedNetwork {
  readonly vpc: string
  /** By name: `kafka-1`. */
  readonly machines: Readonly<Record<string, string>>
  /** By tier and zone: `brokers az-a`. */
  readonly subnets: Readonly<Record<string, string>>
  /** Where machines of these are, and who asks them in those of management. */
  readonly places: ReadonlyMap<string, NetworkPlace>
  /** Of the agents. */
  readonly key: string
}

/** @throws Error when not each zone has a broker and a machine of clients */
export async function deployedNetwork(moto: Moto): Promise<DeployedNetwork> {
  const ec2 = new EC2Client(clientOf(moto))
  try {
    const Filters = [{ Name: 'tag:environment', Values: [ENVIRONMENT] }]
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters }))
    const vpc = Vpcs[0]?.VpcId ?? ''
    const inside = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] }
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand(inside))
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(inside))
    const subnets: Record<string, string> = {}
    const machines: Record<string, string> = {}
    const places = new Map<string, NetworkPlace>()
    for (const { SubnetId = '', CidrBlock = '', Tags } of Subnets) {
      const [tier, zone] = [tagIn(Tags, 'tier'), tagIn(Tags, 'zone')]
      subnets[`${tier} ${zone}`] = SubnetId
      if (tier === 'management' && zone === ZONES[0])
        places.set('management', { cidr: CidrBlock, address: CidrBlock.replace(/\d+\/\d+$/, '10') })
      const running = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
        ({ SubnetId: at, State }) => at === SubnetId && State?.Name === 'running',
      )
      const machine = running.find(one => /^(kafka|fleet)-/.test(tagIn(one.Tags, 'Name')))
      if (!machine) continue
      machines[tagIn(machine.Tags, 'Name')] = machine.InstanceId ?? ''
      places.set(`${tier} ${zone}`, { cidr: CidrBlock, address: machine.PrivateIpAddress ?? '' })
    }
    const wanted = ['management', ...ZONES.flatMap(zone => [`brokers ${zone}`, `clients ${zone}`])]
    const missing = wanted.filter(place => !places.has(place))
    if (missing.length > 0) throw new Error(`nothing is deployed in ${missing.join(', ')}`)
    return { vpc, machines, subnets, places, key: await secretOf(moto) }
  } finally {
    ec2.destroy()
  }
}

async function secretOf(moto: Moto): Promise<string> {
  const asked = { SecretId: `aftershock/${ENVIRONMENT}/agent` }
  const { SecretString } = await moto.json<{ SecretString: string }>(
    'secretsmanager',
    'secretsmanager.GetSecretValue',
    asked,
  )
  return SecretString
}

const tagIn = (tags: readonly Tag[] = [], name: string): string =>
  tags.find(({ Key }) => Key === name)?.Value ?? ''

/** What whoever makes a network by hand leaves out: the rules of its ACLs for cuts. */
export async function writeCutRules(ec2: EC2Client, vpc: string): Promise<void> {
  const { NetworkAcls = [] } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }),
  )
  for (const { NetworkAclId, Tags = [] } of NetworkAcls) {
    const tag = (name: string) => Tags.find(({ Key }) => Key === name)?.Value
    const zone = ZONES.indexOf(tag('zone') as (typeof ZONES)[number])
    if (tag('cut') === undefined || zone < 0) continue
    // As lib/constructs/zone-cut.ts has them; an ACL ends with a rule that denies all.
    const inside = [zone, 3 + zone, 6, 7, 8].map(subnet => `${NETWORK}.${subnet}.0/24`)
    const keepsStore = tag('cut') === 'cut-keep-s3'
    const rules = [
      ...inside.map(cidr => [cidr, 'allow'] as const),
      ...(keepsStore ? [[`${NETWORK}.0.0/16`, 'deny'] as const] : []),
      ['0.0.0.0/0', keepsStore ? 'allow' : 'deny'] as const,
    ]
    for (const Egress of [false, true])
      for (const [index, [CidrBlock, RuleAction]] of rules.entries())
        await ec2.send(
          new CreateNetworkAclEntryCommand({
            NetworkAclId,
            RuleNumber: 100 + 10 * index,
            CidrBlock,
            RuleAction,
            Protocol: '-1',
            Egress,
          }),
        )
  }
}
