import { AftershockError } from '../../core/errors.ts'
import type { ZoneName } from '../../core/topology.ts'

/** What an environment has in its account, as far as a drill may need it: read again before each change. */
export interface Inventory {
  readonly environment: string
  readonly vpcs: readonly Resource[]
  readonly machines: readonly Machine[]
  readonly subnets: readonly Subnet[]
  readonly acls: readonly Acl[]
  readonly groups: readonly Group[]
  /** Gateway endpoints of S3. */
  readonly endpoints: readonly Endpoint[]
  readonly routeTables: readonly Resource[]
}

/** Whatever it is: what it may be used for is told by its tags alone. */
export interface Resource {
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
}

export interface Machine extends Resource {
  /** EC2's: `running`, `stopped`, `stopping`, `pending`, … */
  readonly state: string
  readonly subnet: string
  readonly address: string
  /** Name of its Auto Scaling group, which brings back what is stopped; null: a slot. */
  readonly group: string | null
}

export interface Subnet extends Resource {
  readonly vpc: string
  /** `10.0.0.0/24` */
  readonly cidr: string
  /** Which network ACL it is under. Another id with each change, so never kept. */
  readonly association: { readonly id: string; readonly acl: string } | null
}

export interface Acl extends Resource {
  readonly vpc: string
  readonly isDefault: boolean
}

export interface Group extends Resource {
  readonly suspended: readonly string[]
}

export interface Endpoint extends Resource {
  readonly vpc: string
  readonly routeTables: readonly string[]
}

/** As the stacks tag what an experiment may touch (lib/chaos-target.ts, lib/constructs/zone-cut.ts). */
const READY = 'chaos-ready'
const TIERS = ['brokers', 'clients']

/** Whether it is this environment's, and an experiment may change it. Nothing else is ever written to. */
export function mayTouch({ tags }: Resource, environment: string): boolean {
  return isOf({ id: '', tags }, environment) && tags[READY] === 'true'
}

export function isOf({ tags }: Resource, environment: string): boolean {
  return tags.project === 'aftershock' && tags.environment === environment
}

/** The machines of these names, `kafka-2`; with none named, all of them. */
export function machinesNamed(found: Inventory, names: readonly string[] | null): Machine[] {
  return found.machines.filter(
    machine =>
      mayTouch(machine, found.environment) &&
      machine.state !== 'terminated' &&
      machine.state !== 'shutting-down' &&
      (names === null || names.includes(machine.tags.Name ?? '')),
  )
}

/** @throws AftershockError `refused` where there is none that may be touched */
export function machineNamed(found: Inventory, name: string): Machine {
  const [machine] = machinesNamed(found, [name])
  if (machine) return machine
  throw new AftershockError(
    'refused',
    `tags: there is no machine ${name} with chaos-ready=true and environment=${found.environment}`,
    { hint: ONLY_TAGGED },
  )
}

export const ONLY_TAGGED =
  'only what the environment’s stacks have tagged so is touched: `aftershock aws status` lists it'

/** Of brokers and of clients: what is in `management` is reached by no cut. */
export function subnetsOf(found: Inventory, zone: ZoneName | null): Subnet[] {
  return found.subnets.filter(
    subnet =>
      mayTouch(subnet, found.environment) &&
      TIERS.includes(subnet.tags.tier ?? '') &&
      (zone === null || subnet.tags.zone === zone),
  )
}

/** The ACL that was made beforehand for this. */
export function cutAcl(found: Inventory, zone: ZoneName, cut: Cut): Acl | undefined {
  return found.acls.find(
    acl => isOf(acl, found.environment) && acl.tags.zone === zone && acl.tags.cut === cut && !acl.isDefault,
  )
}

export const CUTS = ['cut', 'cut-keep-s3'] as const
export type Cut = (typeof CUTS)[number]

/** Whether the subnet is cut off by one of ours. What FIS or somebody else put there is theirs to take away. */
export function isCut(found: Inventory, { association }: Subnet): boolean {
  const acl = found.acls.find(({ id }) => id === association?.acl)
  return (
    acl !== undefined &&
    isOf(acl, found.environment) &&
    (CUTS as readonly string[]).includes(acl.tags.cut ?? '')
  )
}

export function defaultAcl(found: Inventory, { vpc }: Subnet): Acl | undefined {
  return found.acls.find(acl => acl.vpc === vpc && acl.isDefault)
}

/** Of the subnets of brokers: what they have their way to the object store from. */
export function brokerTables(found: Inventory, zone: ZoneName | null): Resource[] {
  return found.routeTables.filter(
    table =>
      mayTouch(table, found.environment) &&
      table.tags.tier === 'brokers' &&
      (zone === null || table.tags.zone === zone),
  )
}

export function storeEndpoint(found: Inventory): Endpoint | undefined {
  return found.endpoints.find(endpoint => mayTouch(endpoint, found.environment))
}

export function groupOf(found: Inventory, name: string): Group | undefined {
  return found.groups.find(group => group.id === name && mayTouch(group, found.environment))
}
