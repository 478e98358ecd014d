import { type CfnResource, Duration, Validations } from 'aws-cdk-lib'
import { AutoScalingGroup, type CfnAutoScalingGroup, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling'
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import { type ChaosTarget, chaosTarget, GROUP_ACTIONS } from '../chaos-target.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { NodeSettings, type NodeSettingsProps } from './node-settings.ts'
import { NodeSignals, type SharedSignal } from './node-signals.ts'
import type { NodeRole } from './node-role.ts'
import { imageOf, nodeTemplate } from './node-template.ts'

export interface ZoneGroupProps {
  readonly name: string
  readonly role: 'broker' | 'connect-worker' | 'fleet-shard'
  /** The name that drills use: `az-a`. */
  readonly zone: string
  readonly vpc: IVpc
  /** The one subnet, and so the one zone, in which the group launches. */
  readonly subnet: ISubnet
  readonly securityGroup: ISecurityGroup
  readonly instanceRole: NodeRole
  readonly instanceType: string
  readonly settings: NodeSettingsProps
  /** @default the newest when an instance is launched */
  readonly image?: EnvironmentConfig['image']
  /** @default 1 */
  readonly size?: number
  /** @default 20 */
  readonly rootGiB?: number
  /** What CloudFormation waits for, together with others. @default a condition of the group's own */
  readonly shared?: SharedSignal
  /**
   * How long an update waits after each machine that it replaced in a group: there CloudFormation hears nothing of the
   * node, only after the whole group.
   *
   * @default none
   */
  readonly pause?: Duration
}

/** Chosen and not measured: to boot, install Java, fetch a distribution and start. */
export const REPLACEMENT_PAUSE = Duration.minutes(3)

/**
 * Nodes that keep nothing: a group in one zone, from a launch template. What is terminated comes back as a
 * fresh machine, which is also how it is updated.
 */
export class ZoneGroup extends Construct {
  readonly group: AutoScalingGroup
  readonly machine: CfnAutoScalingGroup
  /** Over when another group may be changed. */
  readonly next: CfnResource
  readonly chaosTargets: readonly ChaosTarget[]

  constructor(scope: Construct, id: string, props: ZoneGroupProps) {
    super(scope, id)
    const { name, role, zone, size = 1 } = props
    const stored = new NodeSettings(this, 'Settings', props.settings)
    const template = nodeTemplate(this, 'Template', {
      name,
      role: props.instanceRole.role,
      userData: stored.userData,
      image: props.image,
      instanceType: props.instanceType,
      sized: true,
      ...(props.rootGiB !== undefined && { rootGiB: props.rootGiB }),
      securityGroup: props.securityGroup,
    })
    this.group = new AutoScalingGroup(this, 'Group', {
      vpc: props.vpc,
      vpcSubnets: { subnets: [props.subnet] },
      launchTemplate: template,
      minCapacity: size,
      maxCapacity: size,
      defaultInstanceWarmup: Duration.seconds(60),
      // The old one goes first: two nodes never have the same identity.
      updatePolicy: UpdatePolicy.rollingUpdate({
        maxBatchSize: 1,
        minInstancesInService: 0,
        ...(props.pause && { pauseTime: props.pause }),
      }),
    })
    this.machine = this.group.node.defaultChild as CfnAutoScalingGroup
    // Before it boots it must be able to read its settings, and they must be there.
    this.group.node.addDependency(stored, props.instanceRole)
    this.next = new NodeSignals(this, 'Signals', {
      path: props.settings.path,
      machine: this.machine,
      machines: size,
      opensEarly: false,
      shared: props.shared,
      version: [
        stored.userData.render(),
        props.instanceType,
        props.rootGiB,
        imageOf(props.image, props.instanceType),
      ],
    }).next
    this.chaosTargets = [chaosTarget(this.machine, { name, role, zone, actions: GROUP_ACTIONS })]
    Validations.of(this.group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason: 'Instances come and go by design in a drill; its journal and the alarms tell of it.',
    })
  }
}
