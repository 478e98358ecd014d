import { Aws, Stack, type StackProps, Tags } from 'aws-cdk-lib'
import {
  type CfnRouteTable,
  type CfnSubnet,
  type CfnVPCEndpoint,
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
import { DrillAccess } from './drill-access.ts'
import { addFlowLogs } from './constructs/flow-logs.ts'
import { NameAllowList } from './constructs/name-allow-list.ts'
import { RoleSecurityGroups } from './constructs/role-security-groups.ts'
import { CUT_TAGS, ZoneCut } from './constructs/zone-cut.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { isPrivateImage } from './environment-rules.ts'

export interface NetworkStackProps extends StackProps {
  readonly config: EnvironmentConfig
  /** Whether drills may run there from the beginning. @default somebody arms the switch */
  readonly armed?: boolean
}

export interface Zone {
  /** The name that drills use: `az-a`. */
  readonly name: string
  /** AWS's: `eu-west-1a`. */
  readonly availabilityZone: string
  readonly brokers: ISubnet
  readonly clients: ISubnet
  /** Interface endpoints, and whoever runs drills: no cut touches it. */
  readonly management: ISubnet
  /** The network ACLs that cut the zone off, once its brokers and clients are under one of them. */
  readonly cuts: ZoneCut['acls']
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

  constructor(scope: Construct, id: string, { config, armed, ...props }: NetworkStackProps) {
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
        { name: 'management', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
        ...(nat === 'none' ? [] : [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 }]),
      ],
      // No instance is in the default group. Emptying it takes a function with a role of its own.
      restrictDefaultSecurityGroup: false,
    })
    // CDK's own types do not agree under `exactOptionalPropertyTypes`.
    this.vpc = vpc as IVpc
    this.zones = this.#zones(config)
    this.hostedZone = new PrivateHostedZone(this, 'Names', {
      vpc: this.vpc,
      zoneName: `${config.environment}.aftershock.internal`,
    })
    this.groups = new RoleSecurityGroups(this, 'Groups', this.vpc)
    new DrillAccess(this, 'Drills', config, armed)
    const store = this.#addObjectStoreEndpoint(config)
    this.#addInterfaceEndpoints(config)
    addFlowLogs(this, this.vpc, config)
    // With NAT there is a way out for anybody, and names are the least of it.
    if (nat === 'none')
      new NameAllowList(this, 'NameAllowList', { vpc: this.vpc, zoneName: this.hostedZone.zoneName, cidr })
    this.chaosTargets = [
      ...this.zones.flatMap(zone => [
        this.#subnetTarget(zone.brokers, zone.name, 'brokers'),
        this.#subnetTarget(zone.clients, zone.name, 'clients'),
        this.#routeTarget(zone),
      ]),
      chaosTarget(store, { name: 'ways to S3', role: 'store-endpoint', zone: 'all', actions: [] }),
    ]
  }

  #zones({ zones, network }: EnvironmentConfig): Zone[] {
    const tier = (name: string) => this.vpc.selectSubnets({ subnetGroupName: name }).subnets
    const tiers = { brokers: tier('brokers'), clients: tier('clients'), management: tier('management') }
    const management = tiers.management.map(({ ipv4CidrBlock }) => ipv4CidrBlock)
    return Object.entries(zones).map(([name, availabilityZone], index): Zone => {
      const [brokers, clients, own] = Object.entries(tiers).map(([of, subnets]) =>
        this.#tagged(subnets[index] as ISubnet, of, name),
      ) as [ISubnet, ISubnet, ISubnet]
      const cut = new ZoneCut(this, `Cut-${name}`, {
        vpc: this.vpc,
        cidr: network.cidr,
        zone: name,
        own: [brokers.ipv4CidrBlock, clients.ipv4CidrBlock],
        management,
      })
      return { name, availabilityZone, brokers, clients, management: own, cuts: cut.acls }
    })
  }

  #tagged(subnet: ISubnet, tier: string, zone: string): ISubnet {
    Tags.of(subnet).add(CUT_TAGS.tier, tier)
    Tags.of(subnet).add(CUT_TAGS.zone, zone)
    return subnet
  }

  /** A zone is cut by the network ACLs of its subnets; those of `management` are in no list of targets. */
  #subnetTarget(subnet: ISubnet, zone: string, of: string): ChaosTarget {
    return chaosTarget(subnet.node.defaultChild as CfnSubnet, {
      name: `${of} in ${zone}`,
      role: 'subnet',
      zone,
      actions: ['network:disrupt-connectivity'],
    })
  }

  /** The brokers of a zone lose the object store with the endpoint's route in their table, and nobody else does. */
  #routeTarget({ name, brokers }: Zone): ChaosTarget {
    return chaosTarget(brokers.node.findChild('RouteTable') as CfnRouteTable, {
      name: `routes of brokers in ${name}`,
      role: 'route-table',
      zone: name,
      actions: [],
    })
  }

  /** Free of charge, and the only way to S3: buckets of this account for this account, and Amazon Linux's packages. */
  #addObjectStoreEndpoint(config: EnvironmentConfig): CfnVPCEndpoint {
    const endpoint = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 })
    const publicBuckets = [
      `al2023-repos-${this.region}-de612dc2`,
      ...(isPrivateImage(config.fleet.image) ? [`prod-${this.region}-starport-layer-bucket`] : []),
    ]
    // Package managers ask without credentials.
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: publicBuckets.map(bucket => `arn:${this.partition}:s3:::${bucket}/*`),
      }),
    )
    endpoint.addToPolicy(ownAccount(['s3:*']))
    // Where nodes say that they serve: objects of CloudFormation's own bucket, by addresses that it has signed.
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [`arn:${this.partition}:s3:::cloudformation-waitcondition-${this.region}/*`],
      }),
    )
    return endpoint.node.defaultChild as CfnVPCEndpoint
  }

  /**
   * Each endpoint takes credentials of this account only, for what is this account's: those of another account, which
   * an attacker may bring along, write nothing into it.
   */
  #addInterfaceEndpoints(config: EnvironmentConfig): void {
    const subnets = this.zones.slice(0, config.network.endpointZones).map(zone => zone.management)
    for (const [id, { service, withoutResource }] of Object.entries(endpointsFor(config))) {
      const endpoint = this.vpc.addInterfaceEndpoint(id, {
        service,
        subnets: { subnets },
        securityGroups: [this.groups.of('endpoint')],
        open: false,
      })
      endpoint.addToPolicy(ownAccount(['*']))
      if (withoutResource.length > 0)
        endpoint.addToPolicy(
          new PolicyStatement({
            principals: [new AnyPrincipal()],
            actions: [...withoutResource],
            resources: ['*'],
            conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
          }),
        )
    }
  }
}

