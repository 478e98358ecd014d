import { writeFileSync, mkdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Stack, Stage, Validations } from 'aws-cdk-lib'
import type { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { authorityParameter, passwordSecret } from '../certificate-names.ts'
import { deployedPlace } from '../deployed-place.ts'
import { agentSecretName, nodeDocumentName } from '../drill-access.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { approvalParameter, lockParameter, switchParameter, taskParameter } from '../gamedays/names.ts'
import type { GameDays } from '../gamedays/schedule.ts'
import type { NetworkStack } from '../network-stack.ts'
import { NODE_PATHS, packageRelease, parameterPath } from '../node-conventions.ts'
import { wildcardFinding } from './finding-id.ts'
import { nodeLogs } from './node-logs.ts'
import { NodeRole } from './node-role.ts'
import { NodeSettings } from './node-settings.ts'
import { nodeTemplate } from './node-template.ts'
import { stageBootstrap, stageRunner } from './staged-file.ts'

export interface GameDayRunnerProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  readonly evidence: IBucket
  readonly gameDays: GameDays
  /** How long the evidence of a day is locked. */
  readonly sealedDays: number
  /** After so long it ends itself, if nobody else did. */
  readonly lifeMinutes: number
}

const NAME = 'runner'
/** A fleet of a drill, its readers and the audit; not burstable, since its event loop shapes what is measured. */
const INSTANCE_TYPE = 'c7g.xlarge'
/** Histories of a run, twice: as they are written, and sealed. */
const ROOT_GIB = 60

/**
 * The machine that runs the drill of a day: in the management subnets, which no drill cuts off, from a launch template that
 * nothing launches but the machine of the day. It may do what a drill does, and only to what has the tags of this
 * environment.
 */
export class GameDayRunner extends Construct {
  readonly launchTemplateId: string
  readonly role: Role
  readonly #node: NodeRole

