import { AftershockError } from '../../../chaos/core/errors.ts'
import { bootstrapBucket } from './bootstrap-bucket.ts'
import type { Check, Departure, Lack } from './check.ts'
import { instanceTypes } from './instance-types.ts'
import { knownPrices } from './known-prices.ts'
import { makeServiceRoles, missingServiceRoles, serviceRoles } from './service-roles.ts'
import { vcpuQuota } from './vcpu-quota.ts'
import { vpcQuota } from './vpc-quota.ts'

/** All that is looked at before anything is created. */
const REGISTERED = [knownPrices, bootstrapBucket, vcpuQuota, instanceTypes, vpcQuota, serviceRoles] as const
export type CheckName = (typeof REGISTERED)[number]['name']
const CHECKS: readonly Check<CheckName>[] = REGISTERED
export const CHECK_NAMES: readonly CheckName[] = CHECKS.map(({ name }) => name)

export interface PreflightOptions {
  /** Those that nobody wants to hear of. */
  readonly unchecked: readonly CheckName[]
  readonly err: (text: string) => void
}

interface NamedLack extends Lack {
  readonly check: CheckName
}

/**
 * Asks the account everything that would end a deployment in its middle, and tells all that is lacking at once.
 * @throws AftershockError `unavailable` with each lack and what mends it
 */
export async function preflight(departure: Departure, { unchecked, err }: PreflightOptions): Promise<void> {
  const checks = CHECKS.filter(({ name }) => !unchecked.includes(name))
  if (unchecked.length > 0) err(`not checked, as asked: ${unchecked.join(', ')}\n`)
  if (checks.length === 0) return
  err(`checking ${checks.map(({ name }) => name).join(', ')}\n`)
  const lacks = (await Promise.all(checks.map(check => lacksOf(check, departure)))).flat()
  if (lacks.length > 0) throw lacking(lacks)
  if (!checks.includes(serviceRoles)) return
  const missing = await missingServiceRoles(departure.stacks, departure.facts)
  const unmade = await makeServiceRoles(missing, departure.facts, err)
  if (unmade.length > 0) throw lacking(unmade.map(lack => ({ ...lack, check: serviceRoles.name })))
}

/** What cannot be told is a lack as well: a deployment that goes on without an answer has not been checked. */
async function lacksOf(check: Check<CheckName>, departure: Departure): Promise<readonly NamedLack[]> {
  try {
    return (await check.lacks(departure)).map(lack => ({ ...lack, check: check.name }))
  } catch (error) {
    if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
    return [{ check: check.name, what: `it is not known: ${error.message}`, mend: error.hint ?? 'try again' }]
  }
}

function lacking(lacks: readonly NamedLack[]): AftershockError {
  const lines = lacks.flatMap(({ check, what, mend }) => [
    `  ${check}: ${what}`,
    ...mend.split('\n').map(line => `      ${line}`),
  ])
  const names = [...new Set(lacks.map(({ check }) => check))].join(',')
  const things = lacks.length === 1 ? 'one thing is' : `${lacks.length} things are`
  return new AftershockError('unavailable', `nothing was created: ${things} lacking\n${lines.join('\n')}`, {
    source: 'user',
    hint: `Deploy again when it is mended. To deploy all the same: --unchecked ${names}`,
  })
}

/** @throws AftershockError `usage` for a name that no check has */
export function uncheckedNames(text: string | undefined): readonly CheckName[] {
  const words = (text ?? '').split(',').filter(word => word !== '')
  const unknown = words.filter(word => !(CHECK_NAMES as readonly string[]).includes(word))
  if (unknown.length > 0 || text === '')
    throw new AftershockError('usage', `--unchecked is '${text}': there is no check ${unknown.join(', ')}`, {
      hint: `It is some of ${CHECK_NAMES.join(', ')}, with commas between them.`,
    })
  return words as CheckName[]
}
