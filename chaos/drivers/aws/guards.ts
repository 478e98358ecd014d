import { AftershockError } from '../../core/errors.ts'
import type { ZoneName } from '../../core/topology.ts'
import { type Inventory, type Machine, machinesNamed, subnetsOf } from './inventory.ts'

/** What an environment's file allows, and nobody else. */
export interface Place {
  readonly environment: string
  /** null: the file names none, and then nothing is touched. */
  readonly account: string | null
  readonly region: string
  readonly zones: readonly ZoneName[]
  /** null: at any time. */
  readonly window: Window | null
}

/** Hours of days in a zone of time, within which a drill may begin and has to end. */
export interface Window {
  /** `mon`, `tue`, … */
  readonly days: readonly string[]
  /** `09:00` */
  readonly from: string
  readonly to: string
  /** `Europe/Berlin` */
  readonly timeZone: string
}

/** What a drill is about to touch. */
export interface Wanted {
  readonly machines: readonly string[]
  /** Cut off, or from the object store. */
  readonly zones: readonly ZoneName[]
  /** Whether the drill says itself that it takes more than one zone, or a quorum. */
  readonly named: boolean
}

/** Why nothing may be done there now, each guard by its name; empty: it may. Pure: what is known is handed in. */
export function refusals(
  place: Place,
  facts: { readonly account: string; readonly nowMs: number; readonly forMs: number },
): string[] {
  return [
    ...accountRefusal(place, facts.account),
    ...(place.window ? windowRefusal(place.window, facts.nowMs, facts.forMs) : []),
  ]
}

function accountRefusal({ environment, account, region }: Place, caller: string): string[] {
  if (account === null)
    return [
      `account: the file of ${environment} names none; add account: '${caller}' to it, if it is that one`,
    ]
  if (account === caller) return []
  return [
    `account: ${environment} is in account ${account} (${region}), and these credentials are of ${caller}`,
  ]
}

function windowRefusal(window: Window, nowMs: number, forMs: number): string[] {
  const said = `${window.days.join(', ')} from ${window.from} to ${window.to} (${window.timeZone})`
  const begins = inZone(nowMs, window.timeZone)
  const ends = inZone(nowMs + forMs, window.timeZone)
  if (!isWithin(window, begins))
    return [`window: it is ${begins.day} ${begins.time} there, and the window is ${said}`]
  if (ends.day === begins.day && isWithin(window, ends)) return []
  return [`window: the drill would last until ${ends.day} ${ends.time}, and the window is ${said}`]
}

function isWithin(
  { days, from, to }: Window,
  { day, time }: { readonly day: string; readonly time: string },
): boolean {
  return days.includes(day) && time >= from && time < to
}

function inZone(wallMs: number, timeZone: string): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(wallMs)
  const of = (type: string) => parts.find(part => part.type === type)?.value ?? ''
  return { day: of('weekday').toLowerCase().slice(0, 3), time: `${of('hour')}:${of('minute')}` }
}

/** Why this is more than a drill may take at once, unless it says so itself. */
export function reachRefusals(found: Inventory, wanted: Wanted): string[] {
  const touched = machinesNamed(found, wanted.machines)
  const lacking = wanted.machines.filter(name => !touched.some(({ tags }) => tags.Name === name))
  const zones = zonesTouched(found, touched, wanted.zones)
  return [
    ...lacking.map(
      name => `tags: there is no machine ${name} with chaos-ready=true and environment=${found.environment}`,
    ),
    ...wanted.zones
      .filter(zone => subnetsOf(found, zone).length === 0)
      .map(zone => `tags: no subnet of ${zone} has chaos-ready=true and environment=${found.environment}`),
    ...(zones.length > 1 && !wanted.named
      ? [`zones: it takes ${zones.join(' and ')}, and one zone is the limit`]
      : []),
    ...(wanted.named ? [] : quorumRefusal(found, touched, wanted.zones)),
  ]
}

export function zonesTouched(
  found: Inventory,
  machines: readonly Machine[],
  zones: readonly ZoneName[],
): readonly ZoneName[] {
  return [...new Set([...zones, ...machines.map(machine => zoneOfMachine(found, machine))])].toSorted()
}

export function zoneOfMachine(found: Inventory, { subnet }: Machine): ZoneName {
  return found.subnets.find(({ id }) => id === subnet)?.tags.zone ?? 'unknown'
}

/** Controllers where there are any, else brokers that are controllers too: the first of each zone, as they are deployed. */
const VOTER = /^controller-\d+$/

function quorumRefusal(found: Inventory, touched: readonly Machine[], zones: readonly ZoneName[]): string[] {
  const all = machinesNamed(found, null)
  const dedicated = all.filter(({ tags }) => VOTER.test(tags.Name ?? ''))
  const voters =
    dedicated.length > 0 ? dedicated : all.filter(({ tags }) => /^kafka-[1-3]$/.test(tags.Name ?? ''))
  const gone = voters.filter(
    voter =>
      voter.state !== 'running' ||
      touched.some(({ id }) => id === voter.id) ||
      zones.includes(zoneOfMachine(found, voter)),
  )
  if (voters.length === 0 || gone.length * 2 < voters.length) return []
  const names = gone.map(({ tags }) => tags.Name).join(', ')
  return [`quorum: ${names} would be away, ${gone.length} of ${voters.length} voters`]
}

/** @throws AftershockError `refused`, which ends with 75 */
export function refuseIf(reasons: readonly string[], what: string): void {
  if (reasons.length === 0) return
  throw new AftershockError(
    'refused',
    `${what}: nothing was touched\n${reasons.map(reason => `  ${reason}`).join('\n')}`,
    {
      hint: 'Each line begins with the guard that refused. docs/drills-on-aws.md says what each is for, and what it takes.',
    },
  )
}
