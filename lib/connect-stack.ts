import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { InstanceType } from 'aws-cdk-lib/aws-ec2'

import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds'
import type { Construct } from 'constructs'
import { CONNECT_REST_PORT, connectWorkerProperties, secretReference } from '../chaos/platforms/connect.ts'
import { internalReplicas } from '../chaos/platforms/index.ts'
import { log4jProperties } from '../chaos/platforms/kafka/properties.ts'
import type { Properties } from '../chaos/platforms/properties.ts'
import { workerSecurityProperties } from '../chaos/platforms/security.ts'
import { addressSettings, BOOTSTRAP_SERVERS_PLACEHOLDER, type BrokerAddresses } from './broker-addresses.ts'
import type { ChaosTarget } from './chaos-target.ts'
import { CLIENT_LOGIN, clientFiles, clientSecrets, type ClusterLogin } from './constructs/cluster-secrets.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { NodeRole } from './constructs/node-role.ts'
import { oneAfterAnother } from './constructs/one-after-another.ts'
import { stageBootstrap, stageDistribution } from './constructs/staged-file.ts'
import { REPLACEMENT_PAUSE, ZoneGroup } from './constructs/zone-group.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import type { NetworkStack } from './network-stack.ts'
import {
  NODE_PATHS,
  packageRelease,
  parameterPath,
  PRIVATE_IP_PLACEHOLDER,
  secretFile,
} from './node-conventions.ts'
import { NODE_PORTS } from './node-ports.ts'
import { instanceMemoryMiB } from './instance-memory.ts'
import { workerHeapMiB } from './sizing.ts'
import { AftershockError } from '../chaos/core/errors.ts'

export interface ConnectStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly connect: NonNullable<EnvironmentConfig['connect']>
  readonly network: NetworkStack
  readonly addresses: BrokerAddresses
  /** @default null: brokers that ask nobody who they are */
  readonly login?: ClusterLogin | null
}

/** Kafka Connect workers in every zone, and the database that their sink writes to. */
export class ConnectStack extends Stack {
  readonly workers: readonly ZoneGroup[]
  readonly database: DatabaseInstance
  readonly chaosTargets: readonly ChaosTarget[]

