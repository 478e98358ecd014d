import { z } from 'zod'
import type { Contract } from './contract.ts'
import { fleetSettings, IDEMPOTENCE_BROKEN, keepsIdempotence } from './fleet-settings.ts'
import { ZONES } from './topology.ts'
import { connectorsSchema, type ConnectorsSpec } from './connectors.ts'
import { processorSchema, type ProcessorSpec } from './processor.ts'
import { regionsSchema, type RegionsSpec } from './regions.ts'
import { securitySchema, type SecuritySpec } from './security-settings.ts'
import { type UpgradeSpec, upgradeSchema } from './upgrade.ts'
import { drillDuration } from './units.ts'

/**
 * The drill as its author writes it (YAML) and as the program uses it. The kinds of faults and actions, and the names of platforms, are
 * passed in, so that adding one touches nothing here.
 */
const fleetKeys = z.strictObject({
  devices: z
    .number()
    .int()
    .positive()
    .max(1_000_000)
    .meta({ examples: [1000] }),
  gatewaysPerZone: z.number().int().positive().max(64).default(2),
  telemetry: z
    .strictObject({
      intervalMs: z.number().int().min(10).default(1000),
      jitter: z
        .number()
        .min(0)
        .max(1)
        .default(0.2)
        .describe('Share of the interval by which a send may move.'),
      payloadBytes: z.number().int().min(64).max(65_536).default(200),
    })
    .prefault({}),
  stateChangeEveryMs: z
    .number()
    .int()
    .min(100)
    .default(10_000)
    .describe('Mean time between state changes of a device.'),
  commandEveryMs: z
    .number()
    .int()
    .min(100)
    .default(30_000)
    .describe('Mean time between commands that a device acknowledges.'),
  operationEveryMs: z
    .number()
    .int()
    .min(100)
    .default(60_000)
    .describe('Mean time between operations events of a device.'),
  integrationEveryMs: z
    .number()
    .int()
    .min(100)
    .default(30_000)
    .describe('Mean time between integration records of a device.'),
  edgeBuffer: z
    .strictObject({
      records: z
        .number()
        .int()
        .positive()
        .default(600)
        .describe('Records that one device can hold per topic.'),
      whenFull: z.enum(['drop-oldest', 'drop-newest']).default('drop-oldest'),
    })
    .prefault({}),
  lingerMs: z
    .number()
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .describe('How long a gateway collects records for one produce request.'),
  ...fleetSettings,
})
export const fleetSchema = fleetKeys.refine(keepsIdempotence, IDEMPOTENCE_BROKEN)

export const connectorSchema = z
  .strictObject({
    zone: z.enum(ZONES).default(ZONES[0]).describe('Where its worker is: it dials brokers from there.'),
    topics: z
      .array(z.string().min(1))
      .min(1)
      .default(['integration'])
      .describe('What it writes to its sink; topics of the contract.')
      .meta({ examples: [['integration']] }),
  })
  .describe(
    'A real Kafka Connect worker with one sink, for as long as the run lasts. What it moves is metered apart.',
  )
  .meta({ examples: [{ zone: 'az-b', topics: ['integration'] }] })

const comparison = {
  atMost: z
    .number()
    .optional()
    .meta({ examples: [0] }),
  atLeast: z.number().optional(),
  above: z.number().optional(),
  below: z.number().optional(),
  equals: z.number().optional(),
}
const COMPARISONS = ['atMost', 'atLeast', 'above', 'below', 'equals'] as const

const exactlyOneComparison = (value: Partial<Record<(typeof COMPARISONS)[number], number | undefined>>) =>
  COMPARISONS.filter(name => value[name] !== undefined).length === 1
const oneOf = { message: `expected exactly one of ${COMPARISONS.join(', ')}` }

export const PROBES = [
  'produce-p50-ms',
  'produce-p99-ms',
  'acked-per-second',
  'under-replicated-partitions',
  'offline-partitions',
  'nodes-answering',
  'edge-buffered-records',
  'edge-dropped-records',
  'tail-lag-records',
  'tail-lag-seconds',
  'waiting-longest-ms',
  'client-bytes',
] as const
export type ProbeName = (typeof PROBES)[number]

const LATENCY_PROBES: readonly string[] = ['produce-p50-ms', 'produce-p99-ms'] satisfies ProbeName[]

