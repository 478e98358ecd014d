import type { Clock } from '../../../chaos/core/clock.ts'
import { AftershockError, messageOf } from '../../../chaos/core/errors.ts'
import {
  ANSWER_TIMEOUT_MS,
  type Asker,
  ask,
  clientOptions,
  hostOf,
  refusalName,
  type Service,
} from '../aws-question.ts'
import type { AccountFacts, BucketKey, FactsOf, RunningInstance } from './account-facts.ts'

/** Asks AWS, each service through its own client, which is loaded when it is first asked. */
export function accountFacts(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): FactsOf {
  return region => factsOf({ region, asker: { env, clock, timeoutMs } })
}

interface Region {
  readonly region: string
  readonly asker: Asker
}

function factsOf(at: Region): AccountFacts {
  return {
    quota: (service, code) => quota(at, service, code),
    runningInstances: () => runningInstances(at),
    vcpus: types => vcpus(at, types),
    zonesWith: types => zonesWith(at, types),
    networks: () => networks(at),
    hasRole: name => hasRole(at, name),
    makeServiceRole: service => makeServiceRole(at, service),
    bucketKey: (bucket, account) => bucketKey(at, bucket, account),
  }
}

async function quota(at: Region, ServiceCode: string, QuotaCode: string): Promise<number> {
  const { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } = await import(
    '@aws-sdk/client-service-quotas'
  )
  const client = new ServiceQuotasClient(options('service-quotas', at))
  const wanted = { ServiceCode, QuotaCode }
  const { Quota } = await ask(
    question(client, 'service-quotas', at, 'servicequotas:GetServiceQuota'),
    (asked, abortSignal) =>
      asked.send(new GetServiceQuotaCommand(wanted), { abortSignal }).catch((error: unknown) => {
        // Nobody has changed it in this account: what AWS gives everybody is in force.
        if (refusalName(error) !== 'NoSuchResourceException') throw error
        return asked.send(new GetAWSDefaultServiceQuotaCommand(wanted), { abortSignal })
      }),
  )
  if (Quota?.Value !== undefined) return Quota.Value
  throw new AftershockError('unavailable', `AWS gives no value of the quota ${ServiceCode}/${QuotaCode}`)
}

const RUNS = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] as const

async function runningInstances(at: Region): Promise<RunningInstance[]> {
  const { EC2Client, paginateDescribeInstances } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(options('ec2', at))
  return ask(question(client, 'ec2', at, 'ec2:DescribeInstances'), async (_, abortSignal) => {
    const found: RunningInstance[] = []
    const Filters = RUNS.map(({ Name, Values }) => ({ Name, Values: [...Values] }))
    // Spot and capacity blocks have quotas of their own.
    for await (const { Reservations = [] } of paginateDescribeInstances(
      { client },
      { Filters },
      { abortSignal },
    ))
      for (const { InstanceType, InstanceLifecycle, Tags } of Reservations.flatMap(
        ({ Instances = [] }) => Instances,
      ))
        if (InstanceType !== undefined && InstanceLifecycle === undefined)
          found.push({ type: InstanceType, tags: tagMap(Tags) })
    return found
  })
}

async function vcpus(at: Region, types: readonly string[]): Promise<Map<string, number>> {
  const { EC2Client, paginateDescribeInstanceTypes } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(options('ec2', at))
  return ask(question(client, 'ec2', at, 'ec2:DescribeInstanceTypes'), async (_, abortSignal) => {
    // By a filter, and not by name: one name that AWS does not know would refuse them all.
    const Filters = [{ Name: 'instance-type', Values: [...types] }]
    const found = new Map<string, number>()
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes(
      { client },
      { Filters },
      { abortSignal },
    ))
      for (const { InstanceType, VCpuInfo } of InstanceTypes)
        if (InstanceType !== undefined && VCpuInfo?.DefaultVCpus !== undefined)
          found.set(InstanceType, VCpuInfo.DefaultVCpus)
    return found
  })
}

