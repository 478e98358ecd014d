import { Annotations, ArnFormat, Duration, Size, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { auditStates } from './audit-states.ts'
import { wildcardFinding } from './constructs/finding-id.ts'
import { nodeLogs } from './constructs/node-logs.ts'
import { bundledProgram } from './constructs/staged-file.ts'
import type { EnvironmentConfig } from './environment-schema.ts'

/** The most of each that Lambda gives. */
const MEMORY_MIB = 10_240
const DISK_MIB = 10_240
const MINUTES = 15
/** In bytes of histories: each part has all of them on its disk, with some room for what else a run has. */
const LARGEST_RUN_GB = 9

export interface AuditStackProps extends StackProps {
  readonly config: EnvironmentConfig
  readonly parts: number
  /** Where runs are stored, and what comes of their audits. */
  readonly evidence: IBucket
}

/**
 * Audits stored runs that one machine cannot hold: a state machine whose distributed map has a function audit each part of
 * the devices, and then merges them. It is made only where the environment names a number of parts; nothing of it costs
 * anything until somebody starts it.
 */
export class AuditStack extends Stack {
  constructor(scope: Construct, id: string, props: AuditStackProps) {
    const { config, parts, evidence, ...stackProps } = props
    super(scope, id, { description: `Aftershock ${config.environment}: audits in parts`, ...stackProps })
    const name = `aftershock-${config.environment}-audit`
    const audit = this.#function(name, props)
    const machine = this.#machine(name, audit, {
      to: `s3://${evidence.bucketName}/${config.environment}/audits`,
      parts,
    })
    const most = (parts + 1) * MINUTES * 60 * (MEMORY_MIB / 1024)
    Annotations.of(machine).addInfoV2(
      'aftershock:audit-costs',
      `an audit in ${parts} parts takes at most ${most.toLocaleString('en')} GB-seconds of Lambda, and is free until somebody starts it; ` +
        `it is for runs of at most ${LARGEST_RUN_GB} GB: aws stepfunctions start-execution --state-machine-arn … --input '{"run":"s3://…/"}'`,
    )
  }

  #function(name: string, { config, evidence }: AuditStackProps): LambdaFunction {
    const role = new Role(this, 'Auditor', { assumedBy: this.#only('lambda.amazonaws.com') })
    const logs = nodeLogs(this, config, 'audit')
    logs.grantWrite(role)
    const bucket = Stack.of(evidence).exportValue(evidence.bucketArn)
    const may = (actions: readonly string[], folders: readonly string[]) => {
      const resources = folders.map(folder => `${bucket}/${config.environment}/${folder}/*`)
      role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }))
      for (const resource of resources)
        Validations.of(this).acknowledge({
          id: wildcardFinding(this, resource),
          reason:
            'Runs of this environment are read, and audits of them are added: none has a name before it is there.',
        })
    }
    may(['s3:GetObject', 's3:GetObjectRetention'], ['runs', 'audits'])
    may(['s3:PutObject'], ['audits'])
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucket],
        conditions: {
          StringLike: { 's3:prefix': [`${config.environment}/runs/*`, `${config.environment}/audits/*`] },
        },
      }),
    )
    return new LambdaFunction(this, 'Function', {
      functionName: name,
      description: 'Audits one part of a stored run, or merges its parts',
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundledProgram('stage-audit.mjs')),
      handler: 'index.handler',
      memorySize: MEMORY_MIB,
      ephemeralStorageSize: Size.mebibytes(DISK_MIB),
      timeout: Duration.minutes(MINUTES),
      environment: { NODE_OPTIONS: `--max-old-space-size=${MEMORY_MIB - 2048}` },
      logGroup: logs,
    })
  }

  #machine(
    name: string,
    audit: LambdaFunction,
    to: { readonly to: string; readonly parts: number },
  ): CfnStateMachine {
    const role = new Role(this, 'Machine', { assumedBy: this.#only('states.amazonaws.com') })
    const arnOf = (resource: string) =>
      this.formatArn({ service: 'states', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME })
    const children = [`${arnOf('execution')}:${name}:*`, `${arnOf('execution')}:${name}/*`]
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [audit.functionArn] }),
    )
    // Each part is an execution of the machine itself.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [`${arnOf('stateMachine')}:${name}`],
      }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: children,
      }),
    )
    for (const arn of children)
      Validations.of(this).acknowledge({
        id: wildcardFinding(this, arn),
        reason: 'What follows the name of the machine are names that Step Functions gives to its executions.',
      })
    const machine = new CfnStateMachine(this, 'Audit', {
      stateMachineName: name,
      roleArn: role.roleArn,
      definitionString: this.toJsonString(auditStates({ lambda: audit.functionArn, ...to })),
    })
    machine.node.addDependency(role)
    Validations.of(machine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the history of an execution for 90 days, and what came of it is in the bucket.',
      },
      {
        id: 'AwsSolutions-SF2',
        reason: 'There is nothing to trace: it calls one function, and its history has each call.',
      },
    )
    return machine
  }

  /** Of this account alone. */
  #only(service: string): ServicePrincipal {
    return new ServicePrincipal(service, {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    })
  }
}
