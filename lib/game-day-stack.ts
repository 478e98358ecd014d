import { Annotations, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { GameDayRoles } from './constructs/game-day-roles.ts'
import { GameDayRunner } from './constructs/game-day-runner.ts'
import { nodeDocumentName } from './drill-access.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { EnvironmentError } from './environment-source.ts'
import { type DayInput, dayStates } from './gamedays/day-states.ts'
import { healingStates } from './gamedays/healing-states.ts'
import { dayGroup, deadManGroup } from './gamedays/names.ts'
import { expressionOf, type GameDays, type ScheduledDay } from './gamedays/schedule.ts'
import type { NetworkStack } from './network-stack.ts'

export interface GameDayStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly network: NetworkStack
  readonly gameDays: GameDays
  /** Names of the alarms that stop a drill. */
  readonly alarms: readonly string[]
  readonly evidence: IBucket
  /** How long the sealed evidence of a day is locked, in days. @default 365 */
  readonly sealedDays?: number
}

/** What a runner calls that no other machine does. */
const RUNNER_ENDPOINTS = {
  Ec2: InterfaceVpcEndpointAwsService.EC2,
  States: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  Groups: InterfaceVpcEndpointAwsService.AUTOSCALING,
  Caller: InterfaceVpcEndpointAwsService.STS,
} as const

/** Of a runner: its boot, and healing after it. */
const AROUND_MINUTES = 60

/** A day that nobody could start in this time is not made up for later. */
const LATEST_START = Duration.minutes(10)

/**
 * Game days that begin by themselves: a schedule for each day, the state machine that carries a day out, and the one that
 * heals, which is also the dead man's. It is made only when a calendar is named; without one nothing of it exists.
 */
export class GameDayStack extends Stack {
  readonly runner: GameDayRunner

