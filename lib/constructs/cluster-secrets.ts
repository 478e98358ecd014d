import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { type Principal, PRINCIPALS } from '../../chaos/platforms/security.ts'
import { wildcardFinding } from './finding-id.ts'
import type { NodeRole } from './node-role.ts'

/** Passwords of those who log in, made here, and the certificates of the nodes, made by the user. */
export class ClusterSecrets extends Construct {
  /** For the settings of a node: names of secrets, never their content. */
  readonly settings: Readonly<Record<string, string>>
  readonly #passwords: Readonly<Record<Principal, Secret>>
  readonly #tlsSecret: string

  constructor(scope: Construct, id: string, tlsSecret: string) {
    super(scope, id)
    this.#tlsSecret = tlsSecret
    this.#passwords = Object.fromEntries(
      PRINCIPALS.map(principal => [principal, this.#password(principal)]),
    ) as Record<Principal, Secret>
    this.settings = {
      TLS_SECRET: tlsSecret,
      SCRAM_SECRETS: PRINCIPALS.map(name => `${name}=${this.#passwords[name].secretArn}`).join(' '),
    }
  }

  allowReading(role: NodeRole): void {
    const { partition, region, account } = Stack.of(this)
    const tls = `arn:${partition}:secretsmanager:${region}:${account}:secret:${this.#tlsSecret}-??????`
    role.allow(
      ['secretsmanager:GetSecretValue'],
      [...PRINCIPALS.map(name => this.#passwords[name].secretArn), tls],
    )
    Validations.of(role).acknowledge({
      id: wildcardFinding(this, tls),
      reason: 'The name of one secret; Secrets Manager adds six characters that nobody knows beforehand.',
    })
  }

  #password(principal: Principal): Secret {
    const secret = new Secret(this, principal, {
      description: `Password of ${principal} (SCRAM-SHA-512)`,
      generateSecretString: { passwordLength: 32, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'It lives as long as the environment, whose tag says when it expires; nodes set it when they format.',
    })
    return secret
  }
}
