import { Aws, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  type CfnSubnet,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type ISubnet,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53'
import type { Construct } from 'constructs'
import { type ChaosTarget, chaosTarget } from './chaos-target.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { RoleSecurityGroups } from './constructs/role-security-groups.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { isPrivateImage } from './environment-rules.ts'

export interface NetworkStackProps extends StackProps {
  readonly config: EnvironmentConfig
}

export interface Zone {
  /** The name that drills use: `az-a`. */
  readonly name: string
  /** AWS's: `eu-west-1a`. */
  readonly availabilityZone: string
  readonly brokers: ISubnet
  readonly clients: ISubnet
}

/** Where interface endpoints have addresses: the way of all nodes to CloudWatch and Systems Manager. */
export function zonesWithEndpoints({ zones, network }: EnvironmentConfig): readonly string[] {
  return Object.keys(zones).slice(0, network.endpointZones)
}

/**
 * A private network over three zones. Nothing reaches it from the internet, and by default nothing in it
 * reaches the internet: packages, files and AWS itself come through endpoints.
 */
export class NetworkStack extends Stack {
  readonly vpc: IVpc
  readonly zones: readonly Zone[]
  readonly hostedZone: PrivateHostedZone
  readonly groups: RoleSecurityGroups
  readonly chaosTargets: readonly ChaosTarget[]

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
    super(scope, id, { description: `Aftershock ${config.environment}: network`, ...props })
    const { nat, cidr } = config.network
    const names = Object.entries(config.zones)
    const kind = (reachesOut: boolean) =>
      reachesOut ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED
    const vpc: unknown = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      availabilityZones: names.map(([, zone]) => zone),
      natGateways: nat === 'none' ? 0 : 1,
      subnetConfiguration: [
        { name: 'brokers', subnetType: kind(nat === 'all'), cidrMask: 20 },
        { name: 'clients', subnetType: kind(nat !== 'none'), cidrMask: 20 },
        ...(nat === 'none' ? [] : [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 }]),
      ],
      // No instance is in the default group. Emptying it takes a function with a role of its own.
      restrictDefaultSecurityGroup: false,
    })
    // CDK's own types do not agree under `exactOptionalPropertyTypes`.
    this.vpc = vpc as IVpc
    const brokers = this.vpc.selectSubnets({ subnetGroupName: 'brokers' }).subnets
    const clients = this.vpc.selectSubnets({ subnetGroupName: 'clients' }).subnets
    this.zones = names.map(([name, availabilityZone], index) => ({
      name,
      availabilityZone,
      brokers: brokers[index] as ISubnet,
      clients: clients[index] as ISubnet,
    }))
    this.hostedZone = new PrivateHostedZone(this, 'Names', {
      vpc: this.vpc,
      zoneName: `${config.environment}.aftershock.internal`,
    })
    this.groups = new RoleSecurityGroups(this, 'Groups', this.vpc)
    this.#addObjectStoreEndpoint(config)
    this.#addInterfaceEndpoints(config)
    this.#addFlowLogs(config)
    this.chaosTargets = this.zones.flatMap(zone => [
      this.#subnetTarget(zone.brokers, zone.name, 'brokers'),
      this.#subnetTarget(zone.clients, zone.name, 'clients'),
    ])
  }

  /** A zone is cut by the network ACLs of its subnets. */
  #subnetTarget(subnet: ISubnet, zone: string, of: string): ChaosTarget {
    return chaosTarget(subnet.node.defaultChild as CfnSubnet, {
      name: `${of} in ${zone}`,
      role: 'subnet',
      zone,
      actions: ['network:disrupt-connectivity'],
    })
  }

  /** Free of charge, and the only way to S3: buckets of this account, and Amazon Linux's packages. */
  #addObjectStoreEndpoint(config: EnvironmentConfig): void {
    const endpoint = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 })
    const publicBuckets = [
      `al2023-repos-${this.region}-de612dc2`,
      ...(isPrivateImage(config.fleet.image) ? [`prod-${this.region}-starport-layer-bucket`] : []),
    ]
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: publicBuckets.map(bucket => `arn:${this.partition}:s3:::${bucket}/*`),
      }),
    )
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
      }),
    )
  }

  #addInterfaceEndpoints(config: EnvironmentConfig): void {
    const needed: Record<string, InterfaceVpcEndpointAwsService> = {
      Ssm: InterfaceVpcEndpointAwsService.SSM,
      SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
      Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      Monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
      ...(config.connect || config.security === 'sasl-scram'
        ? { Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER }
        : {}),
      ...(isPrivateImage(config.fleet.image) && config.network.nat === 'none'
        ? {
            Ecr: InterfaceVpcEndpointAwsService.ECR,
            EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
          }
        : {}),
    }
    const within = zonesWithEndpoints(config)
    const subnets = this.zones.filter(({ name }) => within.includes(name)).map(zone => zone.clients)
    for (const [id, service] of Object.entries(needed)) {
      this.vpc.addInterfaceEndpoint(id, {
        service,
        subnets: { subnets },
        securityGroups: [this.groups.of('endpoint')],
        open: false,
      })
    }
  }

  #addFlowLogs(config: EnvironmentConfig): void {
    const { nat, flowLogs } = config.network
    if (flowLogs || nat !== 'none') {
      // A group of ours: the one that CDK would make never forgets, and outlives the stack.
      const group = nodeLogs(this, config, 'network')
      this.vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(group) })
      return
    }
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing in this network reaches the internet and nothing from there reaches it, so that a log would tell of the nodes of one test environment among themselves. It is written as soon as there is NAT, and with network.flowLogs.',
    })
  }
}
