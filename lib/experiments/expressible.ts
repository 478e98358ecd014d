import { Duration } from 'aws-cdk-lib'
import type { FaultEntry } from '../../chaos/core/drill.ts'
import { usesObjectStore, usesSharedStorage } from '../../chaos/platforms/index.ts'
import type { ChaosTarget } from '../chaos-target.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { Action, Target, type TargetFilter } from '../fis/index.ts'

/** What the faults of a drill may become actions on. */
export interface Inventory {
  readonly config: EnvironmentConfig
  readonly targets: readonly ChaosTarget[]
}

/** What FIS does instead of a fault, or why it cannot. */
export type Expressed =
  | { readonly cannot: string }
  | {
      /** They begin together; `after` is what they wait for. */
      readonly actions: (after: readonly Action[]) => readonly Action[]
      /** The zones that it takes away on purpose: they may fall silent. */
      readonly takesAway: readonly string[]
      /** In what it differs from the fault. */
      readonly differs: readonly string[]
    }

export interface Hold {
  readonly fault: FaultEntry
  readonly hold: Duration
}

type Expression = (given: Hold, inventory: Inventory) => Expressed

const cannot = (why: string): Expressed => ({ cannot: why })
/** FIS looks targets up before the first action: what is drawn or asked for later is nothing that it could name. */
const LATER =
  'who is meant follows from the seed or from the cluster, and FIS names its targets beforehand: name a zone or a node'
const NO_STORE = 'the platform of this environment has no object store'
/** Limit of the service for commands to instances that are chosen by tags; it can be raised. */
const MOST_COMMANDED = 5

export function tagsOf({ config }: Inventory, name?: string): Readonly<Record<string, string>> {
  return {
    'chaos-ready': 'true',
    environment: config.environment,
    ...(name !== undefined && { Name: name }),
  }
}

function zoneNamed(given: unknown, { config }: Inventory): string | null {
  return typeof given === 'string' && given in config.zones ? given : null
}

const behind = (zone: string, { config }: Inventory): string =>
  (config.zones as Record<string, string>)[zone] as string

/** The brokers that a drill names; a sentence where it names none beforehand. */
function brokersOf(selector: unknown, { targets }: Inventory): readonly ChaosTarget[] | string {
  const brokers = targets.filter(({ role }) => role === 'broker')
  if (typeof selector !== 'object' || selector === null) return LATER
  if ('zone' in selector) return brokers.filter(({ zone }) => zone === selector.zone)
  if ('node' in selector) return brokers.filter(({ name }) => name.endsWith(`-${String(selector.node)}`))
  return LATER
}

function subnetsOf(zone: string, inventory: Inventory, tier?: 'brokers'): Target<'aws:ec2:subnet'> {
  return Target.byTags({
    name: `subnets-${zone}${tier ? `-${tier}` : ''}`,
    type: 'aws:ec2:subnet',
    tags: { ...tagsOf(inventory), zone, ...(tier && { tier }) },
  })
}

function machinesOf(zone: string, inventory: Inventory): Target<'aws:ec2:instance'> {
  const filters: TargetFilter[] = [
    { path: 'Placement.AvailabilityZone', values: [behind(zone, inventory)] },
    { path: 'State.Name', values: ['running'] },
  ]
  return Target.byTags({
    name: `machines-${zone}`,
    type: 'aws:ec2:instance',
    tags: tagsOf(inventory),
    filters,
  })
}

const cutting =
  (
    fault: FaultEntry,
    zones: readonly string[],
    scope: 'availability-zone' | 's3',
    inventory: Inventory,
    hold: Duration,
  ) =>
  (after: readonly Action[]) =>
    zones.map(zone =>
      Action.of('aws:network:disrupt-connectivity', {
        name: zones.length === 1 ? fault.id : `${fault.id}-${zone}`,
        target: subnetsOf(zone, inventory, scope === 's3' ? 'brokers' : undefined),
        parameters: { scope, duration: hold },
        after,
      }),
    )

