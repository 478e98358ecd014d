import type { BilledUnit } from '../../record/price-row.ts'

/**
 * How each item of the table is found in AWS's price list. `regionCode` is always a filter; usage types carry a
 * prefix of the region (`EU-`, `USE1-`, none), so they are compared without it and then whole: `NatGateway-Hours`
 * is wanted, `RegionalNatGateway-Hours` is another product at the same price.
 */
export interface PriceQuery {
  readonly item: string
  readonly unit: BilledUnit
  readonly service: string
  readonly filters: Readonly<Record<string, string>>
  /** Without the region's prefix; more than one where regions differ. */
  readonly usagetypes: readonly string[]
  /** The price list's own unit, without regard to case: a change of it must not go by unseen. */
  readonly listUnit: string
  /** From the list's unit to ours. @default 1 */
  readonly scale?: number
  /** Whether the price falls with the quantity. @default false */
  readonly tiered?: boolean
  /** The attribute that has the region's code. @default 'regionCode' */
  readonly regionIn?: 'fromRegionCode'
  /**
   * One price a destination, each a usage type of its own (`USE1-EUC1-AWS-Out-Bytes`): the price that more than half
   * of them have. @default false
   */
  readonly perDestination?: boolean
  readonly note?: string
}

const EBS = { service: 'AmazonEC2' } as const
const gp3 = (productFamily: string) => ({ ...EBS, filters: { productFamily, volumeApiName: 'gp3' } })
const s3 = (volumeType: string | null) => ({
  service: 'AmazonS3',
  filters: volumeType === null ? {} : { volumeType },
})
const nat = { ...EBS, filters: { productFamily: 'NAT Gateway', operation: 'NatGateway' } }
const endpoint = { service: 'AmazonVPC', filters: { productFamily: 'VpcEndpoint' } }
const fargate = { service: 'AmazonECS', filters: { productFamily: 'Compute' } }
const secrets = (productFamily: string) => ({ service: 'AWSSecretsManager', filters: { productFamily } })
/** One instance in one zone; two zones are another product, and every engine has its own. */
const postgres = (filters: Readonly<Record<string, string>>) => ({
  service: 'AmazonRDS',
  filters: { databaseEngine: 'PostgreSQL', deploymentOption: 'Single-AZ', ...filters },
})
/** Bytes that leave a region: products of both ends, and of no one service. */
const leaving = (filters: Readonly<Record<string, string>>) => ({
  service: 'AWSDataTransfer',
  filters,
  regionIn: 'fromRegionCode' as const,
})
const logs = (productFamily: string) => ({ service: 'AmazonCloudWatch', filters: { productFamily } })

