import { z } from 'zod'
import { measured } from './measured.ts'
import { platformSoftware } from './platform-software.ts'

/** In `cost.json`: what a run moved, used and kept. A value that could not be measured is null with the reason. */

/**
 * Why a byte moved. `audit`: the tool read everything once more to audit it; no platform pays for that.
 * `connector`: over the links of a run's own Connect worker; runs without one have no such cause.
 * `unattributed`: what the exact counters saw and the live ones missed (connections shorter than a sample).
 */
const byCause = z.object({
  produce: measured,
  replicate: measured,
  consume: measured,
  replay: measured,
  recovery: measured,
  control: measured,
  'object-store': measured,
  connector: measured.exactOptional(),
  audit: measured,
  unattributed: measured,
})
export const CAUSES = byCause.keyof().options

/** Bytes from one zone to another over the whole run. */
const zonePath = z.object({
  from: z.string(),
  to: z.string(),
  crosses: z.boolean(),
  total: measured.describe('The exact counters where the run owned its lab, else the live ones.'),
  byCause,
})

const byClient = z.object({ produce: measured, consume: measured, replay: measured })
/**
 * Bytes that crossed zones for each byte that was ingested, or read. Measured under steady load before the first
 * fault (replay: while it ran), because a fault moves leaders and makes clients send again. Kafka's protocol is in
 * them; headers of TCP and IP are not, since payloads of connections were counted.
 */
const crossingRatios = z.object({
  span: z.object({ fromMs: z.number(), toMs: z.number() }).nullable(),
  produce: measured,
  replicate: measured,
  consume: measured.describe('For each byte that the tail consumer read.'),
  replay: measured.describe('For each byte that the recovery consumer read.'),
  control: measured,
  wire: byClient.describe(
    'All bytes that were moved for each byte of records, in a zone or out of it: what the protocol adds.',
  ),
  share: byClient.describe('Of those bytes the part that crossed: where clients and leaders were.'),
  recordsPerRequest: measured,
  wireAtMost: byClient.describe('As `wire`: what the protocol alone can have come to, at most.'),
})

const brokerUsage = z.object({
  node: z.number(),
  zone: z.string(),
  cpuSeconds: measured,
  peakMemoryBytes: measured.describe('The most that it had.'),
  memoryIs: z
    .enum(['pss', 'rss'])
    .describe(
      '`pss`: shared pages in part; `rss`: shared pages whole, so it says too much rather than too little.',
    ),
})

const storedBytes = z.object({
  oneCopyBytes: measured.describe('Keys and values only: no batch headers, no indexes.'),
  onBrokersBytes: measured.describe(
    'On the disks of all brokers together: every replica’s segments, with batch headers, without indexes.',
  ),
  inObjectStoreBytes: measured,
})

/** The store is in no zone, so that none of this crosses from one to another. */
const storeWay = z.object({ zone: z.string(), toStore: measured, fromStore: measured })
const objectStoreUse = z.object({
  requests: z.record(z.string(), measured),
  failed: measured,
  toStoreBytes: measured.describe('Bodies only, as the store’s proxy counted them; `overLinks` has all.'),
  fromStoreBytes: measured,
  storedBytes: measured,
  ingestBytesPerSecond: measured,
  overLinks: z
    .array(storeWay)
    .describe('Over each zone’s way to the store: heads of requests and retried bodies are in it.'),
})

/** What a sink had of what was stored, once it had been given time. It may have more lines than there are records. */
const connectorDelivery = z.object({
  zone: z.string(),
  topics: z.array(z.string()),
  storedRecords: measured,
  sinkLines: measured,
  sinkBytes: measured,
})

export const runMeters = z.object({
  run: z.string(),
  drill: z.string(),
  platform: z.string(),
  software: platformSoftware.nullable().describe('null in runs from before there was a choice.'),
  driver: z.string(),
  zones: z.array(z.string()),
  replicas: z.number().nullable(),
  ingest: z.object({
    records: measured,
    bytes: measured.describe('Keys and values of acknowledged records.'),
    bytesPerRecord: measured,
  }),
  paths: z.array(zonePath).describe('From every zone to every zone.'),
  crossed: z.object({ total: measured, byCause }).describe('Over all pairs of different zones.'),
  ratios: crossingRatios,
  brokers: z.array(brokerUsage),
  stored: storedBytes,
  objectStore: objectStoreUse,
  connectorBytes: measured.describe(
    'Between a connector’s worker and all brokers, in its zone or out of it, both ways.',
  ),
  connector: connectorDelivery.exactOptional().describe('Only of runs with a connector.'),
  interRegionBytes: measured
    .exactOptional()
    .describe('Only of runs with two regions: over the links between them, both ways. No zone has them.'),
  operatorSteps: measured,
})

/** The part that reports rest on, which older versions wrote too. */
export const metersInReport = runMeters
  .pick({
    platform: true,
    software: true,
    ingest: true,
    brokers: true,
    stored: true,
    objectStore: true,
    connectorBytes: true,
    connector: true,
    interRegionBytes: true,
    operatorSteps: true,
  })
  .extend({ crossed: z.object({ total: measured, byCause: byCause.partial() }) })
  .loose()

export type RunMeters = Readonly<z.output<typeof runMeters>>
export type Cause = (typeof CAUSES)[number]
/** What was measured of each; a connector's only in runs that have one. */
export type MeasuredByCause = Readonly<z.output<typeof byCause>>
export type ZonePath = Readonly<z.output<typeof zonePath>>
export type ByClient = Readonly<z.output<typeof byClient>>
export type CrossingRatios = Readonly<z.output<typeof crossingRatios>>
export type BrokerUsage = Readonly<z.output<typeof brokerUsage>>
export type StoredBytes = Readonly<z.output<typeof storedBytes>>
export type StoreWay = Readonly<z.output<typeof storeWay>>
export type ObjectStoreUse = Readonly<z.output<typeof objectStoreUse>>
export type ConnectorDelivery = Readonly<z.output<typeof connectorDelivery>>
