import { Duration } from 'aws-cdk-lib'
import { action, BY_TAG, onAny, onTargets } from '../action-definition.ts'
import { choice, duration, flag, list, optional, percentage, text, wholeNumber } from '../parameter.ts'

const api = {
  target: { key: 'Roles', type: 'aws:iam:role' },
  parameters: { duration: duration(), service: choice('ec2', 'kinesis'), percentage, operations: list() },
} as const
const STREAMS = { key: 'KinesisStreams', type: 'aws:kinesis:stream' } as const
const FUNCTIONS = { key: 'Functions', type: 'aws:lambda:function' } as const
const invocations = { duration: duration(), invocationPercentage: optional(percentage) } as const
/** They are told through a bucket that the functions know, and the template does not. */
const onFunction = { target: FUNCTIONS, permissions: null } as const

/** Of FIS itself, and of managed services. */
export const SERVICE_ACTIONS = {
  'aws:arc:start-zonal-autoshift': action({
    target: { key: 'ManagedResources', type: 'aws:arc:zonal-shift-managed-resource' },
    parameters: {
      duration: duration(),
      availabilityZoneIdentifier: text,
      managedResourceTypes: list(4, ['ASG', 'ALB', 'NLB', 'EKS']),
      zonalAutoshiftStatus: optional(choice('ENABLED', 'DISABLED', 'ANY')),
    },
    permissions: null,
  }),
  'aws:cloudwatch:assert-alarm-state': action({
    target: null,
    parameters: { alarmArns: list(5), alarmStates: list(3, ['OK', 'ALARM', 'INSUFFICIENT_DATA']) },
    permissions: [onAny('cloudwatch:DescribeAlarms')],
  }),
  'aws:directconnect:virtual-interface-disconnect': action({
    target: { key: 'VirtualInterfaces', type: 'aws:directconnect:virtual-interface' },
    parameters: { duration: duration(Duration.minutes(10)) },
    permissions: [
      onTargets('directconnect:StartBgpFailoverTest', 'directconnect:StopBgpFailoverTest'),
      onAny('directconnect:DescribeVirtualInterfaces', 'directconnect:ListVirtualInterfaceTestHistory'),
      BY_TAG,
    ],
  }),
  'aws:dsql:cluster-connection-failure': action({
    target: { key: 'Clusters', type: 'aws:dsql:cluster' },
    parameters: { duration: duration(), percentage },
    permissions: [onTargets('dsql:InjectError', 'dsql:GetCluster'), BY_TAG],
  }),
  'aws:dynamodb:global-table-pause-replication': action({
    target: { key: 'Tables', type: 'aws:dynamodb:global-table' },
    parameters: { duration: duration() },
    permissions: [
      onTargets(
        'dynamodb:PutResourcePolicy',
        'dynamodb:DeleteResourcePolicy',
        'dynamodb:GetResourcePolicy',
        'dynamodb:DescribeTable',
        'dynamodb:InjectError',
      ),
      BY_TAG,
    ],
  }),
  'aws:elasticache:replicationgroup-interrupt-az-power': action({
    target: { key: 'ReplicationGroups', type: 'aws:elasticache:replicationgroup' },
    parameters: { duration: duration() },
    permissions: [
      onTargets('elasticache:InterruptClusterAzPower', 'elasticache:DescribeReplicationGroups'),
      BY_TAG,
    ],
  }),
  'aws:fis:inject-api-internal-error': action({
    ...api,
    permissions: [onTargets('fis:InjectApiInternalError')],
  }),
  'aws:fis:inject-api-throttle-error': action({
    ...api,
    permissions: [onTargets('fis:InjectApiThrottleError')],
  }),
  'aws:fis:inject-api-unavailable-error': action({
    ...api,
    permissions: [onTargets('fis:InjectApiUnavailableError')],
  }),
  'aws:fis:wait': action({ target: null, parameters: { duration: duration() }, permissions: [] }),
  'aws:kinesis:stream-expired-iterator-exception': action({
    target: STREAMS,
    parameters: { duration: duration(), percentage },
    permissions: [onTargets('kinesis:InjectApiError')],
  }),
  'aws:kinesis:stream-provisioned-throughput-exception': action({
    target: STREAMS,
    parameters: { duration: duration(), percentage },
    permissions: [onTargets('kinesis:InjectApiError')],
  }),
  'aws:lambda:invocation-add-delay': action({
    ...onFunction,
    parameters: { ...invocations, startupDelayMilliseconds: optional(wholeNumber(0, 900_000)) },
  }),
  'aws:lambda:invocation-error': action({
    ...onFunction,
    parameters: { ...invocations, preventExecution: flag },
  }),
  'aws:lambda:invocation-http-integration-response': action({
    ...onFunction,
    parameters: {
      ...invocations,
      contentTypeHeader: text,
      preventExecution: flag,
      statusCode: wholeNumber(0, 999),
    },
  }),
  'aws:memorydb:multi-region-cluster-pause-replication': action({
    target: { key: 'MultiRegionClusters', type: 'aws:memorydb:multi-region-cluster' },
    parameters: { duration: duration() },
    permissions: [
      onTargets('memorydb:PauseMultiRegionClusterReplication', 'memorydb:DescribeMultiRegionClusters'),
      BY_TAG,
    ],
  }),
  'aws:rds:failover-db-cluster': action({
    target: { key: 'Clusters', type: 'aws:rds:cluster' },
    parameters: {},
    permissions: [onTargets('rds:FailoverDBCluster'), onAny('rds:DescribeDBClusters'), BY_TAG],
  }),
  'aws:rds:reboot-db-instances': action({
    target: { key: 'DBInstances', type: 'aws:rds:db' },
    parameters: { forceFailover: optional(flag) },
    permissions: [onTargets('rds:RebootDBInstance'), onAny('rds:DescribeDBInstances'), BY_TAG],
  }),
  'aws:s3:bucket-pause-replication': action({
    target: { key: 'Buckets', type: 'aws:s3:bucket' },
    parameters: {
      duration: duration(),
      region: text,
      destinationBuckets: optional(list()),
      prefixes: optional(list()),
    },
    // Buckets have no tags in conditions, and are chosen by tags only.
    permissions: null,
  }),
} as const
