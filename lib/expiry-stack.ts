import { Annotations, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { wildcardFinding } from './constructs/finding-id.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { removalInput, removalStates } from './removal.ts'

export interface ExpiryStackProps extends StackProps {
  readonly config: EnvironmentConfig
  /** Names of the stacks that go, in that order: all of the environment but this one, and never that of the evidence. */
  readonly removes: readonly string[]
  /** In UTC, `2027-07-01T00:00:00`. @default the end of the day on which the environment expires */
  readonly at?: string | undefined
}

/**
 * Removes the environment when it has expired, whether or not anybody remembers it. It is made first and goes last, so
 * that what a failed deployment left is removed too.
 */
export class ExpiryStack extends Stack {
  constructor(scope: Construct, id: string, props: ExpiryStackProps) {
    const { config, removes, at = endOf(config.expires), ...stackProps } = props
    super(scope, id, { description: `Aftershock ${config.environment}: its removal`, ...stackProps })
    const machine = this.#removal([...removes, this.stackName])
    const starter = new Role(this, 'Starter', { assumedBy: this.#only('scheduler.amazonaws.com') })
    starter.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.ref] }))
    const schedule = new CfnSchedule(this, 'Expires', {
      description: `Removes the environment ${config.environment}, but not its evidence`,
      scheduleExpression: `at(${at})`,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: machine.ref,
        roleArn: starter.roleArn,
        input: JSON.stringify(removalInput(removes)),
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      },
    })
    schedule.node.addDependency(starter)
    Annotations.of(this).addInfoV2(
      'aftershock:expires',
      `everything but the evidence is removed by itself at ${at.replace('T', ' ')} UTC; a later \`expires\` and another deployment put it off`,
    )
  }

  /** A machine that may delete the stacks of this environment, as CloudFormation's own role does, and nothing else. */
  #removal(stacks: readonly string[]): CfnStateMachine {
    const role = new Role(this, 'Remover', { assumedBy: this.#only('states.amazonaws.com') })
    const arns = stacks.map(name =>
      this.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${name}/*` }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudformation:DeleteStack', 'cloudformation:DescribeStacks'],
        resources: arns,
      }),
    )
    for (const arn of arns)
      Validations.of(this).acknowledge({
        id: wildcardFinding(this, arn),
        reason: 'What follows the name of a stack is an id that AWS makes when it is created.',
      })
    const machine = new CfnStateMachine(this, 'Removal', {
      roleArn: role.roleArn,
      definitionString: JSON.stringify(removalStates(this.stackName)),
    })
    machine.node.addDependency(role)
    Validations.of(machine).acknowledge({
      id: 'AwsSolutions-SF1',
      reason:
        'It runs once. Step Functions keeps the history of an execution for 90 days, and CloudTrail each call.',
    })
    Validations.of(machine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason: 'There is nothing to trace: its only calls are to CloudFormation, and its history has each.',
    })
    return machine
  }

  /** Of this account alone: nobody else's schedule or machine may take the role. */
  #only(service: string): ServicePrincipal {
    return new ServicePrincipal(service, {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    })
  }
}

/** An environment may be used for the whole of the day that it names. */
function endOf(day: string): string {
  const next = new Date(`${day}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 19)
}
