import { Annotations, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { usesTieredStorage } from '../chaos/platforms/index.ts'
import { addressSettings, type BrokerAddresses } from './broker-addresses.ts'
import type { ChaosTarget } from './chaos-target.ts'
import { NodeAgent } from './drill-access.ts'
import { NODE_COMMON_NAME } from '../chaos/platforms/security.ts'
import { CLIENT_LOGIN, clientFiles, clientSecrets, type ClusterLogin } from './constructs/cluster-secrets.ts'
import { FargateShards } from './constructs/fargate-shards.ts'
import { wildcardFinding } from './constructs/finding-id.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { NodeRole } from './constructs/node-role.ts'
import { SharedSignal } from './constructs/node-signals.ts'
import { imageOf } from './constructs/node-template.ts'
import { stageBootstrap, type StagedFile, stageProgram } from './constructs/staged-file.ts'
import { userDataScript } from './constructs/user-data.ts'
import { ZoneGroup } from './constructs/zone-group.ts'
import type { FleetShard } from './constructs/fleet-shard.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import type { NetworkStack, Zone } from './network-stack.ts'
import { fleetLoad } from './fleet-load.ts'
import { metricNamespace, NODE_PATHS, packageRelease, parameterPath } from './node-conventions.ts'
import { lastsAsLong, shardDisk } from './shard-disk.ts'
import { SEGMENT_BYTES } from './topic-load.ts'

export interface SimulatorStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  readonly addresses: BrokerAddresses
  /** @default null: brokers that ask nobody who they are */
  readonly login?: ClusterLogin | null
  /** Where shards leave their histories, under the name of the environment. */
  readonly evidence: IBucket
}

/**
 * The fleet of simulated devices, in shards that stay in their zones: on EC2 without any container image, or on
 * Fargate with one (docs/adr/0010).
 */
export class SimulatorStack extends Stack {
  readonly shards: readonly FleetShard[]
  readonly chaosTargets: readonly ChaosTarget[]

  constructor(scope: Construct, id: string, props: SimulatorStackProps) {
    const { config, network, addresses, evidence, login = null, ...stackProps } = props
    super(scope, id, { description: `Aftershock ${config.environment}: simulated devices`, ...stackProps })
    const disk = shardDisk(config)
    Annotations.of(this).addInfoV2('aftershock:histories', lastsAsLong(disk))
    const program = stageProgram(this)
    this.shards = fleetShards(config, network.zones, evidence, {
      PROGRAM_URI: program.uri,
      PROGRAM_SHA256: program.sha256 ?? '',
      SHARD_DIR: NODE_PATHS.shards,
      METRIC_NAMESPACE: metricNamespace(config, 'fleet'),
      ...addressSettings(addresses),
      ...keepingSettings(config),
      ...(login && loginSettings(login)),
    })
    const logGroup = nodeLogs(this, config, 'fleet')
    if (config.fleet.host === 'fargate') {
      this.chaosTargets = new FargateShards(this, 'Fargate', {
        config,
        network,
        program,
        logGroup,
        addresses,
        login,
        shards: this.shards,
        evidenceOf: shard => evidenceOf(this, evidence, shard),
        diskGiB: disk.sizeGiB,
      }).chaosTargets
    } else {
      this.chaosTargets = this.#onEc2(props, program, logGroup, disk.sizeGiB)
    }
  }

