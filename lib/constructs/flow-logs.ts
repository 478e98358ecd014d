import { Duration, type Stack, Validations } from 'aws-cdk-lib'
import { CfnFlowLog, type IVpc } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { TransientBucket } from './transient-bucket.ts'

/** A zone's id is the same place in every account, which its name is not; the rest is what a cut is proven by. */
const FIELDS = [
  'version',
  'start',
  'end',
  'az-id',
  'subnet-id',
  'interface-id',
  'flow-direction',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'action',
  'log-status',
]

const KEPT = Duration.days(14)

/**
 * Who talked to whom, and what was refused, each minute: a cut is in it as REJECT, by a witness that injected nothing. In
 * a bucket, where a GB costs half of what CloudWatch asks for it.
 */
export function addFlowLogs(stack: Stack, vpc: IVpc, config: EnvironmentConfig): void {
  const { nat, flowLogs } = config.network
  if (!flowLogs && nat === 'none') {
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing in this network reaches the internet and nothing from there reaches it, so that a log would tell of the nodes of one test environment among themselves. It is written as soon as there is NAT, and with network.flowLogs.',
    })
    return
  }
  const { bucket } = new TransientBucket(stack, 'Flows', {
    keptFor: KEPT,
    unlogged:
      'It says who talked to whom in a network of test machines, is forgotten after two weeks, and no role of a node may read it.',
  })
  const { account, region, partition } = stack
  const conditions = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` },
  }
  const delivery = new ServicePrincipal('delivery.logs.amazonaws.com')
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals: [delivery],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions,
    }),
  )
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals: [delivery],
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions,
    }),
  )
  const log = new CfnFlowLog(stack, 'FlowLog', {
    resourceId: vpc.vpcId,
    resourceType: 'VPC',
    trafficType: 'ALL',
    logDestinationType: 's3',
    logDestination: bucket.bucketArn,
    logFormat: FIELDS.map(field => `\${${field}}`).join(' '),
    maxAggregationInterval: 60,
  })
  // Written to once its policy allows it, and no longer when it is emptied.
  log.node.addDependency(bucket)
}
