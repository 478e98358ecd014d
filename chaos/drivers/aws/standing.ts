import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Account } from './account.ts'
import { heldBy, lockName, switchedOff } from './chaos-lock.ts'
import { type Place, refusals, refuseIf } from './guards.ts'
import { AwsHands, damageIn } from './hands.ts'
import {
  brokerTables,
  groupOf,
  type Inventory,
  machinesNamed,
  storeEndpoint,
  subnetsOf,
} from './inventory.ts'

/** An environment as it stands in its account, without a run: what a drill may touch, what is broken, who may go. */
export interface Standing {
  readonly place: Place
  readonly account: string
  /** In words, by its kind: what has the tags of this environment and no other. */
  readonly targets: Readonly<Record<string, readonly string[]>>
  readonly damage: readonly string[]
  /** Why no drill may begin now, each with the guard that says so. */
  readonly refusals: readonly string[]
}

/** Reads everything that a drill would, and writes nothing. */
export async function standing(
  account: Account,
  place: Place,
  clock: Clock,
  forMs: number,
): Promise<Standing> {
  const [caller, found, off, lock] = await Promise.all([
    account.caller(),
    account.inventory(place.environment),
    switchedOff(account, place.environment),
    account.parameter(lockName(place.environment)),
  ])
  return {
    place,
    account: caller,
    targets: targetsIn(found),
    damage: damageIn(found),
    refusals: [
      ...refusals(place, { account: caller, nowMs: clock.wallMs(), forMs }),
      ...(found.vpcs.length === 0
        ? [
            `tags: no network in ${account.region} has project=aftershock and environment=${place.environment}`,
          ]
        : []),
      ...(off === null ? [] : [off]),
      ...(lock === null ? [] : [`lock: held by ${heldBy(lock)}`]),
    ],
  }
}

export interface Healing {
  readonly healed: readonly string[]
  /** What is still as no deployment made it. */
  readonly left: readonly string[]
  /** Whose lock there was; null: none. */
  readonly lock: { readonly holder: string; readonly isBroken: boolean } | null
}

/**
 * Heals whatever there is, by what is seen alone: for people, guardians and state machines that have no journal. The
 * lock of a run is left to it, unless it is to be broken.
 * @throws AftershockError `refused` in another account than that of the file
 */
export async function healStanding(
  account: Account,
  place: Place,
  clock: Clock,
  { breakLock }: { readonly breakLock: boolean },
): Promise<Healing> {
  const caller = await account.caller()
  const elsewhere = refusals({ ...place, window: null }, { account: caller, nowMs: 0, forMs: 0 })
  refuseIf(elsewhere, `healing ${place.environment}`)
  const hands = new AwsHands({ account, environment: place.environment, clock, permit: nobody })
  const healed = await hands.healAll()
  const left = damageIn(await hands.look())
  const name = lockName(place.environment)
  const value = await account.parameter(name)
  const isBroken = value !== null && breakLock && left.length === 0
  if (isBroken) await account.change.deleteParameter(name)
  return { healed, left, lock: value === null ? null : { holder: heldBy(value), isBroken } }
}

const nobody = () =>
  Promise.reject(new AftershockError('internal', 'healing breaks nothing, and asked for a permit'))

function targetsIn(found: Inventory): Record<string, readonly string[]> {
  const machines = machinesNamed(found, null)
  const groups = [...new Set(machines.flatMap(({ group }) => group ?? []))]
  const endpoint = storeEndpoint(found)
  return {
    machines: machines.map(({ id, tags, state }) => `${tags.Name ?? 'without a name'} (${id}, ${state})`),
    groups: groups.filter(name => groupOf(found, name) !== undefined),
    subnets: subnetsOf(found, null).map(({ id, tags }) => `${tags.tier} of ${tags.zone} (${id})`),
    'ways to S3': endpoint
      ? brokerTables(found, null).map(({ id, tags }) => `brokers of ${tags.zone} (${id}, by ${endpoint.id})`)
      : [],
  }
}
