import { RemovalPolicy, Stack, Tags, Validations } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { CfnDocument, StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { wildcardFinding } from './constructs/finding-id.ts'
import type { NodeRole } from './constructs/node-role.ts'
import { type StagedFile, stageProgram } from './constructs/staged-file.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { nodeDocument } from './node-document.ts'
import { NODE_PORTS } from './node-ports.ts'

/** As `chaos/drivers/aws/deployed-cluster.ts` asks for it. */
export const agentSecretName = ({ environment }: EnvironmentConfig): string =>
  `aftershock/${environment}/agent`
/** As `chaos/drivers/aws/chaos-lock.ts` asks for it. */
export const switchParameter = ({ environment }: EnvironmentConfig): string =>
  `/aftershock/${environment}/chaos/switch`
/** As `chaos/drivers/aws/node-deeds.ts` asks for it. */
export const nodeDocumentName = ({ environment }: EnvironmentConfig): string =>
  `aftershock-${environment}-node`

/** As `chaos/drivers/aws/reach/session-door.ts` asks for it. */
export const sessionDocumentName = ({ environment }: EnvironmentConfig): string =>
  `aftershock-${environment}-agent`

/**
 * A session that leads to the port of the agent on its machine and nowhere else, and takes no parameters: who may start
 * it reaches that port, and needs the environment's key to be answered there.
 */
export function sessionDocument(): object {
  return {
    schemaVersion: '1.0',
    description: 'aftershock: the agent of this machine, for who runs drills from outside of the network',
    sessionType: 'Port',
    // The other end listens on a port that is free there.
    properties: { type: 'LocalPortForwarding', portNumber: String(NODE_PORTS.agent), localPortNumber: '0' },
  }
}

/** What a drill needs beside what it breaks: the one document that is done on nodes, the way to agents, and their key. */
export class DrillAccess extends Construct {
  /** @param armed whether drills may run there without anybody arming the switch: an environment for one drill */
  constructor(scope: Construct, id: string, config: EnvironmentConfig, armed = false) {
    super(scope, id)
    if (armed)
      // It goes with the environment: another deployment of that name is not armed by it.
      new StringParameter(this, 'Switch', {
        parameterName: switchParameter(config),
        description: 'Drills may run here as long as it says armed',
        stringValue: 'armed',
      })
    const document = new CfnDocument(this, 'Node', {
      name: nodeDocumentName(config),
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: '/AWS::EC2::Instance',
      // A document that is replaced has another name only if it is told to: this one keeps it.
      updateMethod: 'NewVersion',
      content: nodeDocument(),
    })
    Tags.of(document).add('Name', nodeDocumentName(config))
    const session = new CfnDocument(this, 'Session', {
      name: sessionDocumentName(config),
      documentType: 'Session',
      documentFormat: 'JSON',
      updateMethod: 'NewVersion',
      content: sessionDocument(),
    })
    Tags.of(session).add('Name', sessionDocumentName(config))
    const secret = new Secret(this, 'Agent', {
      secretName: agentSecretName(config),
      description: 'What the agents on nodes and the runner of drills have in common',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'An agent reads it when it starts. Nothing rotates it by itself; a new value is in force after aftershock-node-agent is started again on each node.',
    })
  }
}

/** What a machine with an agent has: the program, by its digest, and the right to the key. */
export class NodeAgent {
  readonly program: StagedFile
  readonly settings: Readonly<Record<string, string>>
  readonly #config: EnvironmentConfig

  /** @param program @default staged here */
  constructor(stack: Stack, config: EnvironmentConfig, program: StagedFile = stageProgram(stack)) {
    this.#config = config
    this.program = program
    this.settings = {
      AGENT_URI: program.uri,
      AGENT_SHA256: program.sha256 ?? '',
      AGENT_SECRET: agentSecretName(config),
    }
  }

  /** Of a broker that keeps records in a bucket: its agent asks whether that can be reached from there. */
  settingsWith(bucketName: string | undefined): Readonly<Record<string, string>> {
    return { ...this.settings, ...(bucketName !== undefined && { AGENT_STORE_BUCKET: bucketName }) }
  }

  /** Systems Manager hands on the secret, so that nodes need no way to Secrets Manager. */
  allowReading(role: NodeRole): void {
    const { partition, region, account } = Stack.of(role)
    const name = agentSecretName(this.#config)
    const secret = `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`
    const parameter = `arn:${partition}:ssm:${region}:${account}:parameter/aws/reference/secretsmanager/${name}`
    role.allow(['ssm:GetParameter'], [parameter])
    role.allow(['secretsmanager:GetSecretValue'], [secret])
    Validations.of(role).acknowledge({
      id: wildcardFinding(role, secret),
      reason: 'Secrets Manager adds six characters to the name of a secret; this is one secret.',
    })
  }
}
