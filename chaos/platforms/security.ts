import { CLIENT_PRINCIPALS, type ClientPrincipal } from '../core/security-settings.ts'
import { DEAD_LETTERS, OUTBOX } from './connect.ts'
import { ACKNOWLEDGEMENTS_TOPIC, COMMANDS_TOPIC, DEVICES_GROUP, PROCESSOR_GROUP } from './processor.ts'
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

/** The common name, and one of the names, in every node's certificate. */
export const NODE_COMMON_NAME = 'aftershock-node'

/** Those who log in. A password of each is made at deployment; none is in a file of this repository. */
export const PRINCIPALS = ['admin', 'device', 'connector', 'replay'] as const
export type Principal = (typeof PRINCIPALS)[number]

export interface AccessRule {
  readonly principal: Principal
  readonly operations: readonly ('Read' | 'Write' | 'Describe' | 'Create' | 'Delete' | 'DescribeConfigs')[]
  readonly resource: 'topic' | 'group' | 'transactional-id'
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
}

/** Topics of the fleet's four data classes, as the shipped contract names them. */
export const FLEET_TOPICS = ['telemetry', 'device-state', 'operations', 'integration'] as const

/**
 * Least privilege for the three roles that a drill has. Devices write and never read; their topics they may make, and
 * no others, because the fleet makes what is missing. The sink reads what it sinks and keeps its own state, in
 * transactions where a source is exactly-once; all that is its own begins with `connect-`. A replay reads
 * everything and writes nothing.
 */
export function accessRules(topics: readonly string[] = FLEET_TOPICS): readonly AccessRule[] {
  return [
    ...topics.map(name => rule('device', ['Write', 'Describe', 'Create'], 'topic', name)),
    rule('connector', ['Read', 'Describe'], 'topic', 'integration'),
    rule('connector', ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'], 'topic', 'connect-', true),
    // Deleting a connector's offsets deletes its group.
    rule('connector', ['Read', 'Delete'], 'group', 'connect-', true),
    rule('connector', ['Write', 'Describe'], 'transactional-id', 'connect-', true),
    ...topics.map(name => rule('replay', ['Read', 'Describe'], 'topic', name)),
    rule('replay', ['Read'], 'group', 'recovery', true),
    rule('replay', ['Read'], 'group', 'tail', true),
  ]
}

/**
 * One `kafka-acls --add` a line, without the connection: the node that applies them knows it. Rules that differ in
 * the name only share a line, because each line costs the start of a JVM.
 */
export function accessRuleArguments(rules: readonly AccessRule[]): string {
  const lines = new Map<string, string[]>()
  for (const { principal, operations, resource, name, pattern } of rules) {
    const head = [
      `--add --allow-principal User:${principal}`,
      ...operations.map(word => `--operation ${word}`),
    ]
    const key = `${head.join(' ')}|--resource-pattern-type ${pattern}|${resource}`
    lines.set(key, [...(lines.get(key) ?? []), `--${resource} ${name}`])
  }
  return [...lines]
    .map(([key, names]) => {
      const [head, tail] = key.split('|')
      return `${head} ${names.join(' ')} ${tail}\n`
    })
    .join('')
}

export interface ClientLogin {
  readonly principal: Principal
  /** As a properties file spells it: `${…}` of a config provider, so that the file itself has no password. */
  readonly password: string
  /** PEM file of what the client trusts. */
  readonly authority: string
  /** Whether brokers are reached under names that are in their certificates; else only who signed them counts. */
  readonly brokersHaveNames: boolean
}

/** For a client that is written in Java. */
export function clientSecurityProperties(login: ClientLogin): Properties {
  const { principal, password, authority, brokersHaveNames } = login
  return {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${principal}" password="${password}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority,
    ...(brokersHaveNames ? {} : { 'ssl.endpoint.identification.algorithm': '' }),
  }
}

export const workerSecurityProperties = (login: ClientLogin): Properties =>
  ofAllClients(clientSecurityProperties(login))

/** A Connect worker is four clients: its own, and those that it makes for connectors. */
export function ofAllClients(security: Properties): Properties {
  const properties = Object.entries(security)
  return Object.fromEntries(
    ['', 'producer.', 'consumer.', 'admin.'].flatMap(of =>
      properties.map(([key, value]) => [`${of}${key}`, value]),
    ),
  )
}

/**
 * Listeners CLIENT, CTRL and REPL of a secured node. The common name of every node's certificate is
 * `aftershock-node`, which is a super user beside `admin`; without a matching rule, access is denied.
 *
 * @param brokersHaveNames false where brokers advertise addresses that nobody knew when certificates were made: then
 * nodes trust each other by who signed, and by the common name, which is what gives them their rights in any case.
 */
export function securityProperties(certificates: NodeCertificates, brokersHaveNames = true): Properties {
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
    'super.users': `User:${NODE_COMMON_NAME};User:admin`,
    ...(brokersHaveNames ? {} : { 'listener.name.repl.ssl.endpoint.identification.algorithm': '' }),
  }
}

