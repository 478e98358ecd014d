import { Stack, Tags } from 'aws-cdk-lib'
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  type IMachineImage,
  InstanceType,
  type ISecurityGroup,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  type UserData,
} from 'aws-cdk-lib/aws-ec2'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { EnvironmentConfig } from '../environment-schema.ts'

export interface NodeTemplateProps {
  readonly name: string
  readonly role: IRole
  readonly userData: UserData
  /** Only its architecture matters, unless `sized` is set. */
  readonly instanceType: string
  /**
   * Whether the template decides the size. A node in a fixed slot decides it itself: then a change of size
   * stops and starts the instance instead of replacing it.
   *
   * @default false
   */
  readonly sized?: boolean
  /** @default 20 */
  readonly rootGiB?: number
  /** @default the newest when an instance is launched */
  readonly image?: EnvironmentConfig['image']
  /** @default none: an explicit network interface brings its own */
  readonly securityGroup?: ISecurityGroup
}

/**
 * How every node is launched: IMDSv2, no key pair, an encrypted root volume. An image that nobody has pinned is resolved
 * when an instance is launched and not when the stack is deployed, so that a new release of Amazon Linux replaces nothing
 * behind anybody's back.
 */
export function nodeTemplate(scope: Construct, id: string, props: NodeTemplateProps): LaunchTemplate {
  const template = new LaunchTemplate(scope, id, {
    machineImage: machineImage(scope, props),
    userData: props.userData,
    role: props.role,
    requireImdsv2: true,
    httpTokens: LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    instanceMetadataTags: false,
    // Nothing reads the metrics of EC2 by the minute, and each is billed as one of our own.
    detailedMonitoring: false,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(props.rootGiB ?? 20, {
          encrypted: true,
          volumeType: EbsDeviceVolumeType.GP3,
          deleteOnTermination: true,
        }),
      },
    ],
    ...(props.sized ? { instanceType: new InstanceType(props.instanceType) } : {}),
    ...(props.securityGroup ? { securityGroup: props.securityGroup } : {}),
  })
  Tags.of(template).add('Name', props.name)
  return template
}

/** The image that somebody has pinned for a machine of this architecture. */
export function imageOf(image: EnvironmentConfig['image'], instanceType: string): string | undefined {
  return image?.[architecture(instanceType)]
}

function machineImage(scope: Construct, { instanceType, userData, image }: NodeTemplateProps): IMachineImage {
  const pinned = imageOf(image, instanceType)
  if (pinned !== undefined)
    return MachineImage.genericLinux({ [Stack.of(scope).region]: pinned }, { userData })
  return MachineImage.resolveSsmParameterAtLaunch(
    `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture(instanceType)}`,
    { userData },
  )
}

/** Graviton families have a `g` after their generation: m7g, c7gn, t4g. */
export function architecture(instanceType: string): 'arm64' | 'x86_64' {
  return /^[a-z]+\d[a-z]*g/.test(instanceType) ? 'arm64' : 'x86_64'
}
