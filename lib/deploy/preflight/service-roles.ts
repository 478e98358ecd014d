import { AftershockError } from '../../../chaos/core/errors.ts'
import type { PlannedStack } from '../assembly.ts'
import type { AccountFacts } from './account-facts.ts'
import type { Check, Lack } from './check.ts'

/** Roles by which a service acts in an account. AWS makes each at its first use, and what needs it then may be too early. */
const ROLES: Readonly<Record<string, readonly [role: string, service: string]>> = {
  'AWS::AutoScaling::AutoScalingGroup': ['AWSServiceRoleForAutoScaling', 'autoscaling.amazonaws.com'],
  'AWS::RDS::DBInstance': ['AWSServiceRoleForRDS', 'rds.amazonaws.com'],
  'AWS::ECS::Service': ['AWSServiceRoleForECS', 'ecs.amazonaws.com'],
}

export interface MissingRole {
  readonly role: string
  readonly service: string
}

/** Those that the stacks need and the account does not have. */
export async function missingServiceRoles(
  stacks: readonly PlannedStack[],
  facts: Pick<AccountFacts, 'hasRole'>,
): Promise<readonly MissingRole[]> {
  const types = new Set(stacks.flatMap(({ resources }) => resources.map(({ type }) => type)))
  const needed = Object.entries(ROLES).flatMap(([type, [role, service]]) =>
    types.has(type) ? [{ role, service }] : [],
  )
  const there = await Promise.all(needed.map(({ role }) => facts.hasRole(role)))
  return needed.filter((_, index) => !there[index])
}

/**
 * Whether a service's role is there, or can be made when all else is well: they cost nothing, belong to the account, and
 * AWS would make them itself.
 */
export const serviceRoles: Check<'service-roles'> = {
  name: 'service-roles',
  about: 'roles of AWS services',
  async lacks({ stacks, facts }) {
    await missingServiceRoles(stacks, facts)
    return []
  },
}

/** @returns those that could not be made, each with what an administrator would type. */
export async function makeServiceRoles(
  missing: readonly MissingRole[],
  facts: AccountFacts,
  say: (text: string) => void,
): Promise<readonly Lack[]> {
  const lacks: Lack[] = []
  for (const { role, service } of missing)
    try {
      await facts.makeServiceRole(service)
      say(`made the role ${role}, as AWS does at the first use of ${service}\n`)
    } catch (error) {
      if (!(error instanceof AftershockError)) throw error
      // Somebody else may have made it meanwhile.
      if (await facts.hasRole(role)) continue
      lacks.push({
        what: `there is no role ${role}, and it could not be made: ${error.message}`,
        mend: `aws iam create-service-linked-role --aws-service-name ${service}`,
      })
    }
  return lacks
}
