/** How resources of a type may be chosen, as far as AWS documents it. */
export interface ResourceTypeRules {
  /** @default by tags or by ARNs */
  readonly by?: 'tags' | 'arns' | 'parameters'
  /** What its ARNs look like, for a role that names resources by their tags. */
  readonly arn: {
    readonly service: string
    readonly resource: string
    readonly isOfOneRegion: boolean
  } | null
  /** Attributes that a target may be narrowed by, besides tags and filters. */
  readonly parameters?: readonly string[]
  readonly requiredParameters?: readonly string[]
}

const arn = (service: string, resource: string, isOfOneRegion = true) => ({
  service,
  resource,
  isOfOneRegion,
})

/** Types of resources that targets are made of: the documentation of AWS FIS, "Targets" and "Actions reference". */
export const RESOURCE_TYPES = {
  'aws:arc:zonal-shift-managed-resource': { arn: null },
  'aws:directconnect:virtual-interface': { arn: arn('directconnect', 'dxvif/*') },
  'aws:dsql:cluster': { arn: arn('dsql', 'cluster/*') },
  'aws:dynamodb:global-table': { arn: arn('dynamodb', 'table/*') },
  'aws:ec2:autoscaling-group': { arn: arn('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*') },
  'aws:ec2:ebs-volume': { arn: arn('ec2', 'volume/*'), parameters: ['availabilityZoneIdentifier'] },
  'aws:ec2:instance': { arn: arn('ec2', 'instance/*') },
  'aws:ec2:spot-instance': { arn: arn('ec2', 'instance/*') },
  'aws:ec2:subnet': { arn: arn('ec2', 'subnet/*'), parameters: ['availabilityZoneIdentifier', 'vpc'] },
  'aws:ec2:transit-gateway': { arn: arn('ec2', 'transit-gateway/*') },
  'aws:ec2:vpc-endpoint': { arn: arn('ec2', 'vpc-endpoint/*') },
  'aws:ecs:cluster': { arn: arn('ecs', 'cluster/*') },
  'aws:ecs:task': { arn: arn('ecs', 'task/*'), parameters: ['cluster', 'service'] },
  'aws:eks:cluster': { by: 'arns', arn: arn('eks', 'cluster/*') },
  'aws:eks:nodegroup': { arn: arn('eks', 'nodegroup/*') },
  'aws:eks:pod': {
    by: 'parameters',
    arn: null,
    parameters: [
      'clusterIdentifier',
      'namespace',
      'selectorType',
      'selectorValue',
      'availabilityZoneIdentifier',
      'targetContainerName',
    ],
    requiredParameters: ['clusterIdentifier', 'namespace', 'selectorType', 'selectorValue'],
  },
  'aws:elasticache:replicationgroup': {
    by: 'tags',
    arn: arn('elasticache', 'replicationgroup:*'),
    parameters: ['availabilityZoneIdentifier'],
    requiredParameters: ['availabilityZoneIdentifier'],
  },
  'aws:iam:role': { by: 'arns', arn: arn('iam', 'role/*', false) },
  'aws:kinesis:stream': { arn: arn('kinesis', 'stream/*') },
  'aws:lambda:function': { arn: arn('lambda', 'function:*'), parameters: ['functionQualifier'] },
  'aws:memorydb:multi-region-cluster': { arn: arn('memorydb', 'multiregioncluster/*', false) },
  'aws:rds:cluster': { arn: arn('rds', 'cluster:*'), parameters: ['writerAvailabilityZoneIdentifiers'] },
  'aws:rds:db': { arn: arn('rds', 'db:*'), parameters: ['availabilityZoneIdentifiers'] },
  'aws:s3:bucket': { by: 'tags', arn: null },
} as const satisfies Readonly<Record<string, ResourceTypeRules>>

export type ResourceType = keyof typeof RESOURCE_TYPES

export const rulesOf = (type: ResourceType): ResourceTypeRules => RESOURCE_TYPES[type]
