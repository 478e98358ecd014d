import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import {
  accessRuleArguments,
  accessRules,
  type NodeCertificates,
  type Principal,
  PRINCIPALS,
} from '../../chaos/platforms/security.ts'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { authorityParameter, certificateSecret, passwordSecret } from '../certificate-names.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { NODE_PATHS, secretFile } from '../node-conventions.ts'
import type { MadeCertificates } from '../removal.ts'
import { wildcardFinding } from './finding-id.ts'
import type { NodeRole } from './node-role.ts'

/** Where the bootstrap script of a node puts what is in the secret. */
export const NODE_CERTIFICATES: NodeCertificates = {
  node: `${NODE_PATHS.secrets}/node.pem`,
  authority: `${NODE_PATHS.secrets}/authority.pem`,
}

export interface ClusterSecretsProps {
  readonly config: EnvironmentConfig
  /** The only node that sets passwords and rules, once the cluster is up. */
  readonly admitting: string
  /** Whether brokers are reached under names that are in their certificates. */
  readonly brokersHaveNames: boolean
}

/** What one client of a secured cluster needs. */
export interface ClusterLogin {
  readonly principal: Principal
  /** Its value is the password. */
  readonly secret: ISecret
  /** PEM text of what the client trusts, for a template of the stack that `scope` is in. */
  readonly authority: (scope: Construct) => string
  readonly brokersHaveNames: boolean
}

const LOGIN = 'login'
const AUTHORITY = 'authority.pem'

/** Where a client's machine has them, once it was given `clientSecrets` and `clientFiles`. */
export const CLIENT_LOGIN = {
  /** Properties, of which `password` is one. */
  password: secretFile(LOGIN),
  authority: `${NODE_PATHS.config}/${AUTHORITY}`,
} as const

/** For SECRET_FILES in the settings of a client's machine. */
export function clientSecrets({ secret }: ClusterLogin): string {
  return `${LOGIN}=${secret.secretArn}`
}

export function clientFiles(scope: Construct, { authority }: ClusterLogin): Record<string, string> {
  return { [AUTHORITY]: authority(scope) }
}

/**
 * Passwords of those who log in, made here, and the certificates of the nodes, made when it is deployed or by the user:
 * each node has a key of its own, which no other node may read.
 */
export class ClusterSecrets extends Construct {
  readonly #passwords: Readonly<Record<Principal, Secret>>
  readonly #props: ClusterSecretsProps
  readonly #nodes: string[] = []

  constructor(scope: Construct, id: string, props: ClusterSecretsProps) {
    super(scope, id)
    this.#props = props
    this.#passwords = Object.fromEntries(
      PRINCIPALS.map(principal => [principal, this.#password(principal)]),
    ) as Record<Principal, Secret>
  }

  /** For the settings of a node: names of secrets, never their content. */
  settings(node: string): Record<string, string> {
    return {
      TLS_SECRET: certificateSecret(this.#props.config, node),
      ...(this.#admits(node) && {
        SCRAM_SECRETS: PRINCIPALS.map(name => `${name}=${this.#passwords[name].secretArn}`).join(' '),
      }),
    }
  }

  /** For a node: who may do what. */
  files(node: string): Record<string, string> {
    return this.#admits(node) ? { 'access-rules.txt': accessRuleArguments(accessRules()) } : {}
  }

  #admits(node: string): boolean {
    return node === this.#props.admitting
  }

  login(principal: Principal): ClusterLogin {
    const { config, brokersHaveNames } = this.#props
    const authority = (scope: Construct) => authorityOf(scope, config)
    // CDK's own types do not agree under `exactOptionalPropertyTypes`.
    const secret: unknown = this.#passwords[principal]
    return { principal, secret: secret as ISecret, authority, brokersHaveNames }
  }

  /** Those that deploying makes; null where the environment's file brings its own. */
  get madeCertificates(): MadeCertificates | null {
    const { config } = this.#props
    if (config.tls) return null
    return {
      secrets: this.#nodes.map(node => certificateSecret(config, node)),
      parameter: authorityParameter(config),
    }
  }

  allowReading(role: NodeRole, node: string): void {
    this.#nodes.push(node)
    const { partition, region, account } = Stack.of(this)
    const name = certificateSecret(this.#props.config, node)
    const tls = `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`
    const passwords = this.#admits(node) ? PRINCIPALS.map(of => this.#passwords[of].secretArn) : []
    role.allow(['secretsmanager:GetSecretValue'], [...passwords, tls])
    Validations.of(role).acknowledge({
      id: wildcardFinding(this, tls),
      reason: 'The name of one secret; Secrets Manager adds six characters that nobody knows beforehand.',
    })
  }

  #password(principal: Principal): Secret {
    const secret = new Secret(this, principal, {
      secretName: passwordSecret(this.#props.config, principal),
      description: `Password of ${principal} (SCRAM-SHA-512)`,
      generateSecretString: { passwordLength: 32, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'It lives as long as the environment, whose tag says when it expires; the cluster takes a new one when its bootstrap runs again.',
    })
    return secret
  }
}

/** That of the file, or what the deployment has left in a parameter before CloudFormation begins. */
function authorityOf(scope: Construct, config: EnvironmentConfig): string {
  return (
    config.tls?.authority ??
    StringParameter.valueForStringParameter(Stack.of(scope), authorityParameter(config))
  )
}
