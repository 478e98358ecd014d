import kafkajs, { type AclEntry, type AclResourceTypes, type Admin } from 'kafkajs'
import { AftershockError } from '../core/errors.ts'

// Enumerations are not among what Node finds in kafkajs by name.
const { AclOperationTypes: OPERATION, AclPermissionTypes: PERMISSION } = kafkajs
const { AclResourceTypes: RESOURCE, ResourcePatternTypes: PATTERN } = kafkajs

/** What lets one principal read: topics by their names, and groups whose ids begin with a word. */
export interface ReadAccess {
  /** Without `User:`. */
  readonly principal: string
  readonly topics: readonly string[]
  readonly groupPrefix: string
}

/** One rule, in the words of Kafka's tools. */
export interface NamedRule {
  readonly principal: string
  readonly operation: string
  readonly resource: 'topic' | 'group' | 'transactional-id'
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
}

const RESOURCES: Readonly<Record<NamedRule['resource'], AclResourceTypes>> = {
  topic: RESOURCE.TOPIC,
  group: RESOURCE.GROUP,
  'transactional-id': RESOURCE.TRANSACTIONAL_ID,
}

function rulesOf({ principal, topics, groupPrefix }: ReadAccess): AclEntry[] {
  const whose = { principal, operation: 'Read' }
  return [
    ...topics.map(name => entry({ ...whose, resource: 'topic', name, pattern: 'literal' })),
    entry({ ...whose, resource: 'group', name: groupPrefix, pattern: 'prefixed' }),
  ]
}

function entry({ principal, operation, resource, name, pattern }: NamedRule): AclEntry {
  const key = operation.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  return {
    principal: `User:${principal}`,
    host: '*',
    operation: OPERATION[key as keyof typeof OPERATION],
    permissionType: PERMISSION.ALLOW,
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType: pattern === 'prefixed' ? PATTERN.PREFIXED : PATTERN.LITERAL,
  }
}

/** These rules and no others: what else the cluster had is removed. */
export async function replaceRules(admin: Admin, rules: readonly NamedRule[]): Promise<void> {
  await admin.deleteAcls({ filters: [ANY_RULE] })
  if (rules.length > 0) await admin.createAcls({ acl: rules.map(entry) })
}

const ANY_RULE = {
  resourceType: RESOURCE.ANY,
  resourcePatternType: PATTERN.ANY,
  operation: OPERATION.ANY,
  permissionType: PERMISSION.ANY,
}

/** READ on the topics and on the groups. May be repeated. */
export async function grantRead(admin: Admin, access: ReadAccess): Promise<void> {
  await admin.createAcls({ acl: rulesOf(access) })
}

/** Takes exactly those rules away. May be repeated. */
export async function revokeRead(admin: Admin, access: ReadAccess): Promise<void> {
  const { filterResponses } = await admin.deleteAcls({ filters: rulesOf(access) })
  const failed = filterResponses.find(({ errorCode }) => errorCode !== 0)
  if (failed)
    throw new AftershockError('unavailable', `a rule was not removed: ${failed.errorMessage ?? 'no reason'}`)
}

/** Every rule that names the principal, as a broker tells it: `read topic telemetry`. */
export async function rulesAbout(admin: Admin, principal: string): Promise<string[]> {
  const { resources } = await admin.describeAcls({
    principal: `User:${principal}`,
    ...ANY_RULE,
  })
  return resources
    .flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.map(({ operation, permissionType }) => {
        const deny = permissionType === PERMISSION.DENY ? 'deny ' : ''
        const star = resourcePatternType === PATTERN.PREFIXED ? '*' : ''
        return `${deny}${wordOf(OPERATION, operation)} ${wordOf(RESOURCE, resourceType)} ${resourceName}${star}`
      }),
    )
    .toSorted()
}

/** The name of a value, in small letters; kafkajs has the names one way only. */
const wordOf = (names: object, value: number): string =>
  Object.entries(names)
    .find(([, one]) => one === value)?.[0]
    .toLowerCase() ?? `${value}`
