import type { EnvironmentUse } from '../../chaos/platforms/environment-load.ts'
import {
  asList,
  asRecord,
  type PlannedResource,
  type PlannedStack,
  type Remains,
  tagsOf,
} from './assembly.ts'
import { type Charge, costOf, launchTemplateData } from './charges.ts'

/** One price of a table, as far as a plan needs it. */
export interface ListedPrice {
  readonly item: string
  readonly region: string
  readonly unit: string
  /** US dollars for one of the unit. */
  readonly price: number
  /** When its source last said so. */
  readonly date: string | null
  /** @default unknown, which nothing says */
  readonly confidence?: 'high' | 'medium' | 'low'
  /** The units of a month that it is for; without `to`, all that are left. */
  readonly tier?: { readonly from: number; readonly to?: number | undefined } | undefined
}

export interface CostLine extends Charge {
  readonly stack: string
  readonly hourlyUsd: number
  readonly monthlyUsd: number
  readonly priceDate: string | null
  /** Whether a price of it has no source: check it before relying on it. */
  readonly isUnsourced: boolean
}

export interface MissingPrice extends Charge {
  readonly stack: string
  readonly why: string
}

export interface PlanTarget {
  readonly name: string
  readonly stack: string
  readonly logicalId: string
  readonly type: string
}

export interface KeptResource {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  /** Whether it stays itself, or a snapshot of it does. */
  readonly remains: Exclude<Remains, 'nothing'>
  /** For how long an object in it can be neither changed nor deleted. Null when nothing locks it. */
  readonly lockedDays: number | null
}

/** What a deployment would create, cost and expose, from its templates and a price table alone. */
export interface DeployPlan {
  readonly environment: string
  readonly region: string
  readonly stacks: readonly {
    readonly name: string
    readonly resources: number
    /** How many there are of each kind. */
    readonly kinds: Readonly<Record<string, number>>
  }[]
  readonly costs: readonly CostLine[]
  readonly hourlyUsd: number
  readonly monthlyUsd: number
  /** Charges that are not in the sums, because the table has no price for them. */
  readonly missing: readonly MissingPrice[]
  /** What the environment's own fleet costs beside that, as long as it sends. Null when nobody worked it out. */
  readonly use: EnvironmentUse | null
  /** What is billed by what is done with it: how many there are of each kind, and the names of their prices. */
  readonly byUse: readonly {
    readonly kind: string
    readonly count: number
    readonly items: readonly string[]
  }[]
  /** Resources whose cost nobody has written down, or that a template leaves open. */
  readonly unclear: readonly { readonly stack: string; readonly resource: string; readonly why: string }[]
  /** All that chaos may touch. */
  readonly targets: readonly PlanTarget[]
  /** What stays after `npm run destroy`. */
  readonly kept: readonly KeptResource[]
  /** What goes because its slot is left empty, and comes back when it no longer is. */
  readonly absent: readonly PlanTarget[]
  /** Why `--yes` would end before it creates anything. */
  readonly notYet: readonly string[]
  /** What stacks say to those who deploy them. */
  readonly notes: readonly { readonly stack: string; readonly text: string }[]
}

export interface PlanMore {
  /** The stacks as they are when no slot is left empty. @default the same */
  readonly complete?: readonly PlannedStack[] | undefined
  /** @default none */
  readonly notYet?: readonly string[]
  readonly use?: EnvironmentUse
}

/** The month of the price list: 8,760 hours a year. */
export const HOURS_PER_MONTH = 730
/** The tag that only intended targets of experiments carry. */
export const CHAOS_TAG = 'chaos-ready'

export function planDeployment(
  environment: string,
  region: string,
  stacks: readonly PlannedStack[],
  prices: readonly ListedPrice[],
  { complete = stacks, notYet = [], use }: PlanMore = {},
): DeployPlan {
  const resources = stacks.flatMap(stack => stack.resources.map(resource => ({ stack, resource })))
  const found = resources.map(({ stack, resource }) => ({ resource, cost: costOf(resource, stack) }))
  const charges = found.flatMap(({ resource, cost }) =>
    cost.kind === 'standing' ? cost.charges.map(charge => ({ ...charge, stack: resource.stack })) : [],
  )
  const priced = combine(charges).map(charge => price(charge, region, prices))
  const costs = priced.filter(line => 'hourlyUsd' in line)
  return {
    environment,
    region,
    stacks: stacks.map(({ name, resources: own }) => ({
      name,
      resources: own.length,
      kinds: count(own.map(({ type }) => type)),
    })),
    costs,
    hourlyUsd: sum(costs.map(({ hourlyUsd }) => hourlyUsd)),
    monthlyUsd: sum(costs.map(({ monthlyUsd }) => monthlyUsd)),
    missing: priced.filter(line => 'why' in line),
    use: use ?? null,
    byUse: byUseOf(found),
    unclear: found.flatMap(({ resource, cost }) => unclearOf(resource, cost)),
    targets: resources
      .filter(({ resource }) => tagsOf(resource)[CHAOS_TAG] === 'true')
      .map(({ stack, resource }) => named(resource, stack)),
    kept: resources.flatMap(({ resource }) => keptOf(resource)),
    absent: missingFrom(stacks, complete),
    notYet,
    notes: stacks.flatMap(({ name: stack, notes = [] }) => notes.map(text => ({ stack, text }))),
  }
}

