import { CfnDeletionPolicy, type CfnResource, Validations } from 'aws-cdk-lib'
import {
  CfnInstance,
  CfnNetworkInterface,
  CfnVolume,
  CfnVolumeAttachment,
  type ISecurityGroup,
  type ISubnet,
  type UserData,
} from 'aws-cdk-lib/aws-ec2'
import { CfnRecordSet, type IHostedZone } from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import { type ChaosTarget, chaosTarget, INSTANCE_ACTIONS } from '../chaos-target.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import type { VolumeSize } from '../sizing.ts'
import { NodeSettings, type NodeSettingsProps } from './node-settings.ts'
import { NodeSignals } from './node-signals.ts'
import type { NodeRole } from './node-role.ts'
import { imageOf, nodeTemplate } from './node-template.ts'

export interface FixedNodeProps {
  /** For example `kafka-1`: also its name in DNS. */
  readonly name: string
  readonly role: 'broker' | 'controller'
  /** The name that drills use, `az-a`, and the availability zone behind it. */
  readonly zone: string
  readonly availabilityZone: string
  readonly subnet: ISubnet
  readonly securityGroup: ISecurityGroup
  readonly hostedZone: IHostedZone
  readonly instanceRole: NodeRole
  readonly instanceType: string
  readonly volume: VolumeSize
  readonly settings: NodeSettingsProps
  /** @default the newest when an instance is launched */
  readonly image?: EnvironmentConfig['image']
  /**
   * Leaves the slot empty: no instance, but its disk, address and name stay. Deploying without a slot and
   * then with it again replaces its instance, and the volume is never wanted by two at once.
   *
   * @default false
   */
  readonly absent?: boolean
}

const DATA_DEVICE = '/dev/sdf'

/**
 * A slot for a node whose identity must survive its machine: one network interface, one volume, one name in
 * DNS, and an instance that comes and goes. docs/adr/0011 says why it is no auto-scaling group.
 */
export class FixedNode extends Construct {
  readonly name: string
  readonly zone: string
  readonly chaosTargets: readonly ChaosTarget[]
  /** Null when the slot is absent. */
  readonly machine: CfnInstance | null
  /** Over when another slot may be changed. Null when the slot is absent. */
  readonly next: CfnResource | null
  /** Its name in DNS, which others ask for when they start. */
  readonly record: CfnRecordSet
  readonly volume: CfnVolume

  constructor(scope: Construct, id: string, props: FixedNodeProps) {
    super(scope, id)
    this.name = props.name
    this.zone = props.zone
    this.volume = dataVolume(this, props)
    const networkInterface = new CfnNetworkInterface(this, 'Interface', {
      subnetId: props.subnet.subnetId,
      groupSet: [props.securityGroup.securityGroupId],
      description: `aftershock ${props.name}`,
    })
    this.record = new CfnRecordSet(this, 'Name', {
      hostedZoneId: props.hostedZone.hostedZoneId,
      name: `${props.name}.${props.hostedZone.zoneName}.`,
      type: 'A',
      ttl: '30',
      resourceRecords: [networkInterface.attrPrimaryPrivateIpAddress],
    })
    const { settings } = props
    const stored = new NodeSettings(this, 'Settings', {
      ...settings,
      settings: { ...settings.settings, VOLUME_ID: this.volume.ref },
    })
    const template = nodeTemplate(this, 'Template', {
      name: props.name,
      role: props.instanceRole.role,
      userData: stored.userData,
      image: props.image,
      instanceType: props.instanceType,
    })
    this.machine = props.absent
      ? null
      : new CfnInstance(this, 'Instance', {
          launchTemplate: {
            launchTemplateId: template.launchTemplateId as string,
            version: template.latestVersionNumber,
          },
          instanceType: props.instanceType,
          networkInterfaces: [{ deviceIndex: '0', networkInterfaceId: networkInterface.ref }],
          monitoring: false,
          tags: [{ key: 'Name', value: props.name }],
        })
    this.chaosTargets = this.#targets(props)
    this.next = this.#signals(props, stored.userData)
    if (!this.machine) return
    // Before it boots it must be able to read its settings, and they must be there. Its disk goes after it.
    this.machine.node.addDependency(stored, props.instanceRole, this.volume)
    attach(this, this.volume, this.machine)
    Validations.of(this.machine).acknowledge(
      {
        id: 'AwsSolutions-EC28',
        reason:
          'Nothing reads the metrics of EC2 by the minute; what drills and alarms read is published by nodes.',
      },
      {
        id: 'AwsSolutions-EC29',
        reason: 'Drills stop it on purpose; what must not be lost is on a volume of its own.',
      },
    )
  }

  #signals({ settings, instanceType, image }: FixedNodeProps, userData: UserData): CfnResource | null {
    if (!this.machine) return null
    const version = [userData.render(), instanceType, imageOf(image, instanceType)]
    return new NodeSignals(this, 'Signals', {
      path: settings.path,
      machine: this.machine,
      opensEarly: true,
      version,
    }).next
  }

  #targets({ name, role, zone }: FixedNodeProps): ChaosTarget[] {
    const volume = chaosTarget(this.volume, {
      name: `${name} volume`,
      role: 'volume',
      zone,
      actions: ['ebs:pause-volume-io', 'ebs:volume-io-latency'],
    })
    if (!this.machine) return [volume]
    return [chaosTarget(this.machine, { name, role, zone, actions: INSTANCE_ACTIONS }), volume]
  }
}

/**
 * A name that is not there when somebody asks for it is remembered as missing, for minutes: so all names of a cluster
 * are there before any of its machines.
 */
export function namesBeforeMachines(
  slots: readonly FixedNode[],
  groups: readonly { readonly machine: CfnResource }[] = [],
): void {
  for (const { machine } of [...slots, ...groups])
    for (const { record } of slots) machine?.addResourceDependency(record)
}

/**
 * CloudFormation never takes an attachment back: it would detach the disk from a running node that has it mounted, and
 * AWS then waits until somebody unmounts it. Instead the instance is ended, which unmounts, and EC2 detaches.
 */
function attach(scope: Construct, volume: CfnVolume, instance: CfnInstance): void {
  const { cfnOptions } = new CfnVolumeAttachment(scope, 'Attachment', {
    instanceId: instance.ref,
    volumeId: volume.ref,
    device: DATA_DEVICE,
  })
  cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN
  cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN
}

/** A disk that outlives the instance, and goes with the stack. A changed one is kept until somebody decides. */
function dataVolume(scope: Construct, props: FixedNodeProps): CfnVolume {
  const { volume } = props
  const resource = new CfnVolume(scope, 'Volume', {
    availabilityZone: props.availabilityZone,
    size: volume.sizeGiB,
    iops: volume.iops,
    throughput: volume.throughputMiBps,
    volumeType: 'gp3',
    encrypted: true,
    tags: [{ key: 'Name', value: `${props.name} data` }],
  })
  resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE
  resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN
  return resource
}