  constructor(scope: Construct, id: string, props: GameDayRunnerProps) {
    super(scope, id)
    const { config, network, evidence, gameDays, sealedDays, lifeMinutes } = props
    const program = stageRunner(this)
    const bootstrap = stageBootstrap(this)
    const { calendar, files } = gameDays
    const days = this.#stage({ calendar, files, place: deployedPlace(config) })
    const logGroup = nodeLogs(this, config, 'runner')
    const path = `${parameterPath(config, 'runner')}/${NAME}`
    this.#node = new NodeRole(this, 'Role', {
      name: NAME,
      parameterPath: path,
      files: [program, bootstrap, days],
      logGroup,
    })
    this.role = this.#node.role
    this.#allow(config, network, evidence)
    const stored = new NodeSettings(this, 'Settings', {
      path,
      bootstrap,
      files: {},
      settings: {
        ...packageRelease(config),
        NODE_ROLE: 'runner',
        NODE_NAME: NAME,
        NODE_ZONE: network.zones[0]?.name ?? '',
        LOG_GROUP: logGroup.logGroupName,
        PROGRAM_URI: program.uri,
        PROGRAM_SHA256: program.sha256 ?? '',
        GAME_DAYS_URI: days.uri,
        GAME_DAYS_SHA256: days.sha256,
        TASK_PARAMETER: taskParameter(config.environment),
        APPROVALS_PATH: approvalParameter(config.environment, '').replace(/\/$/, ''),
        DAYS_DIR: NODE_PATHS.shards,
        SEALED_DAYS: String(sealedDays),
        LIFE_MINUTES: String(lifeMinutes),
        EVIDENCE_URI: `s3://${evidence.bucketName}/${config.environment}/runs`,
      },
    })
    const template = nodeTemplate(this, 'Template', {
      name: NAME,
      role: this.role,
      userData: stored.userData,
      image: config.image,
      instanceType: INSTANCE_TYPE,
      sized: true,
      rootGiB: ROOT_GIB,
      securityGroup: network.groups.of('runner'),
    })
    // Whoever shuts it down, itself for example, is rid of it.
    const resource = template.node.defaultChild as CfnLaunchTemplate
    resource.addPropertyOverride('LaunchTemplateData.InstanceInitiatedShutdownBehavior', 'terminate')
    template.node.addDependency(stored)
    this.launchTemplateId = template.launchTemplateId as string
  }

  /** It says that it lives, and how a day ended, to that machine and no other. */
  allowAnswering(day: CfnStateMachine): void {
    this.#node.allow(
      ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
      [day.attrArn],
    )
  }

  /** One file, as the program unpacks it: `chaos/gameday/attend/given-days.ts`. */
  #stage(days: Pick<GameDays, 'calendar' | 'files'> & { readonly place: object }) {
    const text = JSON.stringify({ format: 1, ...days }, null, 2)
    const sha256 = createHash('sha256').update(text).digest('hex')
    const folder = Stage.of(this)?.assetOutdir ?? ''
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `game-days-${sha256.slice(0, 8)}.json`)
    writeFileSync(path, text)
    const file = new Asset(this, 'Days', { path })
    const arn = `arn:${Stack.of(this).partition}:s3:::${file.s3BucketName}/${file.s3ObjectKey}`
    return { uri: file.s3ObjectUrl, arn, sha256 }
  }

  #allow(config: EnvironmentConfig, network: NetworkStack, evidence: IBucket): void {
    const { environment } = config
    const { partition, region, account } = Stack.of(this)
    const arn = (service: string, resource: string) =>
      `arn:${partition}:${service}:${region}:${account}:${resource}`
    const parameters = (...names: string[]) => names.map(name => arn('ssm', `parameter${name}`))
    const tagged = Object.fromEntries(
      Object.entries({ environment, project: 'aftershock', 'chaos-ready': 'true' }).map(([key, value]) => [
        `aws:ResourceTag/${key}`,
        value,
      ]),
    )
    const ready = { StringEquals: tagged }
    // What agents and the runner have in common; and where brokers want a login, that of who may do everything.
    const secrets = [
      agentSecretName(config),
      ...(config.security === 'sasl-scram' ? [passwordSecret(config, 'admin')] : []),
    ]
    const readsAuthority = config.security === 'sasl-scram' && config.tls === undefined
    const exported = Stack.of(evidence).exportValue(evidence.bucketArn)
    const runs = `${evidence.bucketArn}/${environment}/runs/*`
    const allowed: readonly (readonly [string[], string[], Readonly<Record<string, object>>?])[] = [
      [
        [
          'autoscaling:DescribeAutoScalingGroups',
          'cloudwatch:DescribeAlarms',
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkAcls',
          'ec2:DescribeRouteTables',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcEndpoints',
          'ec2:DescribeVpcs',
          'ssm:GetCommandInvocation',
        ],
        ['*'],
      ],
      [
        ['ec2:ReplaceNetworkAclAssociation'],
        [arn('ec2', 'network-acl/*'), arn('ec2', 'subnet/*')],
        { ArnEquals: { 'ec2:Vpc': arn('ec2', `vpc/${network.vpc.vpcId}`) } },
      ],
      [['ec2:ModifyVpcEndpoint'], [arn('ec2', 'vpc-endpoint/*'), arn('ec2', 'route-table/*')], ready],
      [['ec2:StartInstances', 'ec2:StopInstances', 'ec2:RebootInstances'], [arn('ec2', 'instance/*')], ready],
      [
        ['autoscaling:SuspendProcesses', 'autoscaling:ResumeProcesses'],
        [arn('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*')],
        ready,
      ],
      [
        ['kms:CreateGrant'],
        [arn('kms', 'key/*')],
        {
          StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
        },
      ],
      [['ssm:SendCommand'], [arn('ssm', `document/${nodeDocumentName(config)}`)]],
      [
        ['ssm:SendCommand'],
        [arn('ec2', 'instance/*')],
        {
          StringEquals: {
            'ssm:resourceTag/environment': environment,
            'ssm:resourceTag/project': 'aftershock',
            'ssm:resourceTag/chaos-ready': 'true',
          },
        },
      ],
      [
        ['ssm:GetParameter'],
        parameters(
          lockParameter(environment),
          switchParameter(environment),
          taskParameter(environment),
          approvalParameter(environment, '*'),
          ...secrets.map(name => `/aws/reference/secretsmanager/${name}`),
          ...(readsAuthority ? [authorityParameter(config)] : []),
        ),
      ],
      [
        ['secretsmanager:GetSecretValue'],
        secrets.map(name => arn('secretsmanager', `secret:${name}-??????`)),
      ],
      // Each name once, and locked for as long as whoever puts it says: docs/adr/0021.
      [['s3:PutObject', 's3:PutObjectRetention'], [runs]],
    ]
    for (const [actions, resources, conditions] of allowed) {
      this.#node.allow(actions, resources, conditions)
      for (const one of resources.filter(resource =>
        /[*?]/.test(JSON.stringify(Stack.of(this).resolve(resource))),
      ))
        Validations.of(this.#node).acknowledge({
          id: wildcardFinding(this.#node, one === runs ? `${exported}/${environment}/runs/*` : one),
          reason:
            'What a drill changes is bound to tags, to the network or to names of this environment; calls that look have no resource to name.',
        })
    }
  }
}