const FIXED: readonly PriceQuery[] = [
  {
    item: 'ebs.gp3.storage',
    unit: 'GB-month',
    ...gp3('Storage'),
    usagetypes: ['EBS:VolumeUsage.gp3'],
    listUnit: 'GB-Mo',
  },
  {
    item: 'ebs.gp3.iops',
    unit: 'IOPS-month',
    ...gp3('System Operation'),
    usagetypes: ['EBS:VolumeP-IOPS.gp3'],
    listUnit: 'IOPS-Mo',
    note: 'above the 3,000 IOPS that the volume includes',
  },
  {
    item: 'ebs.gp3.throughput',
    unit: 'MiBps-month',
    ...gp3('Provisioned Throughput'),
    usagetypes: ['EBS:VolumeP-Throughput.gp3'],
    listUnit: 'GiBps-mo',
    scale: 1 / 1024,
    note: 'above the 125 MiB/s that the volume includes; the price list gives it per GiB/s',
  },
  {
    item: 's3.standard.storage',
    unit: 'GB-month',
    ...s3('Standard'),
    usagetypes: ['TimedStorage-ByteHrs'],
    listUnit: 'GB-Mo',
    tiered: true,
  },
  {
    item: 's3.standard.put',
    unit: 'request',
    ...s3(null),
    usagetypes: ['Requests-Tier1'],
    listUnit: 'Requests',
  },
  {
    item: 's3.standard.get',
    unit: 'request',
    ...s3(null),
    usagetypes: ['Requests-Tier2'],
    listUnit: 'Requests',
  },
  {
    item: 'xfer.interaz.per_direction',
    unit: 'GB',
    service: 'AmazonEC2',
    filters: { productFamily: 'Data Transfer', transferType: 'IntraRegion' },
    usagetypes: ['DataTransfer-Regional-Bytes'],
    listUnit: 'GB',
    note: 'sender and receiver pay it each: a byte that crosses costs twice this',
  },
  {
    item: 'xfer.interregion.other',
    unit: 'GB',
    ...leaving({ transferType: 'InterRegion Outbound', toLocationType: 'AWS Region' }),
    usagetypes: ['AWS-Out-Bytes'],
    perDestination: true,
    listUnit: 'GB',
    note: 'most pairs of regions; a few newer destinations cost more',
  },
  {
    item: 'xfer.internet.out',
    unit: 'GB',
    ...leaving({ transferType: 'AWS Outbound', toLocation: 'External' }),
    usagetypes: ['DataTransfer-Out-Bytes'],
    listUnit: 'GB',
    tiered: true,
  },
  { item: 'nat.hour', unit: 'hour', ...nat, usagetypes: ['NatGateway-Hours'], listUnit: 'Hrs' },
  { item: 'nat.gb', unit: 'GB', ...nat, usagetypes: ['NatGateway-Bytes'], listUnit: 'GB' },
  {
    item: 'vpce.interface.hour',
    unit: 'hour',
    ...endpoint,
    usagetypes: ['VpcEndpoint-Hours'],
    listUnit: 'Hrs',
    note: 'per endpoint and zone',
  },
  {
    item: 'vpce.interface.gb',
    unit: 'GB',
    ...endpoint,
    usagetypes: ['VpcEndpoint-Bytes'],
    listUnit: 'GB',
    tiered: true,
  },
  {
    item: 'ipv4.inuse.hour',
    unit: 'hour',
    service: 'AmazonVPC',
    filters: {},
    usagetypes: ['PublicIPv4:InUseAddress'],
    listUnit: 'Hrs',
  },
  {
    item: 'fargate.x86.vcpu.hour',
    unit: 'vCPU-hour',
    ...fargate,
    usagetypes: ['Fargate-vCPU-Hours:perCPU'],
    listUnit: 'hours',
  },
  {
    item: 'fargate.x86.gb.hour',
    unit: 'GB-hour',
    ...fargate,
    usagetypes: ['Fargate-GB-Hours'],
    listUnit: 'hours',
  },
  {
    item: 'fargate.arm.vcpu.hour',
    unit: 'vCPU-hour',
    ...fargate,
    usagetypes: ['Fargate-ARM-vCPU-Hours:perCPU'],
    listUnit: 'hours',
  },
  {
    item: 'fargate.arm.gb.hour',
    unit: 'GB-hour',
    ...fargate,
    usagetypes: ['Fargate-ARM-GB-Hours'],
    listUnit: 'hours',
  },
  {
    item: 'cw.logs.ingest.standard',
    unit: 'GB',
    ...logs('Data Payload'),
    usagetypes: ['DataProcessing-Bytes'],
    listUnit: 'GB',
  },
  {
    item: 'cw.logs.storage',
    unit: 'GB-month',
    ...logs('Storage Snapshot'),
    usagetypes: ['TimedStorage-ByteHrs'],
    listUnit: 'GB-Mo',
  },
  {
    item: 'rds.postgres.db.t4g.micro',
    unit: 'hour',
    ...postgres({ instanceType: 'db.t4g.micro' }),
    usagetypes: ['InstanceUsage:db.t4g.micro'],
    listUnit: 'Hrs',
    note: 'Single-AZ, PostgreSQL',
  },
  {
    item: 'rds.gp3.storage',
    unit: 'GB-month',
    ...postgres({ volumeType: 'General Purpose-GP3' }),
    usagetypes: ['RDS:GP3-Storage'],
    listUnit: 'GB-Mo',
    note: 'Single-AZ, PostgreSQL',
  },
  {
    item: 'secretsmanager.secret',
    unit: 'month',
    ...secrets('Secret'),
    usagetypes: ['AWSSecretsManager-Secrets'],
    listUnit: 'Secrets',
  },
  {
    item: 'secretsmanager.request',
    unit: 'request',
    ...secrets('API Request'),
    // eu-west-1 has a spelling of its own.
    usagetypes: ['AWSSecretsManagerAPIRequest', 'AWSSecretsManager-APIRequests'],
    listUnit: 'API Requests',
  },
]

/** What a refresh asks for: the fixed items, and one price for each type of machine. */
export function priceQueries(instances: readonly string[]): PriceQuery[] {
  return [...FIXED, ...instances.map(instanceQuery)]
}

function instanceQuery(instance: string): PriceQuery {
  return {
    item: `ec2.linux.${instance}`,
    unit: 'hour',
    service: 'AmazonEC2',
    filters: {
      instanceType: instance,
      operatingSystem: 'Linux',
      tenancy: 'Shared',
      capacitystatus: 'Used',
      preInstalledSw: 'NA',
      operation: 'RunInstances',
    },
    usagetypes: [`BoxUsage:${instance}`],
    listUnit: 'Hrs',
  }
}
