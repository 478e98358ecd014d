import { Duration } from 'aws-cdk-lib'
import { action, BY_TAG, onAny, onTargets, type Permission } from '../action-definition.ts'
import {
  arn,
  documentParameters,
  duration,
  flag,
  list,
  number,
  optional,
  percentage,
  text,
} from '../parameter.ts'

const INSTANCES = { key: 'Instances', type: 'aws:ec2:instance' } as const
const VOLUMES = { key: 'Volumes', type: 'aws:ec2:ebs-volume' } as const
const share = optional(number(0.1, 100, '%'))
const latency = optional(number(1, 60_000, ' ms; below 10 on io2 volumes only'))

/** Of machines and their disks. */
export const COMPUTE_ACTIONS = {
  'aws:ebs:pause-volume-io': action({
    target: VOLUMES,
    parameters: { duration: duration(Duration.seconds(1)) },
    permissions: [onTargets('ec2:PauseVolumeIO'), onAny('ec2:DescribeVolumes'), BY_TAG],
  }),
  'aws:ebs:volume-io-latency': action({
    target: VOLUMES,
    parameters: {
      duration: duration(Duration.seconds(1)),
      readIOPercentage: share,
      readIOLatencyMilliseconds: latency,
      writeIOPercentage: share,
      writeIOLatencyMilliseconds: latency,
    },
    permissions: [onTargets('ec2:InjectVolumeIOLatency'), onAny('ec2:DescribeVolumes'), BY_TAG],
  }),
  'aws:ec2:api-insufficient-instance-capacity-error': action({
    target: { key: 'Roles', type: 'aws:iam:role' },
    parameters: { duration: duration(), availabilityZoneIdentifiers: list(), percentage },
    permissions: [injecting('aws:ec2:api-insufficient-instance-capacity-error')],
  }),
  'aws:ec2:asg-insufficient-instance-capacity-error': action({
    target: { key: 'AutoScalingGroups', type: 'aws:ec2:autoscaling-group' },
    parameters: {
      duration: duration(),
      availabilityZoneIdentifiers: list(),
      percentage: optional(percentage),
    },
    permissions: [
      injecting('aws:ec2:asg-insufficient-instance-capacity-error'),
      onAny('autoscaling:DescribeAutoScalingGroups'),
    ],
  }),
  'aws:ec2:reboot-instances': action({
    target: INSTANCES,
    parameters: {},
    permissions: [onTargets('ec2:RebootInstances'), onAny('ec2:DescribeInstances')],
  }),
  'aws:ec2:send-spot-instance-interruptions': action({
    target: { key: 'SpotInstances', type: 'aws:ec2:spot-instance' },
    parameters: { durationBeforeInterruption: duration(Duration.minutes(2), Duration.minutes(15)) },
    permissions: [onTargets('ec2:SendSpotInstanceInterruptions'), onAny('ec2:DescribeInstances')],
  }),
  'aws:ec2:stop-instances': action({
    target: INSTANCES,
    parameters: {
      startInstancesAfterDuration: optional(duration()),
      completeIfInstancesTerminated: optional(flag),
    },
    permissions: [
      onTargets('ec2:StopInstances', 'ec2:StartInstances'),
      onAny('ec2:DescribeInstances'),
      // Without it, an instance whose volumes are encrypted under a key of the account stays stopped.
      {
        on: 'resources',
        actions: ['kms:CreateGrant'],
        resources: ['kms:key/*'],
        conditions: {
          StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
        },
      },
    ],
    check: ({ completeIfInstancesTerminated: complete, startInstancesAfterDuration: after }) =>
      complete === true && after === undefined
        ? 'completeIfInstancesTerminated means something with startInstancesAfterDuration only'
        : null,
  }),
  'aws:ec2:terminate-instances': action({
    target: INSTANCES,
    parameters: {},
    permissions: [onTargets('ec2:TerminateInstances'), onAny('ec2:DescribeInstances')],
  }),
  'aws:ssm:send-command': action({
    target: INSTANCES,
    parameters: {
      documentArn: arn,
      documentVersion: optional(text),
      documentParameters: optional(documentParameters),
      duration: duration(),
    },
    permissions: [
      onTargets('ssm:SendCommand'),
      { on: 'parameter', actions: ['ssm:SendCommand'], parameter: 'documentArn' },
      onAny('ssm:ListCommands', 'ssm:CancelCommand', 'ec2:DescribeInstances'),
    ],
  }),
  'aws:ssm:start-automation-execution': action({
    target: null,
    parameters: {
      documentArn: arn,
      documentVersion: optional(text),
      documentParameters: optional(documentParameters),
      maxDuration: duration(),
    },
    // What the automation does is in its document, and so is the role that it may take.
    permissions: null,
  }),
} as const

/** Bound to this action, and to its targets as far as they are known by ARN. */
function injecting(id: string): Permission {
  return {
    on: 'any',
    actions: ['ec2:InjectApiError'],
    conditions: { StringEquals: { 'ec2:FisActionId': id } },
  }
}
