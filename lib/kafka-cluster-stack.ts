import { Stack, type StackProps } from 'aws-cdk-lib'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import {
  kafkaProperties,
  type KafkaNodeConfig,
  log4jProperties,
} from '../chaos/platforms/kafka/properties.ts'
import { aivenS3Tier } from '../chaos/platforms/kafka-tiered/properties.ts'
import type { ChaosTarget } from './chaos-target.ts'
import { NodeAgent } from './drill-access.ts'
import type { BrokerAddresses } from './broker-addresses.ts'
import { ClusterSecrets, NODE_CERTIFICATES } from './constructs/cluster-secrets.ts'
import { FixedNode, namesBeforeMachines } from './constructs/fixed-node.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { NodeRole } from './constructs/node-role.ts'
import { oneAfterAnother } from './constructs/one-after-another.ts'
import { PlatformBucket } from './constructs/platform-bucket.ts'
import { stageBootstrap, stageDistribution, type StagedFile } from './constructs/staged-file.ts'
import {
  brokerJvm,
  clusterId,
  metricNamespace,
  NODE_PATHS,
  packageRelease,
  parameterPath,
} from './node-conventions.ts'
import { NODE_PORTS } from './node-ports.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import type { NetworkStack, Zone } from './network-stack.ts'
import { brokerVolume, CONTROLLER_VOLUME, type VolumeSize } from './sizing.ts'

export interface KafkaClusterStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  /**
   * Names of slots to leave empty, for example `['kafka-2']`: the first half of replacing a machine.
   *
   * @default none
   */
  readonly absent?: readonly string[]
}

/** Node 1, a broker of every environment. */
const ADMITTING = 'kafka-1'

interface Slot {
  readonly name: string
  readonly nodeId: number
  readonly zone: Zone
  readonly roles: 'broker,controller' | 'broker' | 'controller'
}

/**
 * Apache Kafka in fixed slots, `perZone` brokers in each of three zones, with or without tiered storage,
 * with combined nodes or controllers of their own.
 */
export class KafkaClusterStack extends Stack {
  readonly addresses: BrokerAddresses
  readonly chaosTargets: readonly ChaosTarget[]
  readonly nodes: readonly FixedNode[]
  readonly logGroup: LogGroup
  /** Null where nobody logs in. */
  readonly secrets: ClusterSecrets | null
  readonly #config: EnvironmentConfig
  readonly #network: NetworkStack