/**
 * Listeners of a lab's node, on loopback addresses that only this machine reaches: clients log in with SCRAM-SHA-512 and
 * without TLS. CTRL and REPL stay open, and whoever comes over them is taken for a node: that is how nodes, and the
 * lab's own instruments, reach each other past everything that is measured.
 */
export function labSecurityProperties(): Properties {
  return {
    'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,CTRL:PLAINTEXT,REPL:PLAINTEXT',
    'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS;User:operator',
  }
}

/** Groups of a run's own readers begin so; those of approved replays with `replay-`. */
export const READER_GROUPS = 'aftershock-'

/** What a Connect worker's own topics, those of its dead letters and those of its sources begin with. */
const CONNECT_NAMES = ['connect-', DEAD_LETTERS, OUTBOX] as const

export interface ClientAccessRule extends Omit<AccessRule, 'principal'> {
  readonly principal: ClientPrincipal
}

export interface LabRights {
  /** Those of the contract. */
  readonly topics: readonly string[]
  /** Topics whose records a job mends and publishes again. @default none */
  readonly repaired?: readonly string[]
  /**
   * Standing rights beyond those of the roles: a cluster on which somebody was given more than a replay's approval
   * gives. @default none
   */
  readonly alsoMayRead?: Readonly<Partial<Record<ClientPrincipal, readonly string[]>>>
}

/** What each of them may do from the start. */
export function clientAccessRules({
  topics,
  repaired = [],
  alsoMayRead = {},
}: LabRights): readonly ClientAccessRule[] {
  return [
    ...topics.map(name => clientRule('device', ['Write', 'Describe'], 'topic', name)),
    ...['connector' as const, 'processor' as const].flatMap(principal => [
      ...topics.map(name => clientRule(principal, ['Read', 'Describe'], 'topic', name)),
      clientRule(principal, ['Read'], 'group', READER_GROUPS, true),
    ]),
    ...CONNECT_NAMES.map(name =>
      clientRule(
        'connector',
        ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'],
        'topic',
        name,
        true,
      ),
    ),
    clientRule('connector', ['Read', 'Delete'], 'group', 'connect-', true),
    clientRule('connector', ['Write', 'Describe'], 'transactional-id', 'connect-', true),
    clientRule(
      'processor',
      ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'],
      'topic',
      PROCESSOR_GROUP,
      true,
    ),
    clientRule('processor', ['Read', 'Describe', 'Delete'], 'group', PROCESSOR_GROUP, true),
    clientRule('processor', ['Write', 'Describe'], 'transactional-id', PROCESSOR_GROUP, true),
    // Devices are given commands, and acknowledge them.
    clientRule('device', ['Read', 'Describe'], 'topic', COMMANDS_TOPIC),
    clientRule('device', ['Write', 'Describe'], 'topic', ACKNOWLEDGEMENTS_TOPIC),
    clientRule('device', ['Read'], 'group', DEVICES_GROUP),
    ...repairRules(repaired),
    // A request states what there is to read before anybody approves it.
    ...['replay' as const, 'replay-2' as const].flatMap(principal =>
      topics.map(name => clientRule(principal, ['Describe'], 'topic', name)),
    ),
    ...CLIENT_PRINCIPALS.flatMap(principal =>
      (alsoMayRead[principal] ?? []).map(name => clientRule(principal, ['Read'], 'topic', name)),
    ),
  ]
}

/** It reads what was put aside, and where that was; what it mends it writes there, and nowhere else. */
function repairRules(topics: readonly string[]): readonly ClientAccessRule[] {
  if (topics.length === 0) return []
  return [
    clientRule('repair', ['Read', 'Describe'], 'topic', DEAD_LETTERS, true),
    ...topics.map(name => clientRule('repair', ['Read', 'Write', 'Describe'], 'topic', name)),
    clientRule('repair', ['Read'], 'group', READER_GROUPS, true),
  ]
}

function clientRule(
  principal: ClientPrincipal,
  operations: AccessRule['operations'],
  resource: AccessRule['resource'],
  name: string,
  prefixed = false,
): ClientAccessRule {
  return { principal, operations, resource, name, pattern: prefixed ? 'prefixed' : 'literal' }
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
