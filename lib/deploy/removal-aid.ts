import type { Clock } from '../../chaos/core/clock.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { ANSWER_TIMEOUT_MS, type Asker, ask, clientOptions, hostOf, type Service } from './aws-question.ts'

/** What helps stacks to go that do not go at once. */
export interface RemovalAid {
  /** What CloudFormation said of the resources of a stack that it could not delete, since it last began to. */
  whyNotDeleted(stack: string): Promise<readonly string[]>
  /** Names of the buckets that a stack has. */
  buckets(stack: string): Promise<readonly string[]>
  /** Has S3 itself delete what is in a bucket, from the next midnight on, free of charge. */
  expireObjects(bucket: string): Promise<void>
}

export type AidOf = (region: string) => RemovalAid

export function removalAid(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): AidOf {
  const asker = { env, clock, timeoutMs }
  return region => ({
    whyNotDeleted: stack => whyNotDeleted(region, asker, stack),
    buckets: stack => buckets(region, asker, stack),
    expireObjects: bucket => expireObjects(region, asker, bucket),
  })
}

async function whyNotDeleted(region: string, asker: Asker, StackName: string): Promise<string[]> {
  const { CloudFormationClient, paginateDescribeStackEvents } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientOptions('cloudformation', region, asker.env))
  const asked = question(client, 'cloudformation', region, asker, 'cloudformation:DescribeStackEvents')
  return ask(asked, async (_, abortSignal) => {
    const found: string[] = []
    // The newest come first.
    for await (const { StackEvents = [] } of paginateDescribeStackEvents(
      { client },
      { StackName },
      { abortSignal },
    ))
      for (const {
        LogicalResourceId: id,
        ResourceType,
        ResourceStatus,
        ResourceStatusReason: why,
      } of StackEvents) {
        if (ResourceType === 'AWS::CloudFormation::Stack' && ResourceStatus === 'DELETE_IN_PROGRESS')
          return found
        if (
          ResourceStatus === 'DELETE_FAILED' &&
          why !== undefined &&
          ResourceType !== 'AWS::CloudFormation::Stack'
        )
          found.push(`${ResourceType} ${id}: ${why}`)
      }
    return found
  })
}

async function buckets(region: string, asker: Asker, StackName: string): Promise<string[]> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(clientOptions('cloudformation', region, asker.env))
  const asked = question(client, 'cloudformation', region, asker, 'cloudformation:ListStackResources')
  return ask(asked, async (_, abortSignal) => {
    const found: string[] = []
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName },
      { abortSignal },
    ))
      for (const { ResourceType, ResourceStatus, PhysicalResourceId } of StackResourceSummaries)
        if (
          ResourceType === 'AWS::S3::Bucket' &&
          ResourceStatus !== 'DELETE_COMPLETE' &&
          PhysicalResourceId !== undefined
        )
          found.push(PhysicalResourceId)
    return found
  })
}

/** Uploads that never ended are what the bucket's own rule ends; a new set of rules is in place of the old one. */
async function expireObjects(region: string, asker: Asker, Bucket: string): Promise<void> {
  const { PutBucketLifecycleConfigurationCommand, S3Client } = await import('@aws-sdk/client-s3')
  const own = clientOptions('s3', region, asker.env)
  const client = new S3Client({ ...own, forcePathStyle: 'endpoint' in own })
  const everything = { ID: 'removed', Status: 'Enabled', Filter: { Prefix: '' } } as const
  const Rules = [
    { ...everything, Expiration: { Days: 1 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ]
  await ask(question(client, 's3', region, asker, 's3:PutLifecycleConfiguration'), (asked, abortSignal) =>
    asked.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }), {
      abortSignal,
    }),
  )
}

function question<C>(client: C, service: Service, region: string, asker: Asker, permission: string) {
  const refusal = (said: string) =>
    new AftershockError('unavailable', `AWS refuses: ${said}`, {
      source: 'user',
      hint: `These credentials need the permission ${permission}.`,
    })
  return { client, host: hostOf(service, region, asker.env), asker, refusal }
}
