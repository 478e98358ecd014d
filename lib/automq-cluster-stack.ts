import { Stack, type StackProps, Tags } from 'aws-cdk-lib'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import type { Construct } from 'constructs'
import {
  type AutoMqNodeConfig,
  autoMqLog4jProperties,
  autoMqProperties,
  cachesIn,
} from '../chaos/platforms/automq/properties.ts'
import type { ParameterAddresses } from './broker-addresses.ts'
import { CHANGEABLE_TAGS } from './changeable-tags.ts'
import type { ChaosTarget } from './chaos-target.ts'
import { NodeAgent } from './drill-access.ts'
import { ClusterSecrets, NODE_CERTIFICATES } from './constructs/cluster-secrets.ts'
import { FixedNode, namesBeforeMachines } from './constructs/fixed-node.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { NodeRole } from './constructs/node-role.ts'
import { oneAfterAnother } from './constructs/one-after-another.ts'
import { PlatformBucket } from './constructs/platform-bucket.ts'
import { stageBootstrap, stageDistribution, type StagedFile } from './constructs/staged-file.ts'
import { REPLACEMENT_PAUSE, ZoneGroup } from './constructs/zone-group.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import type { NetworkStack, Zone } from './network-stack.ts'
import {
  brokerJvm,
  clusterId,
  metricNamespace,
  NODE_PATHS,
  packageRelease,
  parameterPath,
  PRIVATE_IP_PLACEHOLDER,
} from './node-conventions.ts'
import { NODE_PORTS } from './node-ports.ts'
import { CONTROLLER_VOLUME, jvmMemory } from './sizing.ts'
import { instanceMemoryMiB } from './instance-memory.ts'
import { AftershockError } from '../chaos/core/errors.ts'

export interface AutoMqClusterStackProps extends StackProps {
  /** Its `controllers` must be set: brokers that may vanish cannot be the quorum. */
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  /**
   * Names of controllers to leave empty, for example `['controller-2']`: the first half of replacing one.
   *
   * @default none
   */
  readonly absent?: readonly string[]
}

/** Node 1. */
const ADMITTING = 'automq-1'

/**
 * AutoMQ: three controllers in fixed slots, which keep the metadata, and brokers that keep nothing, each in an
 * auto-scaling group of its zone. A terminated broker comes back as a fresh machine under the same node id
 * and finds its write-ahead log in S3.
 */
export class AutoMqClusterStack extends Stack {
  readonly addresses: ParameterAddresses
  readonly chaosTargets: readonly ChaosTarget[]
  readonly controllers: readonly FixedNode[]
  readonly brokers: readonly ZoneGroup[]
  readonly data: PlatformBucket
  readonly ops: PlatformBucket
  /** Null where nobody logs in. */
  readonly secrets: ClusterSecrets | null
  readonly #config: EnvironmentConfig
  readonly #network: NetworkStack
  readonly #bootstrap: StagedFile
  readonly #distribution: StagedFile
  readonly #logs: LogGroup
  readonly #agent: NodeAgent

  constructor(
    scope: Construct,
    id: string,
    { config, network, absent = [], ...props }: AutoMqClusterStackProps,
  ) {
    super(scope, id, {
      description: `Aftershock ${config.environment}: AutoMQ controllers and brokers`,
      ...props,
    })
    if (!config.controllers)
      throw new AftershockError('input', 'AutoMQ needs controllers of its own in the environment', {
        hint: 'add controllers: { instanceType: … } to the environment file',
      })
    this.#config = config
    this.#network = network
    this.#logs = nodeLogs(this, config, 'automq')
    this.#bootstrap = stageBootstrap(this)
    this.#distribution = stageDistribution(this, config.distribution)
    this.#agent = new NodeAgent(this, config)
    this.data = new PlatformBucket(this, 'Data')
    this.ops = new PlatformBucket(this, 'Ops')
    this.secrets =
      config.security === 'sasl-scram'
        ? new ClusterSecrets(this, 'Secrets', { config, admitting: ADMITTING, brokersHaveNames: false })
        : null
    this.addresses = this.#addressParameters()
    this.controllers = network.zones.map((zone, index) =>
      this.#controller(zone, index, config.controllers?.instanceType as string, absent),
    )
    this.brokers = network.zones.flatMap((zone, zoneIndex) =>
      Array.from({ length: config.brokers.perZone }, (_, slot) =>
        this.#broker(zone, slot * network.zones.length + zoneIndex),
      ),
    )
    // Deleted before the buckets are emptied, or they would still be writing then.
    for (const node of [...this.controllers, ...this.brokers]) node.node.addDependency(this.data, this.ops)
    namesBeforeMachines(this.controllers, this.brokers)
    oneAfterAnother([...this.controllers, ...this.brokers])
    this.chaosTargets = [...this.controllers, ...this.brokers].flatMap(node => node.chaosTargets)
  }