interface NeededEndpoint {
  readonly service: InterfaceVpcEndpointAwsService
  /** Actions that name no resource, so that a request may not say whose it is: they act on the caller's own account. */
  readonly withoutResource: readonly string[]
}

function endpointsFor({
  connect,
  security,
  fleet,
  network,
}: EnvironmentConfig): Record<string, NeededEndpoint> {
  const of = (service: InterfaceVpcEndpointAwsService, ...withoutResource: string[]) => ({
    service,
    withoutResource,
  })
  return {
    Ssm: of(InterfaceVpcEndpointAwsService.SSM, 'ssm:UpdateInstanceInformation'),
    SsmMessages: of(InterfaceVpcEndpointAwsService.SSM_MESSAGES, 'ssmmessages:*'),
    Logs: of(InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS),
    Monitoring: of(
      InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
      'cloudwatch:PutMetricData',
      'cloudwatch:DescribeAlarms',
    ),
    ...(connect || security === 'sasl-scram'
      ? { Secrets: of(InterfaceVpcEndpointAwsService.SECRETS_MANAGER) }
      : {}),
    ...(isPrivateImage(fleet.image) && network.nat === 'none'
      ? {
          Ecr: of(InterfaceVpcEndpointAwsService.ECR, 'ecr:GetAuthorizationToken'),
          EcrDocker: of(InterfaceVpcEndpointAwsService.ECR_DOCKER, 'ecr:GetAuthorizationToken'),
        }
      : {}),
  }
}

function ownAccount(actions: string[]): PolicyStatement {
  return new PolicyStatement({
    principals: [new AnyPrincipal()],
    actions,
    resources: ['*'],
    conditions: {
      StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID, 'aws:ResourceAccount': Aws.ACCOUNT_ID },
    },
  })
}
