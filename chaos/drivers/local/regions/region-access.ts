import kafkajs from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { CLIENT_PRINCIPALS } from '../../../core/security-settings.ts'
import type { RegionAccess } from '../../environment.ts'
import { labAccess } from '../lab/lab-access.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { accessRules } from './topic-facts.ts'

const {
  AclOperationTypes: OPERATION,
  AclPermissionTypes: PERMISSION,
  AclResourceTypes: RESOURCE,
  ResourcePatternTypes: PATTERN,
} = kafkajs
const ANY_RULE = {
  resourceType: RESOURCE.ANY,
  resourcePatternType: PATTERN.ANY,
  operation: OPERATION.ANY,
  permissionType: PERMISSION.ANY,
}
/** Behind a prefix, so that there is a group to ask about. */
const SOME = 'some'

/** Every rule of the one is made in the other, as it is. */
export async function carryRules(from: LabLayout, to: LabLayout): Promise<number> {
  const { resources } = await withLabAdmin(from, admin => admin.describeAcls(ANY_RULE))
  const acl = resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
    acls.map(rule => ({ resourceType, resourceName, resourcePatternType, ...rule })),
  )
  if (acl.length > 0) await withLabAdmin(to, admin => admin.createAcls({ acl }))
  return acl.length
}

/**
 * Rules as brokers list them, and rights as they are told to each principal itself: of the contract's topics, and of groups
 * that rules of region a are about. null: the cluster asks nobody.
 */
export async function accessIn(
  layout: LabLayout,
  topics: readonly string[],
  groups: readonly string[],
  clock: Clock,
): Promise<RegionAccess | null> {
  const rules = await withLabAdmin(layout, accessRules)
  if (rules === null) return null
  const access = labAccess(layout, clock)
  const rights: string[] = []
  const unsaid: string[] = []
  for (const principal of CLIENT_PRINCIPALS) {
    const told = Object.entries(await access.rights(principal, { topics, groups }))
    for (const [what, operations] of told) {
      if (operations === null) unsaid.push(`${principal}, ${what}`)
      else rights.push(...operations.map(operation => `${principal} may ${operation} ${what}`))
    }
  }
  return { rules, rights: rights.toSorted(), unsaid }
}

/** Names of groups that some rule is about. */
export async function ruledGroups(layout: LabLayout): Promise<readonly string[]> {
  const { resources } = await withLabAdmin(layout, admin =>
    admin.describeAcls({ ...ANY_RULE, resourceType: RESOURCE.GROUP }),
  )
  const names = resources.map(({ resourceName, resourcePatternType }) =>
    resourcePatternType === PATTERN.PREFIXED ? `${resourceName}${SOME}` : resourceName,
  )
  return [...new Set(names)].toSorted()
}
