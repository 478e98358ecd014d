import { Duration, Stack, Validations } from 'aws-cdk-lib'
import {
  type CfnService,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDrivers,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { BrokerAddresses } from '../broker-addresses.ts'
import { type ChaosTarget, chaosTarget } from '../chaos-target.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { isPrivateImage } from '../environment-rules.ts'
import type { NetworkStack } from '../network-stack.ts'
import { metricNamespace } from '../node-conventions.ts'
import type { FleetShard } from './fleet-shard.ts'
import { instanceMemoryMiB } from '../instance-memory.ts'
import type { ClusterLogin } from './cluster-secrets.ts'
import { wildcardFinding } from './finding-id.ts'
import { architecture } from './node-template.ts'
import type { StagedFile } from './staged-file.ts'

export interface FargateShardsProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  readonly program: StagedFile
  readonly logGroup: LogGroup
  readonly addresses: BrokerAddresses
  /** Null where nobody logs in. */
  readonly login: ClusterLogin | null
  readonly shards: readonly FleetShard[]
  /** The objects that a shard may make. */
  readonly evidenceOf: (shard: FleetShard) => string
  readonly diskGiB: number
}

/** A task fetches the program when it starts, so that the image is any that has Node.js and the AWS CLI. */
const START = `aws s3 cp --quiet "$PROGRAM_URI" /tmp/aftershock.mjs || exit 69
echo "$PROGRAM_SHA256  /tmp/aftershock.mjs" | sha256sum -c >/dev/null || exit 65
exec node /tmp/aftershock.mjs fleet`

/** Before that, where brokers have no names: those that have written their addresses, as the bootstrap of nodes does. */
const LOOK_UP = `until [ -n "$BOOTSTRAP_SERVERS" ]; do
  i=1
  while address=$(aws ssm get-parameter --name "$BOOTSTRAP_SERVERS_PATH/$i" --query Parameter.Value --output text); do
    case $address in
      none | *[!0-9a-z.:-]* | '') ;;
      *) BOOTSTRAP_SERVERS="\${BOOTSTRAP_SERVERS:+$BOOTSTRAP_SERVERS,}$address" ;;
    esac
    i=$((i + 1))
  done
  [ -n "$BOOTSTRAP_SERVERS" ] || sleep 5
done
export BOOTSTRAP_SERVERS
`

/** Devices deliver what they hold, and the shard's folder is stored: 30 s, which ECS gives, may be too short. */
const STOP_TIMEOUT = Duration.seconds(120)

/** Fargate's sizes are pairs; two vCPU with 4 GiB or more is as large as the instances that we compare with. */
const VCPU_UNITS = 2048

/** The fleet on Fargate: one service of one task for each shard, in the subnet of its zone. */
export class FargateShards extends Construct {
  readonly chaosTargets: readonly ChaosTarget[]

  constructor(scope: Construct, id: string, props: FargateShardsProps) {
    super(scope, id)
    const { network, logGroup, shards } = props
    // CDK's own types do not agree under `exactOptionalPropertyTypes`.
    const cluster: unknown = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    })
    this.chaosTargets = shards.map(shard => {
      const service = new FargateService(this, shard.name, {
        cluster: cluster as ICluster,
        taskDefinition: this.#task(shard, props, logGroup),
        desiredCount: 1,
        // The old task goes first: two tasks never simulate the same devices.
        minHealthyPercent: 0,
        maxHealthyPercent: 100,
        circuitBreaker: { enable: true, rollback: true },
        assignPublicIp: false,
        securityGroups: [network.groups.of('fleet')],
        vpcSubnets: { subnets: [shard.zone.clients] },
      })
      return chaosTarget(service.node.defaultChild as CfnService, {
        name: shard.name,
        role: 'fleet-shard',
        zone: shard.zone.name,
        actions: ['ecs:stop-task'],
      })
    })
    Validations.of(this).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason:
          'The variables are names and addresses of this environment; the password is not among them, but named as a secret.',
      },
      {
        id: wildcardFinding(this, '*'),
        reason:
          'PutMetricData and the token for pulling an image have no resources to name; the former is bound to one namespace, and pulling itself to one repository.',
      },
    )
  }

  #task(shard: FleetShard, props: FargateShardsProps, logGroup: LogGroup): FargateTaskDefinition {
    const { config, program, addresses, login, evidenceOf } = props
    const { instanceType, image = '' } = config.fleet
    const task = new FargateTaskDefinition(this, `${shard.name}-task`, {
      cpu: VCPU_UNITS,
      // Every task has 20 GiB, and CloudFormation refuses to be asked for that.
      ...(props.diskGiB > 20 && { ephemeralStorageGiB: props.diskGiB }),
      memoryLimitMiB: Math.max(4096, Math.min(16384, instanceMemoryMiB(instanceType))),
      runtimePlatform: {
        operatingSystemFamily: OperatingSystemFamily.LINUX,
        cpuArchitecture:
          architecture(instanceType) === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
      },
    })
    task.addContainer('fleet', {
      image: this.#image(image, shard.name),
      entryPoint: ['sh', '-c'],
      command: [`${addresses.kind === 'parameters' ? LOOK_UP : ''}${START}`],
      stopTimeout: STOP_TIMEOUT,
      environment: {
        ...shard.settings,
        NODE_NAME: shard.name,
        AWS_REGION: Stack.of(this).region,
        ...(login && { BROKER_AUTHORITY: login.authority(this) }),
      },
      ...(login && { secrets: { BROKER_PASSWORD: Secret.fromSecretsManager(login.secret) } }),
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: shard.name }),
      readonlyRootFilesystem: false,
    })
    for (const statement of [
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [program.arn] }),
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [evidenceOf(shard)] }),
      ...(addresses.kind === 'parameters'
        ? [
            new PolicyStatement({
              actions: ['ssm:GetParameter', 'ssm:GetParameters'],
              resources: [...addresses.arns],
            }),
          ]
        : []),
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': metricNamespace(config, 'fleet') } },
      }),
    ])
      task.taskRole.addToPrincipalPolicy(statement)
    return task
  }

  /** An image of the account's own registry is named as a repository, so that the task may pull it. */
  #image(image: string, shard: string): ContainerImage {
    if (!isPrivateImage(image)) return ContainerImage.fromRegistry(image)
    const slash = image.indexOf('/')
    const [registry, path] = [image.slice(0, slash), image.slice(slash + 1)]
    const [name = '', digest = ''] = path.split('@')
    const [account, , , region] = registry.split('.')
    const repository = Repository.fromRepositoryAttributes(this, `${shard}-repository`, {
      repositoryName: name,
      repositoryArn: `arn:${Stack.of(this).partition}:ecr:${region}:${account}:repository/${name}`,
    })
    return ContainerImage.fromEcrRepository(repository, digest)
  }
}
