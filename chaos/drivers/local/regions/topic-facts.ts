import kafkajs, { type Admin } from 'kafkajs'
import type { TopicFacts } from '../../environment.ts'

const {
  AclOperationTypes: OPERATION,
  AclPermissionTypes: PERMISSION,
  AclResourceTypes: RESOURCE,
  ConfigResourceTypes: CONFIGURED,
  ResourcePatternTypes: PATTERN,
} = kafkajs
/** What belongs to a topic's contract, wherever it is; copies are the cluster's own. */
const SETTINGS = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'max.message.bytes',
  'message.timestamp.type',
]

export async function topicFacts(admin: Admin, topics: readonly string[]): Promise<TopicFacts> {
  const { topics: described } = await admin.fetchTopicMetadata({ topics: [...topics] })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(name => ({
      type: CONFIGURED.TOPIC,
      name,
      configNames: [...SETTINGS],
    })),
  })
  return Object.fromEntries(
    described.map(({ name, partitions }) => {
      const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
      const settings = entries.map(({ configName, configValue }) => [configName, configValue] as const)
      return [name, { ...Object.fromEntries(settings), partitions: String(partitions.length) }]
    }),
  )
}

const nameIn = (names: object, number: number): string =>
  Object.entries(names).find(([, value]) => value === number)?.[0] ?? `number ${number}`

/** Rules of an authorizer, in words; null: the cluster has none. */
export async function accessRules(admin: Admin): Promise<readonly string[] | null> {
  try {
    const { resources } = await admin.describeAcls({
      resourceType: RESOURCE.ANY,
      resourcePatternType: PATTERN.ANY,
      operation: OPERATION.ANY,
      permissionType: PERMISSION.ANY,
    })
    return resources
      .flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
        acls.map(
          ({ principal, host, operation, permissionType }) =>
            `${principal} ${permissionType === PERMISSION.ALLOW ? 'may' : 'may not'} ${nameIn(OPERATION, operation)} on ${nameIn(RESOURCE, resourceType)} ${resourceName} (${nameIn(PATTERN, resourcePatternType)}) from ${host}`,
        ),
      )
      .toSorted()
  } catch (error) {
    if (/SECURITY_DISABLED|Security features are disabled/.test(String(error))) return null
    throw error
  }
}
