import { Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { nodeDocumentName } from '../drill-access.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import {
  approvalParameter,
  deadManGroup,
  lockParameter,
  RUNNER_TAG,
  switchParameter,
  taskParameter,
  waitingParameter,
} from '../gamedays/names.ts'
import type { NetworkStack } from '../network-stack.ts'
import { wildcardFinding } from './finding-id.ts'
import type { GameDayRunner } from './game-day-runner.ts'

export interface GameDayRolesProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  readonly topic: ITopic
}

interface Allowed {
  readonly actions: readonly string[]
  readonly on: readonly string[]
  readonly when?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/**
 * Who may do what for a game day: the machine that heals undoes what drills do and breaks nothing; the machine of the day
 * locks, looks and launches its runner; the dead man starts the one that heals. What is changed is bound to the tags of
 * this environment, or to its network where it has none of ours: the network's default ACL.
 */
export class GameDayRoles extends Construct {
  readonly healing: Role
  readonly day: Role
  readonly deadMan: Role
  readonly #props: GameDayRolesProps

  constructor(scope: Construct, id: string, props: GameDayRolesProps) {
    super(scope, id)
    this.#props = props
    this.healing = this.#role('Healing', 'states.amazonaws.com', this.#heals())
    this.day = this.#role('Day', 'states.amazonaws.com', this.#carriesOut())
    this.deadMan = this.#role('DeadMan', 'scheduler.amazonaws.com', [])
    this.day.addToPolicy(
      new PolicyStatement({ actions: ['iam:PassRole'], resources: [this.deadMan.roleArn] }),
    )
  }

