import {
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2'
import { ENVIRONMENT, ZONES } from './deployed-machines.ts'
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
