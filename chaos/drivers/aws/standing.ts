import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { Account } from './account.ts'
import { heldBy, lockLost, lockName, switchedOff } from './chaos-lock.ts'
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
import { isUnknownThere, NodeDeeds } from './node-deeds.ts'

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

/**
 * Reads everything that a drill would, and writes nothing.
 * @param holder whose lock does not refuse, but has to be there. @default nobody's
 */
export async function standing(
  account: Account,
  place: Place,
  clock: Clock,
  forMs: number,
  holder?: string,
): Promise<Standing> {
  const [caller, found, off, locked] = await Promise.all([
    account.caller(),
    account.inventory(place.environment),
    switchedOff(account, place.environment),
    holder === undefined ? lockedBy(account, place) : lockLost(account, place.environment, holder),
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
      ...(locked === null ? [] : [locked]),
    ],
  }
}

async function lockedBy(account: Account, { environment }: Place): Promise<string | null> {
  const value = await account.parameter(lockName(environment))
  return value === null ? null : `lock: held by ${heldBy(value)}`
}

export interface Healing {
  readonly healed: readonly string[]
  /** What is still as no deployment made it. */
  readonly left: readonly string[]
  /** Machines that Systems Manager does not know, so that nobody could be asked what is held there. */
  readonly unasked: readonly string[]
  /** Whose lock there was; null: none. */
  readonly lock: { readonly holder: string; readonly isBroken: boolean } | null
}

const HEAL_MS = 30_000

export interface HealingOptions {
  readonly breakLock: boolean
  /** Machines on which something may be held. @default all that run: only the machines themselves know */
  readonly nodes?: readonly string[]
}

/**
 * Heals whatever there is, by what is seen alone: for people, guardians and state machines that have no journal. What is
 * held on a machine is undone by the environment's document there. The lock of a run is left to it, unless it is to be
 * broken.
 * @throws AftershockError `refused` in another account than that of the file
 */
export async function healStanding(
  account: Account,
  place: Place,
  clock: Clock,
  { breakLock, nodes }: HealingOptions,
): Promise<Healing> {
  const caller = await account.caller()
  const elsewhere = refusals({ ...place, window: null }, { account: caller, nowMs: 0, forMs: 0 })
  refuseIf(elsewhere, `healing ${place.environment}`)
  const hands = new AwsHands({ account, environment: place.environment, clock, permit: nobody })
  const undone = await hands.healAll()
  const now = await hands.look()
  const onNodes = await healNodes(account, place, clock, nodes ?? namesIn(now))
  const healed = [...undone, ...onNodes.flatMap(one => one.healed)]
  const left = [...damageIn(now), ...onNodes.flatMap(one => one.left)]
  const name = lockName(place.environment)
  const value = await account.parameter(name)
  const isBroken = value !== null && breakLock && left.length === 0
  if (isBroken) await account.change.deleteParameter(name)
  const unasked = onNodes.flatMap(one => one.unasked)
  return { healed, left, unasked, lock: value === null ? null : { holder: heldBy(value), isBroken } }
}

const namesIn = (found: Inventory): string[] =>
  machinesNamed(found, null).flatMap(({ state, tags: { Name } }) =>
    state === 'running' && Name !== undefined ? [Name] : [],
  )

/** Each by itself: one that cannot be reached keeps nobody from the others, and its lease heals it. */
function healNodes(account: Account, { environment }: Place, clock: Clock, names: readonly string[]) {
  const deeds = new NodeDeeds({ account, environment, clock, permit: nobody, leaseMs: 0 })
  return Promise.all(
    names.map(async name => {
      try {
        const said = await deeds.do({ deed: 'heal' }, name, HEAL_MS)
        return {
          healed: [...said.matchAll(/^healed: (.+)$/gm)].map(([, what = '']) => `${name}: ${what}`),
          left: [],
          unasked: [],
        }
      } catch (error) {
        const why = `${name}: what is held there, if anything is, its lease heals: ${messageOf(error)}`
        return isUnknownThere(error)
          ? { healed: [], left: [], unasked: [why] }
          : { healed: [], left: [why], unasked: [] }
      }
    }),
  )
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