  /** Controllers delete what no stream has any more, so that all of them write to the buckets. */
  #role(name: string, isController: boolean): NodeRole {
    const role = new NodeRole(this, `${name}-role`, {
      name,
      parameterPath: this.#path(name),
      files: [this.#bootstrap, this.#distribution, ...(isController ? [] : [this.#agent.program])],
      logGroup: this.#logs,
      ...(isController && { metricNamespace: metricNamespace(this.#config, 'nodes') }),
    })
    this.secrets?.allowReading(role, name)
    role.allowObjects(this.data.bucket.bucketArn)
    role.allowObjects(this.ops.bucket.bucketArn)
    return role
  }

  #path(name: string): string {
    return `${parameterPath(this.#config, 'automq')}/${name}`
  }

  /** One for each broker, which writes its address into it when it starts, and may write no other's. */
  #addressParameters(): ParameterAddresses {
    const path = parameterPath(this.#config, 'addresses')
    const count = this.#config.brokers.perZone * 3
    const arns = Array.from({ length: count }, (_, index) => {
      const parameter = new StringParameter(this, `Address${index + 1}`, {
        parameterName: `${path}/${index + 1}`,
        description: 'host:port of the broker, written by itself',
        stringValue: 'none',
      })
      // A change of tags would be an update, which writes the value again too.
      for (const tag of CHANGEABLE_TAGS) Tags.of(parameter).remove(tag)
      return parameter.parameterArn
    })
    return { kind: 'parameters', path, arns }
  }

  #controller(zone: Zone, index: number, instanceType: string, absent: readonly string[]): FixedNode {
    const name = `controller-${index + 1}`
    const host = this.#controllerHost(index)
    return new FixedNode(this, name, {
      name,
      role: 'controller',
      zone: zone.name,
      availabilityZone: zone.availabilityZone,
      subnet: zone.brokers,
      securityGroup: this.#network.groups.of('controller'),
      hostedZone: this.#network.hostedZone,
      instanceRole: this.#role(name, true),
      instanceType,
      volume: CONTROLLER_VOLUME,
      absent: absent.includes(name),
      image: this.#config.image,
      settings: {
        path: this.#path(name),
        bootstrap: this.#bootstrap,
        settings: {
          ...this.#settings(name, host, zone, instanceType),
          METRIC_NAMESPACE: metricNamespace(this.#config, 'nodes'),
        },
        files: this.#files(name, this.#nodeConfig(100 + index + 1, zone, host, 'controller', instanceType)),
      },
    })
  }

  #broker(zone: Zone, index: number): ZoneGroup {
    const name = `automq-${index + 1}`
    const role = this.#role(name, false)
    this.#agent.allowReading(role)
    role.allow(['ssm:GetParameter', 'ssm:PutParameter'], [this.addresses.arns[index] as string])
    const { instanceType } = this.#config.brokers
    const host = PRIVATE_IP_PLACEHOLDER
    return new ZoneGroup(this, name, {
      name,
      role: 'broker',
      zone: zone.name,
      vpc: this.#network.vpc,
      subnet: zone.brokers,
      securityGroup: this.#network.groups.of('broker'),
      instanceRole: role,
      instanceType,
      pause: REPLACEMENT_PAUSE,
      image: this.#config.image,
      settings: {
        path: this.#path(name),
        bootstrap: this.#bootstrap,
        settings: {
          ...this.#settings(name, host, zone, instanceType),
          ...this.#agent.settingsWith(this.data.bucket.bucketName),
          ADDRESS_PARAMETER: `${parameterPath(this.#config, 'addresses')}/${index + 1}`,
          ADDRESS_PORT: String(NODE_PORTS.client),
        },
        files: this.#files(name, this.#nodeConfig(index + 1, zone, host, 'broker', instanceType)),
      },
    })
  }

  #nodeConfig(
    nodeId: number,
    zone: Zone,
    host: string,
    roles: 'broker' | 'controller',
    instanceType: string,
  ): AutoMqNodeConfig {
    const config = this.#config
    return {
      clusterId: clusterId(config),
      nodeId,
      zone: zone.name,
      host,
      bindAddress: '0.0.0.0',
      ports: NODE_PORTS,
      roles,
      voters: this.#network.zones.map((_, index) => ({
        nodeId: 100 + index + 1,
        host: this.#controllerHost(index),
      })),
      logDir: NODE_PATHS.log,
      timeouts: config.timeouts,
      sizing: 'server',
      store: {
        dataBucket: this.data.bucket.bucketName,
        opsBucket: this.ops.bucket.bucketName,
        region: this.region,
        endpoint: `https://s3.${this.region}.amazonaws.com`,
        pathStyle: false,
      },
      ...(config.security === 'sasl-scram' ? { certificates: NODE_CERTIFICATES } : {}),
      zoneRouter: config.zoneRouter ?? false,
      // Shards, tasks, workers, who runs a drill and whoever is let in: none of them has to know that there is a router.
      zoneNetworks: Object.fromEntries(
        this.#network.zones.map(({ name, brokers, clients, management }) => [
          name,
          [brokers, clients, management].map(({ ipv4CidrBlock }) => ipv4CidrBlock),
        ]),
      ),
      caches: cachesIn(jvmMemory(instanceMemoryMiB(instanceType), true).directMiB),
    }
  }

  #settings(name: string, host: string, zone: Zone, instanceType: string): Record<string, string> {
    return {
      ...packageRelease(this.#config),
      NODE_ROLE: 'automq',
      NODE_NAME: name,
      NODE_HOST: host,
      NODE_ZONE: zone.name,
      CLUSTER_ID: clusterId(this.#config),
      DISTRIBUTION_URI: this.#distribution.uri,
      DISTRIBUTION_SHA256: this.#distribution.sha256 ?? '',
      JVM_OPTIONS: brokerJvm(this.#config, instanceType).join(' '),
      LOG_GROUP: this.#logs.logGroupName,
      ...this.secrets?.settings(name),
    }
  }

  #files(name: string, node: AutoMqNodeConfig): Record<string, string> {
    return {
      'server.properties': autoMqProperties(node),
      'log4j.properties': autoMqLog4jProperties(),
      ...this.secrets?.files(name),
    }
  }

  #controllerHost(index: number): string {
    return `controller-${index + 1}.${this.#network.hostedZone.zoneName}`
  }
}
