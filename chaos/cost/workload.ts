import { z } from 'zod'
import { DATA_CLASSES } from '../core/contract.ts'
import { duration } from '../core/units.ts'
import { inputError, type Problem } from '../drill/problem.ts'
import { schemaProblems } from '../drill/schema-problems.ts'
import { parseYaml, readYaml, type YamlSource } from '../drill/yaml-source.ts'
import { packageFile } from '../package-root.ts'
import { BYTES_PER_MB, type BytesPerSecond, bytesPerSecond, type Conventions } from './units.ts'

const atLeastZero = z.number().nonnegative()
const aboveZero = z.number().positive()
const share = z.number().min(0).max(1)

const dataClass = z.strictObject({
  share: share.describe('Its part of the ingest; the parts add up to 1.'),
  retention: duration.describe('How long a record is kept.'),
  storedGb: atLeastZero
    .optional()
    .describe('What one copy holds in the end, where it is not ingest × retention: a compacted topic.'),
  compacted: z
    .boolean()
    .default(false)
    .describe('Compacted topics cannot be tiered: kafka-tiered keeps them whole on its brokers.'),
})

const replays = z.strictObject({
  perMonth: atLeastZero.default(0),
  depth: duration.default(86_400_000).describe('How far back each one reads.'),
  share: share.default(1).describe('The part of the ingest that it reads.'),
  within: duration.default(14_400_000).describe('It must be done in this time, beside the usual load.'),
})

const connector = z.strictObject({
  mbPerSecond: atLeastZero.default(0).describe('What connectors read for their sinks.'),
  to: z
    .enum(['same-region', 'other-region', 'internet'])
    .default('same-region')
    .describe('Where the sinks are.'),
})

const operator = z.strictObject({
  usdPerHour: atLeastZero.default(0),
  hoursPerMonth: atLeastZero.default(0).describe('Upgrades, scaling, on-call: whatever happens every month.'),
  hoursPerReplay: atLeastZero.default(0),
  hoursPerBrokerLoss: atLeastZero.default(0),
})

const budget = z.strictObject({
  usdPerMonth: aboveZero.optional().describe('The whole bill, with its replays and lost brokers.'),
  usdPerReplay: aboveZero.optional().describe('What one more replay may cost.'),
  usdPerBrokerLoss: aboveZero.optional().describe('What one more lost broker may cost.'),
  owner: z.string().min(1).optional().describe('Who answers for the budget. Default: the contract’s owners.'),
})

const sizing = z.strictObject({
  instance: z.string().default('m7g.xlarge').describe('EC2 type of a broker; ec2.linux.<it> must be priced.'),
  mbPerSecondPerBroker: aboveZero
    .default(100)
    .describe('What one broker moves in its busier direction for hours, not in a burst. Measure it.'),
  headroom: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.4)
    .describe('Part of that which stays free for peaks and for a lost broker.'),
  wholeZones: z.boolean().default(true).describe('The same number of brokers in every zone.'),
  controllers: z.number().int().nonnegative().default(0).describe('Dedicated ones; 0: brokers do both.'),
  diskFill: z
    .number()
    .min(0.1)
    .max(1)
    .default(0.6)
    .describe('How full data volumes may be; the rest is room to grow and to recover.'),
  systemGb: atLeastZero.default(30).describe('Volume of a node for its system and metadata.'),
})

const objectStore = z.strictObject({
  access: z
    .enum(['gateway', 'interface', 'nat'])
    .default('gateway')
    .describe('How brokers reach it. Only the gateway endpoint is free.'),
  segmentMb: aboveZero.default(1024).describe('kafka-tiered: size of a segment when it is uploaded.'),
  partMb: aboveZero.default(25).describe('kafka-tiered: size of a part of an upload; one request each.'),
  fetchMb: aboveZero.default(4).describe('kafka-tiered: bytes that one request of a cold read brings.'),
})

const secondRegion = z.strictObject({
  bytesPerIngestedByte: atLeastZero
    .default(1)
    .describe(
      'What a mirror moves between the regions, both ways, for each byte that producers send. 1 is a copy without any protocol; a run of two regions measures it.',
    ),
  to: z
    .enum(['other', 'us-east-2'])
    .default('other')
    .describe('Where the other region is: from us-east-1 to us-east-2 a byte costs half as much.'),
})