const zoneCut: Expression = ({ fault, hold }, inventory) => {
  const { zone, direction, traffic, mode, objectStore } = fault.spec
  const named = zoneNamed(zone, inventory)
  if (named === null) return cannot(LATER)
  if (direction !== 'both') return cannot('a network ACL of FIS denies both ways')
  if (traffic !== 'all') return cannot('FIS does not cut by port')
  if (mode !== 'silent') return cannot('FIS lets packets vanish; it refuses nothing')
  if (objectStore === 'cut' && usesObjectStore(inventory.config.platform))
    return cannot('FIS cuts a zone from the others or from the object store, and not from both at once')
  return {
    actions: cutting(fault, [named], 'availability-zone', inventory, hold),
    takesAway: [named],
    differs: [
      'Machines of the zone lose Systems Manager and CloudWatch too, where these have no endpoint in it',
    ],
  }
}

const s3Outage: Expression = ({ fault, hold }, inventory) => {
  const { zones, mode } = fault.spec
  if (!usesObjectStore(inventory.config.platform)) return cannot(NO_STORE)
  if (mode !== 'silent') return cannot('FIS lets packets vanish; it refuses nothing')
  const all = Object.keys(inventory.config.zones)
  const named = zones === 'all' ? all : [zones].flat().map(zone => zoneNamed(zone, inventory))
  if (named.some(zone => zone === null)) return cannot(LATER)
  return {
    actions: cutting(fault, named as string[], 's3', inventory, hold),
    takesAway: [],
    differs: [],
  }
}

/** Delays what the machines of one zone send: each way over it is later by all of it, once. */
function delaying(
  { fault, hold }: Hold,
  zone: string,
  sources: readonly string[],
  inventory: Inventory,
): Expressed {
  const count = inventory.targets.filter(
    target => target.zone === zone && target.actions.includes('ssm:send-command'),
  ).length
  if (count > MOST_COMMANDED)
    return cannot(
      `FIS sends a command to at most ${MOST_COMMANDED} instances that it finds by tags, and ${zone} has ${count} groups or slots`,
    )
  const { delayMs, jitterMs = 0 } = fault.spec
  return {
    actions: after => [
      Action.of('aws:ssm:send-command', {
        name: fault.id,
        target: machinesOf(zone, inventory),
        parameters: {
          documentArn: `arn:aws:ssm:${inventory.config.region}::document/AWSFIS-Run-Network-Latency-Sources`,
          documentParameters: {
            Interface: 'DEFAULT',
            DelayMilliseconds: String(delayMs),
            JitterMilliseconds: String(jitterMs),
            Sources: sources.join(','),
            TrafficType: 'egress',
            DurationSeconds: String(hold.toSeconds()),
            InstallDependencies: 'True',
          },
          // The command begins before the delay and ends after it.
          duration: hold.plus(Duration.minutes(1)),
        },
        after,
      }),
    ],
    takesAway: [],
    differs: [
      `The delay is added on one side, to what machines of ${zone} send`,
      'The document installs what it needs first, with dnf, and needs the module sch_netem in the kernel',
    ],
  }
}

const linkLatency: Expression = (given, inventory) => {
  const selector = given.fault.spec.links as Readonly<Record<string, unknown>>
  if (!('zone' in selector))
    return cannot('FIS delays all that a machine exchanges with a zone, not one link or one direction')
  const named = zoneNamed(selector.zone, inventory)
  if (named === null) return cannot(LATER)
  if (selector.direction !== 'both' || selector.traffic !== 'all')
    return cannot('FIS delays all that a machine exchanges with a zone, not one direction or some ports')
  const others = Object.keys(inventory.config.zones).filter(zone => zone !== named)
  return delaying(
    given,
    named,
    others.map(zone => behind(zone, inventory)),
    inventory,
  )
}