  /** The machine of the day waits for its end, for which Step Functions has a rule of its own. */
  allowStarting(healing: CfnStateMachine): void {
    const executions = this.#arn('states', `execution:${healing.attrName}:*`)
    this.deadMan.addToPolicy(statement({ actions: ['states:StartExecution'], on: [healing.attrArn] }))
    for (const one of [
      { actions: ['states:StartExecution'], on: [healing.attrArn] },
      { actions: ['states:DescribeExecution', 'states:StopExecution'], on: [executions] },
      {
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        on: [this.#arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')],
      },
    ])
      this.day.addToPolicy(statement(one))
    this.#answer(this.day, executions)
  }

  /** That template and no other, with the role of its machine. */
  allowLaunching({ launchTemplateId, role }: GameDayRunner): void {
    const template = this.#arn('ec2', `launch-template/${launchTemplateId}`)
    const made = ['instance', 'volume', 'network-interface'].map(kind => this.#arn('ec2', `${kind}/*`))
    const used = [
      template,
      ...['subnet', 'security-group'].map(kind => this.#arn('ec2', `${kind}/*`)),
      `arn:${this.#stack.partition}:ec2:${this.#stack.region}::image/*`,
    ]
    const allowed: Allowed[] = [
      {
        actions: ['ec2:RunInstances'],
        on: [...made, ...used],
        when: { ArnEquals: { 'ec2:LaunchTemplate': template } },
      },
      {
        actions: ['ec2:CreateTags'],
        on: made,
        when: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
      },
      { actions: ['iam:PassRole'], on: [role.roleArn] },
      {
        actions: ['ssm:GetParameters'],
        on: [
          `arn:${this.#stack.partition}:ssm:${this.#stack.region}::parameter/aws/service/ami-amazon-linux-latest/*`,
        ],
      },
    ]
    for (const one of allowed) {
      this.day.addToPolicy(statement(one))
      for (const on of one.on) this.#answer(this.day, on)
    }
  }

  #heals(): Allowed[] {
    const { config, network, topic } = this.#props
    const { environment } = config
    const ready = this.#tagged({ environment, project: 'aftershock', 'chaos-ready': 'true' })
    const inNetwork = { ArnEquals: { 'ec2:Vpc': this.#arn('ec2', `vpc/${network.vpc.vpcId}`) } }
    return [
      {
        actions: [
          'autoscaling:DescribeAutoScalingGroups',
          'ec2:DescribeInstances',
          'ec2:DescribeNetworkAcls',
          'ec2:DescribeRouteTables',
          'ec2:DescribeVpcEndpoints',
          'fis:ListExperiments',
          'fis:ListExperimentTemplates',
          'ssm:ListCommands',
        ],
        on: ['*'],
      },
      { actions: ['fis:StopExperiment'], on: [this.#arn('fis', 'experiment/*')] },
      {
        actions: ['ec2:ReplaceNetworkAclAssociation'],
        on: [this.#arn('ec2', 'network-acl/*'), this.#arn('ec2', 'subnet/*')],
        when: inNetwork,
      },
      {
        actions: ['ec2:ModifyVpcEndpoint'],
        on: [this.#arn('ec2', 'vpc-endpoint/*'), this.#arn('ec2', 'route-table/*')],
        when: ready,
      },
      { actions: ['ec2:StartInstances'], on: [this.#arn('ec2', 'instance/*')], when: ready },
      // Volumes are encrypted: without it, a machine that is started stops again.
      {
        actions: ['kms:CreateGrant'],
        on: [this.#arn('kms', 'key/*')],
        when: {
          StringEquals: { 'kms:ViaService': `ec2.${this.#stack.region}.amazonaws.com` },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
        },
      },
      {
        actions: ['autoscaling:ResumeProcesses'],
        on: [this.#arn('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*')],
        when: ready,
      },
      { actions: ['ssm:SendCommand'], on: [this.#arn('ssm', `document/${nodeDocumentName(config)}`)] },
      {
        actions: ['ssm:SendCommand'],
        on: [this.#arn('ec2', 'instance/*')],
        when: {
          StringEquals: {
            'ssm:resourceTag/environment': environment,
            'ssm:resourceTag/project': 'aftershock',
            'ssm:resourceTag/chaos-ready': 'true',
          },
        },
      },
      {
        actions: ['ec2:TerminateInstances'],
        on: [this.#arn('ec2', 'instance/*')],
        when: this.#tagged({ environment, [RUNNER_TAG]: environment }),
      },
      {
        actions: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter'],
        on: [this.#parameter(lockParameter(environment))],
      },
      {
        actions: ['scheduler:DeleteSchedule'],
        on: [this.#arn('scheduler', `schedule/${deadManGroup(environment)}/*`)],
      },
      { actions: ['sns:Publish'], on: [topic.topicArn] },
    ]
  }

  #carriesOut(): Allowed[] {
    const { config, topic } = this.#props
    const { environment } = config
    return [
      { actions: ['cloudwatch:DescribeAlarms', 'fis:ListExperiments'], on: ['*'] },
      {
        actions: ['ssm:PutParameter', 'ssm:GetParameter'],
        on: [this.#parameter(lockParameter(environment))],
      },
      {
        actions: ['ssm:GetParameter'],
        on: [
          this.#parameter(switchParameter(environment)),
          this.#parameter(approvalParameter(environment, '*')),
        ],
      },
      {
        actions: ['ssm:PutParameter'],
        on: [
          this.#parameter(taskParameter(environment)),
          this.#parameter(waitingParameter(environment, '*')),
        ],
      },
      {
        actions: ['scheduler:CreateSchedule'],
        on: [this.#arn('scheduler', `schedule/${deadManGroup(environment)}/*`)],
      },
      { actions: ['sns:Publish'], on: [topic.topicArn] },
    ]
  }

  /** Of this account alone. */
  #role(id: string, service: string, allowed: readonly Allowed[]): Role {
    const role = new Role(this, id, {
      assumedBy: new ServicePrincipal(service, {
        conditions: { StringEquals: { 'aws:SourceAccount': this.#stack.account } },
      }),
    })
    for (const one of allowed) {
      role.addToPolicy(statement(one))
      for (const on of one.on) this.#answer(role, on)
    }
    return role
  }

  #answer(role: Role, arn: string): void {
    if (!JSON.stringify(this.#stack.resolve(arn)).includes('*')) return
    Validations.of(role).acknowledge({
      id: wildcardFinding(role, arn),
      reason:
        'What is changed is bound to tags, to the network or to names of this environment; ids are known only when they are made, and calls that look have no resource to name.',
    })
  }

  #tagged(tags: Readonly<Record<string, string>>) {
    return {
      StringEquals: Object.fromEntries(
        Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
      ),
    }
  }

  #parameter(name: string): string {
    return this.#arn('ssm', `parameter${name}`)
  }

  #arn(service: string, resource: string): string {
    const { partition, region, account } = this.#stack
    return `arn:${partition}:${service}:${region}:${account}:${resource}`
  }

  get #stack(): Stack {
    return Stack.of(this)
  }
}

function statement({ actions, on, when }: Allowed): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [...on],
    ...(when && { conditions: { ...when } }),
  })
}
