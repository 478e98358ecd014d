import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { ZoneName } from '../../core/topology.ts'
import { waitFor } from '../../core/wait.ts'
import { type Account, StaleAssociation } from './account.ts'
import {
  brokerTables,
  type Cut,
  cutAcl,
  defaultAcl,
  type Group,
  groupOf,
  type Inventory,
  isCut,
  type Machine,
  machinesNamed,
  mayTouch,
  storeEndpoint,
  type Subnet,
  subnetsOf,
} from './inventory.ts'

/** What brings a stopped machine of a group back, or another one in its place. */
export const SUSPENDED = ['HealthCheck', 'ReplaceUnhealthy', 'Launch', 'AZRebalance'] as const

/** EC2 takes half a minute to a minute; a busy host longer. */
const MACHINE_MS = 300_000
const SUBNET_MS = 60_000
const EVERY_MS = 1000
const TRIES = 5

export interface HandsOptions {
  readonly account: Account
  readonly environment: string
  readonly clock: Clock
  /** Asked before each change that breaks something, never before one that heals. @throws AftershockError `refused` */
  readonly permit: () => Promise<void>
  /** @default 1 s */
  readonly everyMs?: number
}

/**
 * The deeds of EC2, each by what the account says at this moment: ids are looked up and never kept, so that healing is
 * the same from whichever process, and may be repeated. What it changes has the tags of this environment, or it is
 * refused.
 */
export class AwsHands {
  readonly #options: HandsOptions

  constructor(options: HandsOptions) {
    this.#options = options
  }

  look(): Promise<Inventory> {
    return this.#options.account.inventory(this.#options.environment)
  }

