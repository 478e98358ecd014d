import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { ZoneName } from '../../core/topology.ts'
import type { Account } from './account.ts'
import { type Holder, lockLost, releaseLock, switchedOff, SwitchWatch, takeLock } from './chaos-lock.ts'
import { type Place, reachRefusals, refuseIf, type Wanted } from './guards.ts'
import { AwsHands, damageIn } from './hands.ts'
import { brokerTables, type Cut, type Inventory, machinesNamed, subnetsOf } from './inventory.ts'
import { standing } from './standing.ts'

/** One thing to break for a while. */
export type Deed =
  | { readonly kind: 'machine-stop' | 'machine-reboot'; readonly machines: readonly string[] }
  | { readonly kind: 'zone-cut'; readonly zone: ZoneName; readonly cut: Cut }
  | { readonly kind: 'store-cut'; readonly zone: ZoneName }

export interface Breaking {
  readonly account: Account
  readonly place: Place
  readonly clock: Clock
  readonly deed: Deed
  readonly forMs: number
  /** Whether more than one zone, or a quorum, is meant. */
  readonly named: boolean
  readonly holder: Holder
  /** Ends it early: it is healed then too. */
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** Longer than EC2 takes to stop and to start a machine: what a window has to hold besides the time itself. */
const AROUND_MS = 600_000

/** What would be touched and why it may not be, by every read and no write. */
export async function foresee(
  breaking: Pick<Breaking, 'account' | 'place' | 'clock' | 'deed' | 'forMs' | 'named'>,
): Promise<{ readonly touched: readonly string[]; readonly refusals: readonly string[] }> {
  const { account, place, clock, deed, forMs } = breaking
  const now = await standing(account, place, clock, forMs + AROUND_MS)
  const found = await account.inventory(place.environment)
  return {
    touched: touchedBy(found, deed),
    refusals: [
      ...now.refusals,
      ...reachRefusals(found, wantedBy(deed, breaking.named)),
      ...now.damage.map(one => `damage: ${one} already, so that nobody could tell what this one did`),
    ],
  }
}

function touchedBy(found: Inventory, deed: Deed): string[] {
  switch (deed.kind) {
    case 'machine-stop':
    case 'machine-reboot':
      return machinesNamed(found, deed.machines).flatMap(({ id, tags, group }) => [
        `machine ${tags.Name} (${id})`,
        ...(group === null ? [] : [`group ${group}`]),
      ])
    case 'zone-cut':
      return subnetsOf(found, deed.zone).map(
        ({ id, tags }) => `subnet of ${tags.tier} in ${tags.zone} (${id})`,
      )
    case 'store-cut':
      return brokerTables(found, deed.zone).map(({ id, tags }) => `routes of brokers in ${tags.zone} (${id})`)
  }
}

function wantedBy(deed: Deed, named: boolean): Wanted {
  return 'machines' in deed
    ? { machines: deed.machines, zones: [], named }
    : { machines: [], zones: [deed.zone], named }
}

/**
 * Breaks it under the lock, holds it, and heals it: when the time is over, when the switch is off, when the signal comes,
 * and when breaking itself fails in its middle. Only a process that is killed leaves it, and its lock, to `aws heal`.
 * @throws AftershockError `refused` before anything is touched, `unhealed` with what is left
 */
export async function breakAndHeal(
  breaking: Breaking,
): Promise<{ readonly endedBy: 'time' | 'signal' | 'switch' }> {
  const { account, place, clock, deed, holder, signal, progress } = breaking
  const { touched, refusals } = await foresee(breaking)
  refuseIf(refusals, `${deed.kind} in ${place.environment}`)
  for (const one of touched) progress(`touches ${one}`)
  await takeLock(account, place.environment, holder)
  const hands = new AwsHands({
    account,
    environment: place.environment,
    clock,
    permit: () => permitted(breaking),
  })
  const over = new AbortController()
  let off: string | null = null
  try {
    await using watch = new SwitchWatch({
      account,
      environment: place.environment,
      clock,
      holder: holder.run,
      onOff(why) {
        off = why
        over.abort()
      },
    })
    void watch
    signal.throwIfAborted()
    await inject(hands, deed)
    progress(`broken: ${deed.kind}; nothing here proves what clients noticed of it`)
    await clock.sleep(breaking.forMs, AbortSignal.any([signal, over.signal])).catch(() => {})
  } catch (error) {
    if (!signal.aborted) {
      await mend(hands, breaking)
      throw error
    }
  }
  if (off !== null) progress(`ended early: ${off as string}`)
  await mend(hands, breaking)
  return { endedBy: signal.aborted ? 'signal' : off === null ? 'time' : 'switch' }
}

/** At the moment of each change: the switch may be off by now, and the lock somebody else's. */
export async function permitted({
  account,
  place,
  holder,
}: Pick<Breaking, 'account' | 'place' | 'holder'>): Promise<void> {
  const off = await switchedOff(account, place.environment)
  const lost = await lockLost(account, place.environment, holder.run)
  refuseIf([...(off === null ? [] : [off]), ...(lost === null ? [] : [lost])], 'breaking')
}

function inject(hands: AwsHands, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'machine-stop':
      return hands.stopMachines(deed.machines)
    case 'machine-reboot':
      return hands.rebootMachines(deed.machines)
    case 'zone-cut':
      return hands.cutZone(deed.zone, deed.cut)
    case 'store-cut':
      return hands.cutStore(deed.zone)
  }
}

/** By what is seen, so that whatever half of it was done is undone. The lock goes only once nothing is left. */
async function mend(hands: AwsHands, { account, place, holder, progress }: Breaking): Promise<void> {
  try {
    for (const one of await hands.healAll()) progress(`heals: ${one}`)
    const left = damageIn(await hands.look())
    if (left.length > 0) throw new AftershockError('unavailable', left.join('; '))
  } catch (error) {
    throw new AftershockError('unhealed', `${place.environment} is not healed: ${messageOf(error)}`, {
      hint: `The lock stays. Heal it from anywhere: aftershock aws heal --environment ${place.environment} --break-lock`,
      cause: error,
    })
  }
  await releaseLock(account, place.environment, holder.run)
  progress('healed: all is as it was deployed')
}
