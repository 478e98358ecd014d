import type { Properties } from './properties.ts'

/**
 * How a cluster tells who is talking. `plaintext`: nobody does; the network is the boundary. `sasl-scram`:
 * clients log in with SCRAM-SHA-512 over TLS, nodes know each other by their certificates, and what nobody
 * allowed is refused.
 */
export type ClusterSecurity = 'plaintext' | 'sasl-scram'

/** Where a node's bootstrap writes PEM files before the broker starts. */
export interface NodeCertificates {
  /** Private key and certificate chain of this node. */
  readonly node: string
  /** Certificates that the cluster trusts. */
  readonly authority: string
}

/** Those who log in. A password of each is made at deployment; none is in a file of this repository. */
export const PRINCIPALS = ['admin', 'device', 'connector', 'replay'] as const
export type Principal = (typeof PRINCIPALS)[number]

export interface AccessRule {
  readonly principal: Principal
  readonly operations: readonly ('Read' | 'Write' | 'Describe' | 'Create' | 'DescribeConfigs')[]
  readonly resource: 'topic' | 'group' | 'transactional-id'
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
}

/** Topics of the fleet's four data classes, as the shipped contract names them. */
export const FLEET_TOPICS = ['telemetry', 'device-state', 'operations', 'integration'] as const

/**
 * Least privilege for the three roles that a drill has. Devices write and never read; the sink reads what it
 * sinks and keeps its own state; a replay reads everything and writes nothing.
 */
export function accessRules(topics: readonly string[] = FLEET_TOPICS): readonly AccessRule[] {
  return [
    ...topics.map(name => rule('device', ['Write', 'Describe'], 'topic', name)),
    rule('connector', ['Read', 'Describe'], 'topic', 'integration'),
    rule('connector', ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'], 'topic', 'connect-', true),
    rule('connector', ['Read'], 'group', 'connect-', true),
    ...topics.map(name => rule('replay', ['Read', 'Describe'], 'topic', name)),
    rule('replay', ['Read'], 'group', 'recovery', true),
    rule('replay', ['Read'], 'group', 'tail', true),
  ]
}

/** One `kafka-acls --add` a line, without the connection: the node that applies them knows it. */
export function accessRuleArguments(rules: readonly AccessRule[]): string {
  const lines = rules.map(({ principal, operations, resource, name, pattern }) =>
    [
      '--add',
      `--allow-principal User:${principal}`,
      ...operations.map(operation => `--operation ${operation}`),
      `--${resource} ${name}`,
      `--resource-pattern-type ${pattern}`,
    ].join(' '),
  )
  return `${lines.join('\n')}\n`
}

/**
 * Listeners CLIENT, CTRL and REPL of a secured node. The common name of every node's certificate is
 * `aftershock-node`, which is a super user beside `admin`; without a matching rule, access is denied.
 */
export function securityProperties(certificates: NodeCertificates): Properties {
  return {
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,CTRL:SSL,REPL:SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.node,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.authority,
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'listener.name.ctrl.ssl.client.auth': 'required',
    'listener.name.repl.ssl.client.auth': 'required',
    'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:aftershock-node;User:admin',
  }
}

function rule(
  principal: Principal,
  operations: AccessRule['operations'],
  resource: AccessRule['resource'],
  name: string,
  prefixed = false,
): AccessRule {
  return { principal, operations, resource, name, pattern: prefixed ? 'prefixed' : 'literal' }
}