async function zonesWith(at: Region, types: readonly string[]): Promise<Map<string, readonly string[]>> {
  const { EC2Client, paginateDescribeInstanceTypeOfferings } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(options('ec2', at))
  return ask(question(client, 'ec2', at, 'ec2:DescribeInstanceTypeOfferings'), async (_, abortSignal) => {
    const wanted = {
      LocationType: 'availability-zone' as const,
      Filters: [{ Name: 'instance-type', Values: [...types] }],
    }
    const found = new Map<string, readonly string[]>()
    for await (const { InstanceTypeOfferings = [] } of paginateDescribeInstanceTypeOfferings(
      { client },
      wanted,
      {
        abortSignal,
      },
    ))
      for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings)
        found.set(InstanceType, [...(found.get(InstanceType) ?? []), Location].toSorted())
    return found
  })
}

async function networks(at: Region): Promise<Readonly<Record<string, string>>[]> {
  const { EC2Client, paginateDescribeVpcs } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(options('ec2', at))
  return ask(question(client, 'ec2', at, 'ec2:DescribeVpcs'), async (_, abortSignal) => {
    const found: Readonly<Record<string, string>>[] = []
    for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {}, { abortSignal }))
      found.push(...Vpcs.map(({ Tags }) => tagMap(Tags)))
    return found
  })
}

async function hasRole(at: Region, RoleName: string): Promise<boolean> {
  const { GetRoleCommand, IAMClient } = await import('@aws-sdk/client-iam')
  const client = new IAMClient(options('iam', at))
  return ask(question(client, 'iam', at, 'iam:GetRole'), (asked, abortSignal) =>
    asked.send(new GetRoleCommand({ RoleName }), { abortSignal }).then(
      () => true,
      (error: unknown) => {
        if (refusalName(error) === 'NoSuchEntityException') return false
        throw error
      },
    ),
  )
}

async function makeServiceRole(at: Region, AWSServiceName: string): Promise<void> {
  const { CreateServiceLinkedRoleCommand, IAMClient } = await import('@aws-sdk/client-iam')
  const client = new IAMClient(options('iam', at))
  await ask(question(client, 'iam', at, 'iam:CreateServiceLinkedRole'), (asked, abortSignal) =>
    asked
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName }), { abortSignal })
      .catch((error: unknown) => {
        // Somebody else's deployment was faster, or AWS has it under another spelling of its name.
        if (!isThere(error)) throw error
      }),
  )
}

function isThere(error: unknown): boolean {
  return (
    refusalName(error) === 'EntityAlreadyExistsException' ||
    (refusalName(error) === 'InvalidInputException' && /has been taken/.test(messageOf(error)))
  )
}

/** Of S3 itself, whatever its alias is called: `aws/s3`. */
const AWS_KEY = /(^|:)alias\/aws\/s3$/

async function bucketKey(at: Region, Bucket: string, ExpectedBucketOwner: string): Promise<BucketKey> {
  const { GetBucketEncryptionCommand, S3Client } = await import('@aws-sdk/client-s3')
  const own = options('s3', at)
  const client = new S3Client({ ...own, forcePathStyle: 'endpoint' in own })
  return ask(question(client, 's3', at, 's3:GetEncryptionConfiguration'), async (asked, abortSignal) => {
    try {
      const { ServerSideEncryptionConfiguration: found } = await asked.send(
        new GetBucketEncryptionCommand({ Bucket, ExpectedBucketOwner }),
        { abortSignal },
      )
      const keys = (found?.Rules ?? []).flatMap(
        ({ ApplyServerSideEncryptionByDefault: rule }) => rule?.KMSMasterKeyID ?? [],
      )
      const key = keys.find(one => !AWS_KEY.test(one))
      return key === undefined ? { kind: 'aws' } : { kind: 'customer', key }
    } catch (error) {
      const name = refusalName(error)
      if (name === 'NoSuchBucket') return { kind: 'missing' }
      if (name === 'ServerSideEncryptionConfigurationNotFoundError') return { kind: 'aws' }
      throw error
    }
  })
}

const options = (service: Service, { region, asker }: Region) => clientOptions(service, region, asker.env)

function question<C>(client: C, service: Service, { region, asker }: Region, permission: string) {
  const host = hostOf(service, region, asker.env)
  const refusal = (said: string) =>
    new AftershockError('unavailable', `AWS does not say: ${said}`, {
      source: 'user',
      hint: `These credentials need the permission ${permission}.`,
    })
  return { client, host, asker, refusal }
}

function tagMap(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}
