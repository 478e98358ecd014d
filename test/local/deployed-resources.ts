import type { PlannedStack } from '../../lib/deploy/assembly.ts'
import type { CreatedResource } from './moto-inventory.ts'

/** Kinds that the endpoint creates nothing for, without saying so. A new one is a finding until it stands here. */
export const SKIPPED_KINDS: ReadonlySet<string> = new Set()

/** Kinds of which nothing exists: as a rule, those that the endpoint does not know. */
export function skippedKinds(stack: PlannedStack, created: readonly CreatedResource[]): ReadonlySet<string> {
  const existing = new Set(created.map(({ type }) => type))
  return new Set(stack.resources.map(({ type }) => type).filter(type => !existing.has(type)))
}

export function compare(
  stack: PlannedStack,
  created: readonly CreatedResource[],
  skipped: ReadonlySet<string> = SKIPPED_KINDS,
): string[] {
  const byId = new Map(created.map(resource => [resource.logicalId, resource]))
  const planned = new Map(stack.resources.map(resource => [resource.logicalId, resource]))
  const missing = stack.resources.flatMap(({ logicalId, type }) => {
    const found = byId.get(logicalId)
    if (skipped.has(type)) return []
    if (!found) return [`${stack.name}: ${type} ${logicalId} was not created`]
    if (found.type !== type) return [`${stack.name}: ${logicalId} is ${found.type}, not ${type}`]
    return found.status === 'CREATE_COMPLETE'
      ? []
      : [`${stack.name}: ${type} ${logicalId} is ${found.status}`]
  })
  const extra = created
    .filter(({ logicalId }) => logicalId !== '' && !planned.has(logicalId))
    .map(({ logicalId, type }) => `${stack.name}: ${type} ${logicalId} is in no template`)
  return [...missing, ...extra]
}

export function isIn(known: ReadonlyMap<string, ReadonlySet<string>>) {
  return ({ type, physicalId }: CreatedResource) => known.get(type)?.has(physicalId) ?? false
}

export function missingFrom(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  resources: readonly CreatedResource[],
): readonly CreatedResource[] {
  return resources.filter(resource => known.has(resource.type) && !isIn(known)(resource))
}