function keptOf(resource: PlannedResource): KeptResource[] {
  const { stack, logicalId, type, remains } = resource
  return remains === 'nothing' ? [] : [{ stack, logicalId, type, remains, lockedDays: lockedDays(resource) }]
}

function missingFrom(stacks: readonly PlannedStack[], complete: readonly PlannedStack[]): PlanTarget[] {
  const idOf = ({ stack, logicalId }: PlannedResource) => `${stack}/${logicalId}`
  const present = new Set(stacks.flatMap(({ resources }) => resources.map(idOf)))
  return complete.flatMap(stack =>
    stack.resources.filter(one => !present.has(idOf(one))).map(resource => named(resource, stack)),
  )
}

type StackCharge = Charge & { readonly stack: string }

/** Equal things of a stack are one line. */
function combine(charges: readonly StackCharge[]): StackCharge[] {
  const lines = new Map<string, StackCharge>()
  for (const charge of charges) {
    const key = JSON.stringify([charge.stack, charge.what, charge.item])
    lines.set(key, { ...charge, quantity: charge.quantity + (lines.get(key)?.quantity ?? 0) })
  }
  return [...lines.values()]
}

function price(charge: StackCharge, region: string, prices: readonly ListedPrice[]): CostLine | MissingPrice {
  const ofItem = prices.filter(({ item }) => item === charge.item)
  const rows = ofItem.filter(row => row.region === region)
  if (rows.length === 0) {
    const elsewhere = [...new Set(ofItem.map(row => row.region))].sort()
    const why = elsewhere.length > 0 ? `there is one only for ${elsewhere.join(', ')}` : 'the table has none'
    return { ...charge, why }
  }
  const other = rows.find(row => row.unit !== charge.unit)
  if (other) return { ...charge, why: `the table has it per ${other.unit}, not per ${charge.unit}` }
  const used = rows.filter(row => quantityWithin(row.tier, charge.quantity) > 0)
  const perUnitOfTime = sum(used.map(row => row.price * quantityWithin(row.tier, charge.quantity)))
  const isHourly = charge.unit.endsWith('hour')
  return {
    ...charge,
    hourlyUsd: isHourly ? perUnitOfTime : perUnitOfTime / HOURS_PER_MONTH,
    monthlyUsd: isHourly ? perUnitOfTime * HOURS_PER_MONTH : perUnitOfTime,
    priceDate: used.flatMap(row => row.date ?? []).sort()[0] ?? null,
    isUnsourced: used.some(row => row.confidence === 'low'),
  }
}

function quantityWithin(tier: ListedPrice['tier'], quantity: number): number {
  if (!tier) return quantity
  return Math.max(0, Math.min(quantity, tier.to ?? Number.POSITIVE_INFINITY) - tier.from)
}

interface Costed {
  readonly resource: PlannedResource
  readonly cost: ReturnType<typeof costOf>
}

function byUseOf(found: readonly Costed[]): DeployPlan['byUse'] {
  const kinds = new Map<string, { kind: string; count: number; items: readonly string[] }>()
  for (const { resource, cost } of found) {
    if (cost.kind !== 'by-use') continue
    const before = kinds.get(resource.type)?.count ?? 0
    kinds.set(resource.type, { kind: resource.type, count: before + 1, items: cost.items })
  }
  return [...kinds.values()]
}

function unclearOf({ stack, logicalId, type }: PlannedResource, cost: Costed['cost']): DeployPlan['unclear'] {
  const resource = `${type} ${logicalId}`
  if (cost.kind === 'unknown') return [{ stack, resource, why: 'no rule says what this kind costs' }]
  return cost.kind === 'standing' ? cost.unclear.map(why => ({ stack, resource, why })) : []
}

/** As people call it, where its tags or its properties say. */
function named(resource: PlannedResource, of: PlannedStack): PlanTarget {
  const { stack, logicalId, type, properties } = resource
  const name = tagsOf(resource).Name ?? nameIn(properties) ?? nameOfInstances(properties, of) ?? logicalId
  const zone = type === 'AWS::EC2::Subnet' ? properties.AvailabilityZone : undefined
  return { name: typeof zone === 'string' ? `${name} (${zone})` : name, stack, logicalId, type }
}

function nameIn(properties: PlannedResource['properties']): string | undefined {
  const name = Object.entries(asRecord(properties)).find(([key]) => /(Group|Service)Name$/.test(key))?.[1]
  return typeof name === 'string' ? name : undefined
}

/** A group without a name of its own is called as its instances are. */
function nameOfInstances(properties: PlannedResource['properties'], stack: PlannedStack): string | undefined {
  const tags = asList(launchTemplateData(properties, stack).TagSpecifications)
    .map(asRecord)
    .filter(({ ResourceType }) => ResourceType === 'instance')
    .flatMap(({ Tags }) => asList(Tags))
  const name = tags.map(asRecord).find(({ Key }) => Key === 'Name')?.Value
  return typeof name === 'string' ? name : undefined
}

/** What a bucket gives each object that says nothing of its own. */
function lockedDays({ properties }: PlannedResource): number | null {
  const rule = asRecord(asRecord(properties.ObjectLockConfiguration).Rule)
  const { Days: days } = asRecord(rule.DefaultRetention)
  return typeof days === 'number' ? days : null
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
