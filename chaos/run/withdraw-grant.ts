import { AftershockError, messageOf } from '../core/errors.ts'
import type { Driver, ReadGrant } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'

export interface GrantToWithdraw {
  readonly id: string
  readonly grant: ReadGrant
  readonly by: 'run' | 'heal'
}

/** Takes a right to read away, and says in the journal whether it is gone. May be repeated. @returns whether it is */
export async function withdrawGrant(
  { access }: Pick<Driver, 'access'>,
  { id, grant, by }: GrantToWithdraw,
  journal: Journal,
): Promise<boolean> {
  try {
    if (!access) throw new AftershockError('unavailable', 'the environment has no authorizer any more')
    await access.withdraw(grant)
    journal.append({ kind: 'grant.removed', id, by, rules: await rulesOf(access, grant.principal) })
    return true
  } catch (error) {
    journal.append({ kind: 'grant.remains', id, reason: messageOf(error) })
    return false
  }
}

async function rulesOf(access: NonNullable<Driver['access']>, principal: string): Promise<string[] | null> {
  const rules = await access.rules(principal)
  return rules && [...rules]
}