  /** In order, as by a button: the node's unit is stopped first. Their groups do not bring them back meanwhile. */
  async stopMachines(names: readonly string[]): Promise<void> {
    const found = await this.look()
    const machines = this.#machines(found, names)
    await this.#options.permit()
    for (const group of this.#groups(found, machines)) await this.#change.suspend(group.id, SUSPENDED)
    await this.#change.stop(machines.map(({ id }) => id))
    await this.#until(names, 'stopped')
  }

  /** And lets their groups look after them again. */
  async startMachines(names: readonly string[]): Promise<void> {
    const found = await this.look()
    const machines = this.#machines(found, names)
    await this.#start(machines)
    for (const group of this.#groups(found, machines)) await this.#resume(group)
  }

  async rebootMachines(names: readonly string[]): Promise<void> {
    const machines = this.#machines(await this.look(), names)
    await this.#options.permit()
    await this.#change.reboot(machines.map(({ id }) => id))
  }

  /** Connections that there are go silent, since an ACL has no memory of them. */
  async cutZone(zone: ZoneName, cut: Cut): Promise<void> {
    const found = await this.look()
    const acl = cutAcl(found, zone, cut)
    const subnets = subnetsOf(found, zone)
    if (!acl) throw this.#missing(`network ACL with the tags zone=${zone}, cut=${cut}`)
    if (subnets.length === 0) throw this.#missing(`subnet of ${zone} that may be touched`)
    await this.#options.permit()
    for (const { id } of subnets)
      await this.#associate(id, (_, subnet) => (subnet.vpc === acl.vpc ? acl.id : null))
  }

  /** Puts what is cut off by us under the default ACL again; what somebody else put there stays. */
  async healZone(zone: ZoneName | null): Promise<void> {
    const found = await this.look()
    for (const subnet of subnetsOf(found, zone))
      await this.#associate(subnet.id, (now, at) =>
        isCut(now, at) ? (defaultAcl(now, at)?.id ?? null) : null,
      )
  }

  /** Brokers of the zone have no route to S3 any more. */
  async cutStore(zone: ZoneName): Promise<void> {
    const found = await this.look()
    const tables = brokerTables(found, zone)
    const endpoint = storeEndpoint(found)
    if (!endpoint) throw this.#missing('gateway endpoint of S3 that may be touched')
    if (tables.length === 0) throw this.#missing(`route table of brokers in ${zone} that may be touched`)
    await this.#options.permit()
    await this.#change.routeToStore(endpoint.id, { remove: tables.map(({ id }) => id) })
    await this.#untilRouted(zone, false)
  }

  async healStore(zone: ZoneName | null): Promise<void> {
    const found = await this.look()
    const endpoint = storeEndpoint(found)
    if (!endpoint) return
    const lacking = brokerTables(found, zone).filter(({ id }) => !endpoint.routeTables.includes(id))
    if (lacking.length === 0) return
    await this.#change.routeToStore(endpoint.id, { add: lacking.map(({ id }) => id) })
    await this.#untilRouted(zone, true)
  }

  /**
   * Everything that a drill can have done to this environment, whichever it was, by what is seen of it. It needs no
   * journal, and may be called by several at once. @returns what it undid, in words
   */
  async healAll(): Promise<readonly string[]> {
    const before = await this.look()
    const damage = damageIn(before)
    await this.healZone(null)
    await this.healStore(null)
    const machines = machinesNamed(before, null).filter(
      ({ state }) => state === 'stopped' || state === 'stopping',
    )
    await this.#start(machines)
    for (const group of before.groups)
      if (mayTouch(group, before.environment) && isSuspended(group)) await this.#resume(group)
    return damage
  }

  async #start(machines: readonly Machine[]): Promise<void> {
    if (machines.length === 0) return
    const ids = machines.map(({ id }) => id)
    // EC2 starts nothing that is still on its way down.
    if (machines.some(({ state }) => state === 'stopping'))
      await this.#wait(`${ids.join(', ')} to be down`, MACHINE_MS, now =>
        now.machines.every(({ id, state }) => !ids.includes(id) || state !== 'stopping'),
      )
    await this.#change.start(ids)
    await this.#wait(`${ids.join(', ')} to run`, MACHINE_MS, now =>
      now.machines.every(({ id, state }) => !ids.includes(id) || state === 'running'),
    )
  }

  async #resume(group: Group): Promise<void> {
    await this.#change.resume(group.id, SUSPENDED)
  }

  /** @param wanted the ACL that the subnet is to be under; null: it stays as it is */
  async #associate(subnet: string, wanted: (found: Inventory, at: Subnet) => string | null): Promise<void> {
    for (let tries = 1; ; tries++) {
      const found = await this.look()
      const at = subnetsOf(found, null).find(({ id }) => id === subnet)
      if (!at?.association) throw this.#missing(`subnet ${subnet} under a network ACL`)
      const acl = wanted(found, at)
      if (acl === null || at.association.acl === acl) return
      try {
        await this.#change.associate(at.association.id, acl)
      } catch (error) {
        if (!(error instanceof StaleAssociation) || tries === TRIES) throw error
        continue
      }
      await this.#wait(`${subnet} to be under ${acl}`, SUBNET_MS, now =>
        now.subnets.some(({ id, association }) => id === subnet && association?.acl === acl),
      )
      return
    }
  }

  #untilRouted(zone: ZoneName | null, isRouted: boolean): Promise<void> {
    return this.#wait(`routes to S3 to be ${isRouted ? 'back' : 'gone'}`, SUBNET_MS, now => {
      const known = storeEndpoint(now)?.routeTables ?? []
      return brokerTables(now, zone).every(({ id }) => known.includes(id) === isRouted)
    })
  }

  #until(names: readonly string[], state: string): Promise<void> {
    return this.#wait(`${names.join(', ')} to be ${state}`, MACHINE_MS, now =>
      machinesNamed(now, names).every(machine => machine.state === state),
    )
  }

  /** EC2's answers are late: what was changed is changed when it says so. */
  async #wait(what: string, deadlineMs: number, is: (now: Inventory) => boolean): Promise<void> {
    const { clock, everyMs = EVERY_MS } = this.#options
    await waitFor(what, async () => is(await this.look()), { clock, deadlineMs, everyMs })
  }

  #machines(found: Inventory, names: readonly string[]): Machine[] {
    const machines = machinesNamed(found, names)
    const lacking = names.filter(name => !machines.some(({ tags }) => tags.Name === name))
    if (lacking.length > 0) throw this.#missing(`machine ${lacking.join(', ')} that may be touched`)
    return machines
  }

  #groups(found: Inventory, machines: readonly Machine[]): Group[] {
    const names = [...new Set(machines.flatMap(({ group }) => group ?? []))]
    return names.map(name => {
      const group = groupOf(found, name)
      if (!group) throw this.#missing(`Auto Scaling group ${name} that may be touched`)
      return group
    })
  }

  get #change() {
    return this.#options.account.change
  }

  #missing(what: string): AftershockError {
    const { environment, account } = this.#options
    return new AftershockError(
      'refused',
      `environment ${environment} in ${account.region} has no ${what}; nothing was changed`,
      {
        hint: 'What a drill may touch has the tags chaos-ready=true and environment: it is deployed with them, or not at all.',
      },
    )
  }
}

const isSuspended = ({ suspended }: Group) => SUSPENDED.some(process => suspended.includes(process))

/** What is not as it is deployed, in words. */
export function damageIn(found: Inventory): string[] {
  const endpoint = storeEndpoint(found)
  return [
    ...subnetsOf(found, null)
      .filter(subnet => isCut(found, subnet))
      .map(({ id, tags }) => `${tags.tier} of ${tags.zone} (${id}) are cut off`),
    ...brokerTables(found, null)
      .filter(({ id }) => endpoint && !endpoint.routeTables.includes(id))
      .map(({ id, tags }) => `brokers of ${tags.zone} (${id}) have no way to S3`),
    ...machinesNamed(found, null)
      .filter(({ state }) => state === 'stopped' || state === 'stopping')
      .map(({ id, tags, state }) => `${tags.Name} (${id}) is ${state}`),
    ...found.groups
      .filter(group => mayTouch(group, found.environment) && isSuspended(group))
      .map(({ id }) => `group ${id} does not bring machines back`),
  ]
}