  constructor(scope: Construct, id: string, props: ConnectStackProps) {
    const { config, connect, network, addresses, login = null, ...stackProps } = props
    super(scope, id, {
      description: `Aftershock ${config.environment}: Connect workers and sink`,
      ...stackProps,
    })
    this.database = this.#database(connect, network)
    const logGroup = nodeLogs(this, config, 'connect')
    const bootstrap = stageBootstrap(this)
    const distribution = stageDistribution(this, connect.distribution)
    const plugin = stageDistribution(this, connect.sinkPlugin)
    const secret = this.database.secret
    if (!secret) throw new AftershockError('internal', 'the database was made without a secret')
    const secrets = [secret, ...(login ? [login.secret] : [])]
    // As beside Kafka, whatever it reads from: clients of compared platforms are the same.
    const heapMiB = workerHeapMiB(instanceMemoryMiB(connect.instanceType))
    this.workers = network.zones.map(zone => {
      const name = `connect-${zone.name}`
      const path = `${parameterPath(config, 'connect')}/${zone.name}`
      const role = new NodeRole(this, `${name}-role`, {
        name,
        parameterPath: path,
        files: [bootstrap, distribution, plugin],
        logGroup,
      })
      role.allow(
        ['secretsmanager:GetSecretValue'],
        secrets.map(one => one.secretArn),
      )
      if (addresses.kind === 'parameters')
        role.allow(['ssm:GetParameter', 'ssm:GetParameters'], [...addresses.arns])
      return new ZoneGroup(this, name, {
        name,
        role: 'connect-worker',
        zone: zone.name,
        vpc: network.vpc,
        subnet: zone.clients,
        securityGroup: network.groups.of('connect'),
        instanceRole: role,
        instanceType: connect.instanceType,
        size: connect.workersPerZone,
        pause: REPLACEMENT_PAUSE,
        image: config.image,
        settings: {
          path,
          bootstrap,
          settings: {
            ...packageRelease(config),
            NODE_ROLE: 'connect',
            NODE_NAME: name,
            NODE_ZONE: zone.name,
            DISTRIBUTION_URI: distribution.uri,
            DISTRIBUTION_SHA256: distribution.sha256 ?? '',
            PLUGINS: `jdbc-sink=${plugin.uri}#${plugin.sha256}`,
            JVM_OPTIONS: `-Xms${heapMiB}m -Xmx${heapMiB}m -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError`,
            // Where the database is, and who may write: connectors name it, and the worker's files do not have it.
            SECRET_FILES: [
              `${SINK_SECRET}=${secret.secretArn}`,
              ...(login ? [clientSecrets(login)] : []),
            ].join(' '),
            LOG_GROUP: logGroup.logGroupName,
            ...addressSettings(addresses),
          },
          files: {
            'worker.properties': connectWorkerProperties({
              bootstrap: [BOOTSTRAP_SERVERS_PLACEHOLDER],
              host: PRIVATE_IP_PLACEHOLDER,
              bindAddress: '0.0.0.0',
              restPort: CONNECT_REST_PORT,
              pluginPath: NODE_PATHS.plugins,
              zone: zone.name,
              internalReplicas: internalReplicas(config.platform),
              secretFiles: [secretFile(SINK_SECRET), ...(login ? [CLIENT_LOGIN.password] : [])],
              ...(login && { security: workerLogin(login) }),
            }),
            'log4j2.properties': log4jProperties(),
            ...(login && clientFiles(this, login)),
          },
        },
      })
    })
    oneAfterAnother(this.workers)
    this.chaosTargets = this.workers.flatMap(worker => worker.chaosTargets)
  }

  #database(connect: ConnectStackProps['connect'], network: NetworkStack): DatabaseInstance {
    const database = new DatabaseInstance(this, 'Database', {
      engine: DatabaseInstanceEngine.postgres({ version: POSTGRES }),
      instanceType: new InstanceType(connect.database.instanceType),
      vpc: network.vpc,
      vpcSubnets: { subnets: network.zones.map(zone => zone.clients) },
      securityGroups: [network.groups.of('database')],
      availabilityZone: network.zones[0]?.availabilityZone as string,
      port: NODE_PORTS.database,
      databaseName: DATABASE,
      credentials: Credentials.fromGeneratedSecret('sink'),
      allocatedStorage: connect.database.sizeGiB,
      storageType: StorageType.GP3,
      storageEncrypted: true,
      multiAz: false,
      backupRetention: Duration.days(1),
      deleteAutomatedBackups: true,
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(database).acknowledge(
      {
        id: 'AwsSolutions-RDS3',
        reason:
          'The sink is what a drill reads afterwards, not what it judges; a second copy would be judged too.',
      },
      {
        id: 'AwsSolutions-RDS10',
        reason: 'It holds copies of test records and goes with its environment.',
      },
      {
        id: 'AwsSolutions-SMG4',
        reason: 'It lives as long as the environment, whose tag says when it expires.',
      },
    )
    return database
  }
}

function workerLogin({ principal, brokersHaveNames }: ClusterLogin): Properties {
  const { authority, password } = CLIENT_LOGIN
  return workerSecurityProperties({
    principal,
    password: secretReference(password, 'password'),
    authority,
    brokersHaveNames,
  })
}

/** Without a minor version, of which none can be had for ever. */
const POSTGRES = PostgresEngineVersion.of('18', '18')
const DATABASE = 'sink'
/** The bootstrap script makes a file of it, which RDS fills with `host`, `port`, `username` and `password`. */
const SINK_SECRET = 'sink'
