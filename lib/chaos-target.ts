import { type CfnResource, Stack, Tags } from 'aws-cdk-lib'

/** Something that an experiment may touch, and how. What is in no stack's list is out of reach. */
export interface ChaosTarget {
  /** As people call it, for example `kafka-2`. */
  readonly name: string
  readonly role:
    | 'broker'
    | 'controller'
    | 'connect-worker'
    | 'fleet-shard'
    | 'volume'
    | 'subnet'
    | 'route-table'
    | 'store-endpoint'
  /** The name that drills use: `az-a`; of what is in all of them, `all`. */
  readonly zone: string
  readonly stack: string
  /** CloudFormation's. */
  readonly logicalId: string
  readonly resourceType: string
  /** Actions of AWS FIS, without their prefix; none where only our own driver touches it. */
  readonly actions: readonly string[]
}

/** Of an instance in a slot. Not to terminate it: nothing brings it back, and CloudFormation would know of no change. */
export const INSTANCE_ACTIONS = ['ec2:stop-instances', 'ssm:send-command'] as const
export const GROUP_ACTIONS = [
  'ec2:terminate-instances',
  'ec2:asg-insufficient-instance-capacity-error',
  'ssm:send-command',
] as const

/** Tags a resource as fair game and describes it. Nothing else in this code writes the tag. */
export function chaosTarget(
  resource: CfnResource,
  target: Pick<ChaosTarget, 'name' | 'role' | 'zone' | 'actions'>,
): ChaosTarget {
  Tags.of(resource).add('chaos-ready', 'true')
  const stack = Stack.of(resource)
  return {
    ...target,
    stack: stack.stackName,
    logicalId: stack.resolve(resource.logicalId) as string,
    resourceType: resource.cfnResourceType,
  }
}