  constructor(
    scope: Construct,
    id: string,
    { config, network, absent = [], ...props }: KafkaClusterStackProps,
  ) {
    super(scope, id, { description: `Aftershock ${config.environment}: Kafka brokers`, ...props })
    this.#config = config
    this.#network = network
    const slots = kafkaSlots(config, network.zones)
    this.addresses = {
      kind: 'names',
      hosts: slots
        .filter(slot => slot.roles !== 'controller')
        .map(slot => `${this.#host(slot)}:${NODE_PORTS.client}`),
    }
    this.logGroup = nodeLogs(this, config, 'kafka')
    const bootstrap = stageBootstrap(this)
    const distribution = stageDistribution(this, config.distribution)
    const agent = new NodeAgent(this, config)
    const plugin = config.tierPlugin && {
      core: stageDistribution(this, config.tierPlugin.core),
      s3: stageDistribution(this, config.tierPlugin.s3),
    }
    const tier = plugin && new PlatformBucket(this, 'Tier')
    const isSecured = config.security === 'sasl-scram'
    const secrets = isSecured
      ? new ClusterSecrets(this, 'Secrets', { config, admitting: ADMITTING, brokersHaveNames: true })
      : null
    this.secrets = secrets
    this.nodes = slots.map(slot => {
      const path = `${parameterPath(config, 'kafka')}/${slot.name}`
      const role = new NodeRole(this, `${slot.name}-role`, {
        name: slot.name,
        parameterPath: path,
        files: [bootstrap, distribution, agent.program, ...Object.values(plugin ?? {})],
        logGroup: this.logGroup,
        metricNamespace: metricNamespace(config, 'nodes'),
      })
      if (tier && slot.roles !== 'controller') role.allowObjects(tier.bucket.bucketArn)
      secrets?.allowReading(role, slot.name)
      if (slot.roles !== 'controller') agent.allowReading(role)
      const node = new FixedNode(this, slot.name, {
        name: slot.name,
        role: slot.roles === 'controller' ? 'controller' : 'broker',
        zone: slot.zone.name,
        availabilityZone: slot.zone.availabilityZone,
        subnet: slot.zone.brokers,
        securityGroup: network.groups.of(slot.roles === 'controller' ? 'controller' : 'broker'),
        hostedZone: network.hostedZone,
        instanceRole: role,
        instanceType: this.#instanceType(slot),
        volume: this.#volume(slot),
        absent: absent.includes(slot.name),
        image: config.image,
        settings: {
          path,
          bootstrap,
          settings: {
            ...this.#settings(slot, distribution, plugin ?? {}),
            ...(slot.roles === 'controller' ? {} : agent.settingsWith(tier?.bucket.bucketName)),
            ...secrets?.settings(slot.name),
          },
          files: {
            'server.properties': kafkaProperties(this.#nodeConfig(slot, slots, tier?.bucket.bucketName)),
            'log4j2.properties': log4jProperties(),
            ...secrets?.files(slot.name),
          },
        },
      })
      // Deleted before the bucket is emptied, or it would still be writing then.
      if (tier) node.node.addDependency(tier)
      return node
    })
    namesBeforeMachines(this.nodes)
    oneAfterAnother(this.nodes)
    this.chaosTargets = this.nodes.flatMap(node => node.chaosTargets)
  }

  #nodeConfig(slot: Slot, slots: readonly Slot[], tierBucket: string | undefined): KafkaNodeConfig {
    const config = this.#config
    return {
      nodeId: slot.nodeId,
      zone: slot.zone.name,
      host: this.#host(slot),
      bindAddress: '0.0.0.0',
      ports: NODE_PORTS,
      roles: slot.roles,
      voters: slots
        .filter(other => other.roles !== 'broker')
        .map(other => ({ nodeId: other.nodeId, host: this.#host(other) })),
      logDir: NODE_PATHS.log,
      timeouts: config.timeouts,
      sizing: 'server',
      ...(config.security === 'sasl-scram' ? { certificates: NODE_CERTIFICATES } : {}),
      ...(tierBucket === undefined
        ? {}
        : {
            tier: aivenS3Tier({ bucket: tierBucket, region: this.region, pluginDir: NODE_PATHS.plugins }),
          }),
    }
  }

  #settings(slot: Slot, distribution: StagedFile, plugins: Readonly<Record<string, StagedFile>>) {
    return {
      ...packageRelease(this.#config),
      NODE_ROLE: 'kafka',
      NODE_NAME: slot.name,
      NODE_HOST: this.#host(slot),
      NODE_ZONE: slot.zone.name,
      CLUSTER_ID: clusterId(this.#config),
      DISTRIBUTION_URI: distribution.uri,
      DISTRIBUTION_SHA256: distribution.sha256 ?? '',
      PLUGINS: Object.entries(plugins)
        .map(([name, file]) => `${name}=${file.uri}#${file.sha256}`)
        .join(' '),
      JVM_OPTIONS: brokerJvm(this.#config, this.#instanceType(slot)).join(' '),
      LOG_GROUP: this.logGroup.logGroupName,
      METRIC_NAMESPACE: metricNamespace(this.#config, 'nodes'),
    }
  }

  #host(slot: Slot): string {
    return `${slot.name}.${this.#network.hostedZone.zoneName}`
  }

  #instanceType(slot: Slot): string {
    const { brokers, controllers } = this.#config
    return slot.roles === 'controller' && controllers ? controllers.instanceType : brokers.instanceType
  }

  #volume(slot: Slot): VolumeSize {
    return (slot.roles === 'controller' ? null : brokerVolume(this.#config)) ?? CONTROLLER_VOLUME
  }
}

/** Ids count from 1 over the zones in turn, so that `kafka-1` to `kafka-3` are in three zones. */
function kafkaSlots(config: EnvironmentConfig, zones: readonly Zone[]): readonly Slot[] {
  const brokers = config.brokers.perZone * zones.length
  const zoneAt = (index: number) => zones[index % zones.length] as Zone
  const combined = !config.controllers
  return [
    ...Array.from(
      { length: brokers },
      (_, index): Slot => ({
        name: `kafka-${index + 1}`,
        nodeId: index + 1,
        zone: zoneAt(index),
        // A quorum of three, however many brokers there are.
        roles: combined && index < zones.length ? 'broker,controller' : 'broker',
      }),
    ),
    ...(combined
      ? []
      : zones.map(
          (zone, index): Slot => ({
            name: `controller-${index + 1}`,
            nodeId: 100 + index + 1,
            zone,
            roles: 'controller',
          }),
        )),
  ]
}