const s3Latency: Expression = (given, inventory) => {
  const { zones, operations } = given.fault.spec
  if (!usesObjectStore(inventory.config.platform)) return cannot(NO_STORE)
  const named = zoneNamed([zones].flat().length === 1 ? [zones].flat()[0] : null, inventory)
  if (named === null) return cannot('FIS delays the machines of one zone in one action: name one zone')
  if (operations !== 'all') return cannot('FIS sees packets and not requests: it delays no single operation')
  return delaying(given, named, ['S3'], inventory)
}

const brokerStop: Expression = ({ fault, hold }, inventory) => {
  const chosen = brokersOf(fault.spec.target, inventory)
  if (typeof chosen === 'string') return cannot(chosen)
  if (chosen.length === 0) return cannot(`there is no such broker in ${inventory.config.environment}`)
  if (!chosen.every(({ actions }) => actions.includes('ec2:stop-instances')))
    return cannot(
      'its machine belongs to a group, which would replace a stopped one; FIS does not hold groups back',
    )
  return {
    actions: after =>
      chosen.map(({ name }) =>
        Action.of('aws:ec2:stop-instances', {
          name: chosen.length === 1 ? fault.id : `${fault.id}-${name}`,
          target: Target.byTags({ name, type: 'aws:ec2:instance', tags: tagsOf(inventory, name) }),
          parameters: { startInstancesAfterDuration: hold },
          after,
        }),
      ),
    takesAway: [],
    differs: ['The machine stops and not the broker alone: it takes longer to go and to come back'],
  }
}

const brokerReplace: Expression = ({ fault }, inventory) => {
  if (!usesSharedStorage(inventory.config.platform))
    return cannot(
      'FIS empties no disk, and a machine in a slot that is terminated comes back by nobody’s hand',
    )
  const chosen = brokersOf(fault.spec.target, inventory)
  if (typeof chosen === 'string') return cannot(chosen)
  if (chosen.length === 0) return cannot(`there is no such broker in ${inventory.config.environment}`)
  return {
    actions: after =>
      chosen.map(({ name }) =>
        Action.of('aws:ec2:terminate-instances', {
          name: chosen.length === 1 ? fault.id : `${fault.id}-${name}`,
          target: Target.byTags({ name, type: 'aws:ec2:instance', tags: tagsOf(inventory, name) }),
          after,
        }),
      ),
    takesAway: [],
    differs: ['The group brings another machine as soon as it notices, however long the fault is to hold'],
  }
}

/** One line a fault: what FIS does for it, or why it does not. */
export const EXPRESSIONS: Readonly<Record<string, Expression>> = {
  'broker-stop': brokerStop,
  'broker-replace': brokerReplace,
  'link-latency': linkLatency,
  's3-latency': s3Latency,
  's3-outage': s3Outage,
  'zone-cut': zoneCut,
}

/** Of all other faults. */
export const REASONS: Readonly<Record<string, string>> = {
  'broker-kill':
    'systemd starts a killed broker again after two seconds, and no document of FIS holds it down',
  'broker-hang': 'FIS has no SIGSTOP: its document sends SIGTERM and SIGKILL',
  'link-bandwidth': 'FIS delays and loses packets; it narrows nothing',
  'link-reset': 'FIS resets no connections',
  's3-error-once': 'FIS injects errors into the APIs of EC2 and Kinesis, not of S3',
  's3-throttle': 'FIS injects errors into the APIs of EC2 and Kinesis, not of S3',
  hook: 'it is a program of the author of the drill, which FIS does not have',
  'region-cut': 'an environment is in one region: FIS finds no way between regions in it',
  'region-link-latency': 'an environment is in one region: FIS finds no way between regions in it',
  'region-link-bandwidth': 'an environment is in one region: FIS finds no way between regions in it',
  'mirror-kill': 'an environment is in one region: no mirror leaves it',
  'mirror-pause': 'an environment is in one region: no mirror leaves it',
  'clients-crash': 'gateways share the machine and the process of their shard, and FIS ends no part of one',
}
export const REASON_OF_OTHERS = 'FIS knows machines, networks and disks; this is inside a program'
export const REASON_OF_ACTIONS = 'it is no fault: the runner does it'