  constructor(scope: Construct, id: string, props: GameDayStackProps) {
    const { config, network, gameDays, alarms, evidence, sealedDays = 365, ...stackProps } = props
    super(scope, id, { description: `Aftershock ${config.environment}: game days`, ...stackProps })
    refuseUnusable(config, gameDays.days)
    // Whoever deploys it has to know before the first day.
    Annotations.of(this).addWarningV2(
      'aftershock:day-not-seen',
      'no day that a schedule began was seen to be healed and unlocked on brokers yet: be there when the first one begins (docs/verified.md)',
    )
    const { environment } = config
    const [zone] = network.zones
    if (!zone) throw new EnvironmentError([`${environment} has no zone for a runner`])
    this.#endpoints(network)
    const topic = this.#topic(config)
    const dead = new CfnScheduleGroup(this, 'DeadMen', { name: deadManGroup(environment) })
    const roles = new GameDayRoles(this, 'Roles', { config, network, topic })
    const runMs = Math.max(...gameDays.days.map(day => day.runMs))
    this.runner = new GameDayRunner(this, 'Runner', {
      config,
      network,
      evidence,
      gameDays,
      sealedDays,
      lifeMinutes: Math.ceil(runMs / 60_000) + AROUND_MINUTES,
    })
    const healing = this.#machine(
      'Healing',
      roles.healing,
      healingStates({
        environment,
        vpcId: network.vpc.vpcId,
        document: nodeDocumentName(config),
        topic: topic.topicArn,
      }),
    )
    healing.node.addDependency(dead)
    roles.allowStarting(healing)
    const day = this.#machine(
      'Day',
      roles.day,
      dayStates({
        environment,
        alarms,
        topic: topic.topicArn,
        healing: healing.attrArn,
        launchTemplate: this.runner.launchTemplateId,
        subnetId: zone.management.subnetId,
        deadManRole: roles.deadMan.roleArn,
        approvalSeconds: Math.ceil(Math.max(...gameDays.days.map(({ lastsMs }) => lastsMs)) / 1000),
        runSeconds: Math.ceil(runMs / 1000),
      }),
    )
    roles.allowLaunching(this.runner)
    this.runner.allowAnswering(day)
    const starter = this.#starter(day)
    const group = new CfnScheduleGroup(this, 'Days', { name: dayGroup(environment) })
    for (const one of gameDays.days) this.#schedule(one, { machine: day, starter, group })
  }

  #schedule(day: ScheduledDay, { machine, starter, group }: Starting): void {
    const { owner, drill } = day
    const { startDate, ...expression } = expressionOf(day)
    const schedule = new CfnSchedule(this, `Day-${day.id}`, {
      // By which whoever asks the environment knows it; Scheduler takes 64 characters, and a day may have 63.
      name: day.id,
      groupName: group.ref,
      description: `Game day ${day.id}`,
      ...expression,
      ...(startDate !== undefined && { startDate }),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: machine.attrArn,
        roleArn: starter.role.roleArn,
        input: JSON.stringify({ day: day.id, approved: day.approved, owner, drill } satisfies DayInput),
        deadLetterConfig: { arn: starter.lost.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: LATEST_START.toSeconds(), maximumRetryAttempts: 10 },
      },
    })
    schedule.node.addDependency(starter.role)
  }

  /** What starts days, and where those end up that could not be started. */
  #starter(machine: CfnStateMachine): Starter {
    const lost = new Queue(this, 'NotStarted', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(lost).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue itself: of schedules whose day could not be started.',
    })
    const role = new Role(this, 'Starter', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    })
    role.addToPolicy(
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.attrArn] }),
    )
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [lost.queueArn] }))
    return { role, lost }
  }

  #machine(id: string, role: Role, definition: object): CfnStateMachine {
    const machine = new CfnStateMachine(this, id, {
      roleArn: role.roleArn,
      definitionString: this.toJsonString(definition),
    })
    machine.node.addDependency(role)
    Validations.of(machine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the history of an execution for 90 days, CloudTrail each call, and what came of a day is in its sealed evidence.',
      },
      {
        id: 'AwsSolutions-SF2',
        reason: 'There is nothing to trace: each of its calls is one to AWS, and its history has them all.',
      },
    )
    return machine
  }

  #topic({ notify = '', environment }: EnvironmentConfig): ITopic {
    if (notify.startsWith('arn:')) return Topic.fromTopicArn(this, 'Told', notify)
    const topic = new Topic(this, 'Told', {
      displayName: `aftershock ${environment} game days`,
      enforceSSL: true,
    })
    topic.addSubscription(new EmailSubscription(notify))
    Validations.of(topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'It carries names of days and what became of them, and mail carries that in the open anyway.',
    })
    return topic
  }

  /** In one zone, as the runner is, and only as long as there are days. */
  #endpoints(network: NetworkStack): void {
    const subnets = network.zones.slice(0, 1).map(({ management }) => management)
    for (const [id, service] of Object.entries(RUNNER_ENDPOINTS)) {
      const endpoint = new InterfaceVpcEndpoint(this, `${id}Endpoint`, {
        vpc: network.vpc,
        service,
        subnets: { subnets },
        securityGroups: [network.groups.of('endpoint')],
        open: false,
      })
      // Most of what is asked there names no resource: whose credentials they are is all that can be told.
      endpoint.addToPolicy(
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: ['*'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:PrincipalAccount': this.account } },
        }),
      )
    }
  }
}

interface Starting {
  readonly machine: CfnStateMachine
  readonly starter: Starter
  readonly group: CfnScheduleGroup
}

interface Starter {
  readonly role: Role
  readonly lost: Queue
}

function refuseUnusable(config: EnvironmentConfig, days: readonly ScheduledDay[]): void {
  const { environment, notify, account } = config
  const problems = [
    ...(days.length === 0 ? [`gamedays: no day of the calendar is in ${environment}`] : []),
    ...(notify === undefined
      ? [`notify: game days that begin by themselves need somebody who is told; ${environment} names nobody`]
      : []),
    ...(account === undefined
      ? [`account: drills touch only the account that the file names; ${environment} names none`]
      : []),
  ]
  if (problems.length > 0) throw new EnvironmentError(problems)
}