const isRelativeToLatency = ({
  probe,
  atMostTimesBaseline,
  atLeast,
  above,
  below,
  equals,
}: Comparison & { readonly probe: string; readonly atMostTimesBaseline?: number | undefined }): boolean =>
  atMostTimesBaseline === undefined ||
  (LATENCY_PROBES.includes(probe) && [atLeast, above, below, equals].every(other => other === undefined))

export const probeCondition = z
  .strictObject({
    probe: z.enum(PROBES),
    ...comparison,
    atMostTimesBaseline: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'At most this many times what the platform itself has in the 10 s before; 500 ms are always good enough, and more than atMost (default 5000) never is.',
      ),
    forSeconds: z.number().min(0).max(600).default(5).describe('How long it must hold without a break.'),
  })
  .refine(
    ({ atMostTimesBaseline: times, ...absolute }) => times !== undefined || exactlyOneComparison(absolute),
    oneOf,
  )
  .refine(isRelativeToLatency, {
    message: 'atMostTimesBaseline is for produce-p50-ms and produce-p99-ms, alone or with atMost as its cap',
  })
  .meta({ examples: [{ probe: 'produce-p99-ms', atMost: 250, forSeconds: 5 }] })

export const abortCondition = z
  .strictObject({ probe: z.enum(PROBES), ...comparison })
  .refine(exactlyOneComparison, oneOf)
  .meta({ examples: [{ probe: 'edge-dropped-records', above: 0 }] })

const gateSchema = (gates: readonly string[]) =>
  z
    .strictObject({
      gate: z.enum(gates),
      ...comparison,
      reportOnly: z.literal(true).optional().describe('Measured and shown, never judged.'),
      outsideOf: z.enum(ZONES).optional().describe('Leaves out clients in this zone.'),
      of: z
        .string()
        .optional()
        .describe('Only for the fault or action with this id; default: the worst of all.'),
      dimension: z
        .string()
        .optional()
        .describe('The scorecard row; default: the one that the gate belongs to.'),
      owner: z.string().optional(),
    })
    .refine(gate => gate.reportOnly === true || exactlyOneComparison(gate), {
      message: `expected exactly one of ${COMPARISONS.join(', ')}, or reportOnly: true`,
    })
    .meta({ examples: [{ gate: 'acked-loss', atMost: 0 }] })

const timing = {
  at: drillDuration.describe('When, counted from the proof of the steady state.'),
  id: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional()
    .describe('A name of its own; default: the kind and its place, e.g. zone-cut-2.'),
}

/** One fault kind's or action's own keys, beside `at`, `for`, `id` and its name. */
export type EntrySchemas = Readonly<Record<string, z.ZodObject>>

function entrySchema(role: 'fault' | 'action', kinds: EntrySchemas) {
  const options = Object.entries(kinds).map(([kind, schema]) =>
    z.strictObject({
      ...timing,
      [role]: z.literal(kind),
      ...(role === 'fault'
        ? {
            for: drillDuration
              .optional()
              .describe('How long it holds; without it, until the end of the timeline.'),
            cluster: z
              .enum(['a', 'b'])
              .optional()
              .describe('In a drill of two regions, whose brokers, disks and links it touches. Default: a.'),
          }
        : {}),
      ...schema.shape,
    }),
  )
  return z.discriminatedUnion(role, options as [(typeof options)[number], ...typeof options])
}

/**
 * @param gates the names that a gate can have
 * @param platforms those that a drill can be meant for
 */
export function drillSchema(
  faults: EntrySchemas,
  actions: EntrySchemas,
  gates: readonly string[],
  platforms: readonly string[],
) {
  return z.strictObject({
    drill: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .describe('Its name, equal to the file name.')
      .meta({ examples: ['zone-cut'] }),
    title: z
      .string()
      .min(1)
      .describe('What happens, in a sentence.')
      .meta({ examples: ['Zone az-c is cut off while devices keep sending'] }),
    contract: z
      .string()
      .min(1)
      .describe('The replay contract, a path relative to this file.')
      .meta({ examples: ['../contracts/fleet.yaml'] }),
    seed: z.union([z.string(), z.number()]).default(1),
    platforms: z
      .array(z.enum(platforms))
      .min(1)
      .optional()
      .describe('The platforms that its gates are meant for; others are refused. Default: all.')
      .meta({ examples: [platforms.slice(1, 2)] }),
    fleet: fleetSchema,
    kafka: z
      .strictObject({ timeouts: z.enum(['tuned', 'defaults']).default('tuned') })
      .prefault({})
      .describe('tuned: failover in seconds, as stated in the run; defaults: what Kafka ships.'),
    connector: connectorSchema.optional(),
    connectors: connectorsSchema.optional(),
    processor: processorSchema.optional(),
    regions: regionsSchema.optional(),
    upgrade: upgradeSchema.optional(),
    security: securitySchema.optional(),
    slowAfterMs: z
      .number()
      .int()
      .positive()
      .optional()
      .describe(
        'An acknowledgement later than this counts as unavailable, whatever the platform is like when nothing is broken. Default: three times its own p99 of before the first fault, from 1 s to 5 s.',
      ),
    warmUp: drillDuration
      .prefault('0s')
      .describe(
        'How long the fleet runs at full load before the steady state counts: JVMs compile meanwhile.',
      ),
    steadyState: z.array(probeCondition).min(1),
    timeline: z.array(z.union([entrySchema('fault', faults), entrySchema('action', actions)])).min(1),
    settle: drillDuration
      .prefault('10s')
      .describe('How long the fleet goes on after the last entry has ended.'),
    abort: z.array(abortCondition).default([]),
    gates: z.array(gateSchema(gates)).min(1),
  })
}