  #onEc2(
    { config, network, addresses, evidence, login = null }: SimulatorStackProps,
    program: StagedFile,
    logGroup: LogGroup,
    rootGiB: number,
  ): ChaosTarget[] {
    const bootstrap = stageBootstrap(this)
    const { instanceType } = config.fleet
    const machine = [userDataScript(''), instanceType, rootGiB, imageOf(config.image, instanceType)]
    const agent = new NodeAgent(this, config, program)
    const shared = new SharedSignal(this, 'Signals', machine, this.shards.length)
    return this.shards.flatMap(shard => {
      const path = `${parameterPath(config, 'fleet')}/${shard.name}`
      const role = new NodeRole(this, `${shard.name}-role`, {
        name: shard.name,
        parameterPath: path,
        files: [bootstrap, program],
        logGroup,
        metricNamespace: metricNamespace(config, 'fleet'),
      })
      agent.allowReading(role)
      role.allow(['s3:PutObject'], [evidenceOf(this, evidence, shard)])
      if (login) role.allow(['secretsmanager:GetSecretValue'], [login.secret.secretArn])
      if (addresses.kind === 'parameters')
        role.allow(['ssm:GetParameter', 'ssm:GetParameters'], [...addresses.arns])
      const group = new ZoneGroup(this, shard.name, {
        name: shard.name,
        role: 'fleet-shard',
        zone: shard.zone.name,
        vpc: network.vpc,
        subnet: shard.zone.clients,
        securityGroup: network.groups.of('fleet'),
        instanceRole: role,
        instanceType: config.fleet.instanceType,
        rootGiB,
        image: config.image,
        shared,
        settings: {
          path,
          bootstrap,
          settings: {
            ...packageRelease(config),
            NODE_ROLE: 'fleet',
            NODE_NAME: shard.name,
            LOG_GROUP: logGroup.logGroupName,
            ...agent.settings,
            ...shard.settings,
            ...(login && {
              SECRET_FILES: clientSecrets(login),
              BROKER_PASSWORD_FILE: CLIENT_LOGIN.password,
              BROKER_AUTHORITY_FILE: CLIENT_LOGIN.authority,
            }),
          },
          files: login ? clientFiles(this, login) : {},
        },
      })
      return group.chaosTargets
    })
  }
}

/** The fleet makes its topics: no broker has defaults by which it would keep or tier them as disks are sized. */
function keepingSettings({ platform, workload }: EnvironmentConfig): Record<string, string> {
  return {
    RETENTION: `${workload.retentionHours}h`,
    SEGMENT_BYTES: String(SEGMENT_BYTES),
    ...(usesTieredStorage(platform) && { LOCAL_RETENTION: `${workload.localRetentionHours}h` }),
  }
}

/** But for the password and the authority, which come differently to an instance and to a task. */
function loginSettings({ principal, brokersHaveNames }: ClusterLogin): Record<string, string> {
  return { BROKER_USERNAME: principal, ...(brokersHaveNames ? {} : { BROKER_TLS_NAME: NODE_COMMON_NAME }) }
}

/** A shard's own, one folder a start. The finding names what is imported from the stack of the evidence. */
function evidenceOf(stack: Stack, evidence: IBucket, { evidencePrefix }: FleetShard): string {
  const imported = Stack.of(evidence).exportValue(evidence.bucketArn)
  Validations.of(stack).acknowledge({
    id: wildcardFinding(stack, `${imported}/${evidencePrefix}/*`),
    reason: 'A shard adds histories under its own name; it can neither read nor change any.',
  })
  return `${evidence.bucketArn}/${evidencePrefix}/*`
}

function fleetShards(
  config: EnvironmentConfig,
  zones: readonly Zone[],
  evidence: IBucket,
  common: Readonly<Record<string, string>>,
): readonly FleetShard[] {
  const { shardsPerZone, devicesPerShard, telemetryBytes } = fleetLoad(config)
  const count = shardsPerZone * zones.length
  return zones.flatMap((zone, zoneIndex) =>
    Array.from({ length: shardsPerZone }, (_, slot): FleetShard => {
      const index = zoneIndex * shardsPerZone + slot
      const name = `fleet-${zone.name}-${slot + 1}`
      const evidencePrefix = `${config.environment}/histories/${name}`
      return {
        name,
        evidencePrefix,
        zone,
        index,
        count,
        devices: devicesPerShard,
        settings: {
          ...common,
          NODE_ZONE: zone.name,
          EVIDENCE_URI: `s3://${evidence.bucketName}/${evidencePrefix}`,
          SHARD_INDEX: String(index),
          SHARD_COUNT: String(count),
          SHARD_DEVICES: String(devicesPerShard),
          TELEMETRY_BYTES: String(telemetryBytes),
        },
      }
    }),
  )
}