export const workloadSchema = z.strictObject({
  workload: z.string().min(1).describe('Its name.'),
  region: z.string().default('us-east-1'),
  ingestMbPerSecond: aboveZero.describe('What producers send, as it is stored: after compression.'),
  fanOut: atLeastZero.default(1).describe('Consumer groups that read everything as it comes.'),
  zones: z.number().int().min(1).max(9).default(3),
  replicas: z.number().int().min(1).max(9).default(3).describe('AutoMQ keeps one copy, in the object store.'),
  rackAwareClients: z
    .boolean()
    .default(false)
    .describe('Consumers read in their own zone where the platform lets them.'),
  zoneLocalProduce: z
    .boolean()
    .default(false)
    .describe('Producers write only to leaders in their zone: possible for records without a key.'),
  classes: z.partialRecord(z.enum(DATA_CLASSES), dataClass),
  localRetention: duration
    .default(21_600_000)
    .describe('kafka-tiered: how long brokers keep what the object store has already.'),
  replays: replays.prefault({}),
  brokerLossesPerYear: atLeastZero.default(0).describe('Brokers lost with their disk.'),
  connector: connector.prefault({}),
  secondRegion: secondRegion
    .optional()
    .describe('A second region into which all of the ingest is mirrored. Default: there is none.'),
  operator: operator.prefault({}),
  budget: budget.optional().describe('What it may cost; `aftershock gates` holds the bill against it.'),
  sizing: sizing.prefault({}),
  objectStore: objectStore.prefault({}),
  hoursPerMonth: aboveZero.default(730),
  gigabyte: z
    .enum(['decimal', 'binary'])
    .default('decimal')
    .describe('decimal: the bill’s GB is 10⁹ bytes; binary: 2³⁰, which makes it 6.9% smaller.'),
})

export type Workload = z.output<typeof workloadSchema>
export type Budget = z.output<typeof budget>
export type ClassOfWorkload = z.output<typeof dataClass>

/** The workload that is shipped, as it is named in evidence. */
export const SHIPPED_WORKLOAD = 'chaos/cost/workloads/fleet.yaml'

export interface LoadedWorkload {
  readonly workload: Workload
  readonly file: string
  readonly sha256: string
}

/** @throws AftershockError `input` with every problem of the file: line, column, the nearest right key. */
export async function loadWorkload(path?: string): Promise<LoadedWorkload> {
  if (path !== undefined) return loadedFrom(await readYaml(path, path))
  return (shipped ??= loadedFrom(
    await readYaml(packageFile(...SHIPPED_WORKLOAD.split('/')), SHIPPED_WORKLOAD),
  ))
}

/** Read once, so that what is worked out from it is worked out once. */
let shipped: LoadedWorkload | undefined

function loadedFrom(source: YamlSource): LoadedWorkload {
  return { workload: parseWorkload(source), file: source.file, sha256: source.sha256 }
}

/** For tests and for callers that hold the text. */
export function parseWorkloadText(text: string, file = 'workload.yaml'): Workload {
  return parseWorkload(parseYaml(text, file, ''))
}

function parseWorkload(source: YamlSource): Workload {
  const parsed = workloadSchema.safeParse(source.value)
  const more = '`aftershock schema workload` prints every key of a workload.'
  if (!parsed.success) throw inputError(schemaProblems(source, workloadSchema, parsed.error.issues), more)
  const problems = crossProblems(source, parsed.data)
  if (problems.length > 0) throw inputError(problems, more)
  return parsed.data
}

function crossProblems(source: YamlSource, { classes }: Workload): Problem[] {
  const total = Object.values(classes).reduce((sum, { share: part }) => sum + part, 0)
  if (Math.abs(total - 1) <= 0.001) return []
  return [
    source.problemAt(
      ['classes'],
      `the shares of the data classes add up to ${Number(total.toFixed(4))}, not to 1`,
    ),
  ]
}

export function conventionsOf({ hoursPerMonth, gigabyte }: Workload): Conventions {
  return { hoursPerMonth, bytesPerGb: gigabyte === 'decimal' ? 1e9 : 1073741824 }
}

export function ingestOf({ ingestMbPerSecond }: Workload): BytesPerSecond {
  return bytesPerSecond(ingestMbPerSecond * BYTES_PER_MB)
}
