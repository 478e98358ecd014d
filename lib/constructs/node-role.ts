import { Stack, Validations } from 'aws-cdk-lib'
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { wildcardFinding } from './finding-id.ts'
import type { StagedFile } from './staged-file.ts'

export interface NodeRoleProps {
  /** Of the slot, or of the group: its machines write no other's log. */
  readonly name: string
  /** They read every parameter under this path and no other: `/aftershock/<environment>/<role>/<name>`. */
  readonly parameterPath: string
  /** Files in the asset bucket that nodes of this role fetch. */
  readonly files: readonly StagedFile[]
  readonly logGroup: LogGroup
  /**
   * The only namespace in which nodes may publish metrics.
   *
   * @default none: they publish nothing, and may not
   */
  readonly metricNamespace?: string
}

/**
 * The role of one slot, or of one group, on EC2: whoever is inside a machine has what that machine has, and not what its
 * neighbours have. It is written out, because the managed policy for Systems Manager allows reading
 * every parameter and more.
 */
export class NodeRole extends Construct {
  readonly role: Role
  readonly #policy: Policy

  constructor(scope: Construct, id: string, props: NodeRoleProps) {
    super(scope, id)
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
    this.#policy = new Policy(this, 'Policy', { roles: [this.role] })
    const { partition, region, account } = Stack.of(this)
    const parameters = `arn:${partition}:ssm:${region}:${account}:parameter${props.parameterPath}/*`
    this.allow(['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'], [parameters])
    this.allow(
      ['s3:GetObject'],
      props.files.map(file => file.arn),
    )
    const streams = `arn:${partition}:logs:${region}:${account}:log-group:${props.logGroup.logGroupName}:log-stream:${props.name}/*`
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [streams])
    this.#policy.addStatements(new PolicyStatement({ actions: SESSION_ACTIONS, resources: ['*'] }))
    if (props.metricNamespace !== undefined)
      this.#policy.addStatements(
        new PolicyStatement({
          actions: ['cloudwatch:PutMetricData'],
          resources: ['*'],
          conditions: { StringEquals: { 'cloudwatch:namespace': props.metricNamespace } },
        }),
      )
    Validations.of(this).acknowledge(
      {
        id: wildcardFinding(this, parameters),
        reason: "The node's own parameters; they are named by the path, which holds nothing else.",
      },
      {
        id: wildcardFinding(this, streams),
        reason:
          'Its own streams: a machine names each after itself, and a group has one machine after another.',
      },
      {
        id: wildcardFinding(this, '*'),
        reason:
          'The agent of Systems Manager and PutMetricData have no resources to name; the latter, where it is allowed, is bound to one namespace.',
      },
    )
  }

  /** Allows `actions` on named resources. @param conditions @default none */
  allow(actions: string[], resources: string[], conditions: Readonly<Record<string, object>> = {}): void {
    this.#policy.addStatements(
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions: { ...conditions } }),
    )
  }

  /** Reads and writes objects of `bucket`, as a broker does that keeps records there. */
  allowObjects(bucketArn: string): void {
    this.allow(['s3:ListBucket', 's3:GetBucketLocation'], [bucketArn])
    this.allow(
      [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      [`${bucketArn}/*`],
    )
    Validations.of(this).acknowledge({
      id: wildcardFinding(this, `${bucketArn}/*`),
      reason: 'The platform names its objects itself; this is its own bucket, and no other is allowed.',
    })
  }
}

/** What the agent needs so that operators and experiments reach a node without SSH. None takes a resource. */
const SESSION_ACTIONS = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
]
