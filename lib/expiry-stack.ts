import {
  Annotations,
  ArnFormat,
  PERMISSIONS_BOUNDARY_CONTEXT_KEY,
  PermissionsBoundary,
  Stack,
  type StackProps,
  Validations,
} from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { wildcardFinding } from './constructs/finding-id.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { EnvironmentError } from './environment-source.ts'
import { type MadeCertificates, removalInput, removalStates } from './removal.ts'

export interface ExpiryStackProps extends StackProps {
  readonly config: EnvironmentConfig
  /** Names of the stacks that go, in that order: all of the environment but this one, and never that of the evidence. */
  readonly removes: readonly string[]
  /** @default none */
  readonly certificates?: MadeCertificates | null
  /** In UTC, `2027-07-01T00:00:00`. @default the end of the day on which the environment expires */
  readonly at?: string | undefined
}

/**
 * Removes the environment when it has expired, whether or not anybody remembers it. It is made first and goes last, so
 * that what a failed deployment left is removed too.
 */
export class ExpiryStack extends Stack {
  constructor(scope: Construct, id: string, props: ExpiryStackProps) {
    const { config, removes, certificates = null, at = endOf(config.expires), ...stackProps } = props
    super(scope, id, {
      description: `Aftershock ${config.environment}: its removal`,
      ...ownBoundary(scope),
      ...stackProps,
    })
    const machine = this.#removal([...removes, this.stackName], certificates)
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
        input: JSON.stringify(removalInput(removes, certificates)),
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
  #removal(stacks: readonly string[], certificates: MadeCertificates | null): CfnStateMachine {
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
    if (certificates) this.#allowRemoving(certificates, role)
    const machine = new CfnStateMachine(this, 'Removal', {
      roleArn: role.roleArn,
      definitionString: JSON.stringify(removalStates(this.stackName, certificates)),
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

  #allowRemoving({ secrets, parameter }: MadeCertificates, role: Role): void {
    const arns = secrets.map(name =>
      this.formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${name}*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    )
    role.addToPolicy(new PolicyStatement({ actions: ['secretsmanager:DeleteSecret'], resources: arns }))
    for (const arn of arns)
      Validations.of(this).acknowledge({
        id: wildcardFinding(this, arn),
        reason:
          'The name of one secret. Secrets Manager adds six characters while it is there, and none once it is gone, which is asked for too.',
      })
    const resources = [
      this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: parameter.slice(1) }),
    ]
    role.addToPolicy(new PolicyStatement({ actions: ['ssm:DeleteParameters'], resources }))
  }

  /** Of this account alone: nobody else's schedule or machine may take the role. */
  #only(service: string): ServicePrincipal {
    return new ServicePrincipal(service, {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    })
  }
}

/** Set beside the CDK's own: what a boundary lets nodes do removes no stack, and the roles here do nothing else. */
const EXPIRY_BOUNDARY = 'aftershock:expiryBoundary'

/** @throws EnvironmentError when the boundary of nodes would be that of these roles too: nothing would ever be removed. */
function ownBoundary(scope: Construct): Pick<StackProps, 'permissionsBoundary'> {
  const name: unknown = scope.node.tryGetContext(EXPIRY_BOUNDARY)
  if (typeof name === 'string' && name !== '')
    return { permissionsBoundary: PermissionsBoundary.fromName(name) }
  if (scope.node.tryGetContext(PERMISSIONS_BOUNDARY_CONTEXT_KEY) === undefined) return {}
  throw new EnvironmentError([
    `cdk.json: context has ${PERMISSIONS_BOUNDARY_CONTEXT_KEY} and no ${EXPIRY_BOUNDARY}: roles under the first delete no stack, so the environment would not be removed when it expires. Name a policy that lib/assets/expiry-boundary.json is in (docs/aws.md)`,
  ])
}

/** An environment may be used for the whole of the day that it names. */
function endOf(day: string): string {
  const next = new Date(`${day}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 19)
}