export type Comparison = { readonly [K in (typeof COMPARISONS)[number]]?: number | undefined }
export type FleetSpec = z.output<typeof fleetSchema>
export type ProbeCondition = z.output<typeof probeCondition>
export type AbortCondition = z.output<typeof abortCondition>
export type Gate = z.output<ReturnType<typeof gateSchema>>
export type ConnectorSpec = z.output<typeof connectorSchema>

export interface FaultEntry {
  readonly id: string
  readonly role: 'fault'
  readonly kind: string
  readonly atMs: number
  /** null: until the end of the timeline. */
  readonly forMs: number | null
  /** Absent: region a, or the only one. */
  readonly cluster?: 'b'
  readonly spec: Readonly<Record<string, unknown>>
}
export interface ActionEntry {
  readonly id: string
  readonly role: 'action'
  readonly kind: string
  readonly atMs: number
  readonly spec: Readonly<Record<string, unknown>>
}
export type TimelineEntry = FaultEntry | ActionEntry

/** A drill after parsing: defaults filled in, durations in milliseconds, every entry with an id. */
export interface Drill {
  readonly drill: string
  readonly title: string
  readonly contract: Contract
  readonly seed: string
  /** Those that its gates are meant for. @default all */
  readonly platforms?: readonly string[]
  readonly fleet: FleetSpec
  readonly kafka: { readonly timeouts: 'tuned' | 'defaults' }
  /** Absent: the run has no connector. */
  readonly connector?: ConnectorSpec
  /** Absent: the run has no cluster of Connect workers. */
  readonly connectors?: ConnectorsSpec
  /** Absent: the run has no stateful processor. */
  readonly processor?: ProcessorSpec
  /** Absent: the run has one cluster. */
  readonly regions?: RegionsSpec
  /** Absent: brokers keep their release. */
  readonly upgrade?: UpgradeSpec
  /** Absent: brokers let in every client. */
  readonly security?: SecuritySpec
  /** Absent: taken from the quiet baseline of each run. */
  readonly slowAfterMs?: number
  /** At full load, before the steady state counts. */
  readonly warmUpMs: number
  readonly steadyState: readonly ProbeCondition[]
  readonly timeline: readonly TimelineEntry[]
  readonly settleMs: number
  readonly abort: readonly AbortCondition[]
  readonly gates: readonly Gate[]
}

/** Whether `value` satisfies the one comparison that `condition` has, and how it reads: `at most 250`. */
export function compare(condition: Comparison, value: number): boolean {
  if (condition.atMost !== undefined) return value <= condition.atMost
  if (condition.atLeast !== undefined) return value >= condition.atLeast
  if (condition.above !== undefined) return value > condition.above
  if (condition.below !== undefined) return value < condition.below
  return value === condition.equals
}

/** The one comparison that a condition has; null where it has none. */
export function comparisonOf(
  condition: Comparison,
): { readonly is: (typeof COMPARISONS)[number]; readonly value: number } | null {
  const is = COMPARISONS.find(name => condition[name] !== undefined)
  return is === undefined ? null : { is, value: condition[is] as number }
}

export function describeComparison(condition: Comparison): string {
  const words = { atMost: 'at most', atLeast: 'at least', above: 'above', below: 'below', equals: 'exactly' }
  const name = COMPARISONS.find(candidate => condition[candidate] !== undefined)
  return name ? `${words[name]} ${condition[name]}` : 'report only'
}
