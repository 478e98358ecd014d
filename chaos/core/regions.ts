import { z } from 'zod'
import { gatesFor } from './bound-gates.ts'

/** How consumers find their place in the second region: by offsets that the mirror translated, or by the same numbers. */
export const OFFSET_WAYS = ['translated', 'copied'] as const

/** How rules of an authorizer come to region b. */
export const ACCESS_WAYS = ['carried', 'synced'] as const

const mirror = z
  .strictObject({
    policy: z
      .enum(['identity', 'default'])
      .default('identity')
      .describe(
        'identity: a topic has the same name in both regions; default: what is mirrored is called `a.<topic>` there.',
      ),
    emitCheckpoints: z
      .boolean()
      .default(true)
      .describe('emit.checkpoints.enabled: whether offsets of groups are translated at all.'),
    syncGroupOffsets: z
      .boolean()
      .default(true)
      .describe(
        'sync.group.offsets.enabled: whether translated offsets become those of the group in region b.',
      ),
    intervalSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(5)
      .describe(
        'emit.checkpoints.interval.seconds and sync.group.offsets.interval.seconds. Kafka has 60; a drill of minutes needs less.',
      ),
    offsetLagMax: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(100)
      .describe('offset.lag.max: how far a translated offset may be behind. As Kafka has it.'),
    refreshSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(10)
      .describe('refresh.topics.interval.seconds and refresh.groups.interval.seconds. Kafka has 600.'),
    syncConfigs: z.boolean().default(true).describe('sync.topic.configs.enabled.'),
    syncAcls: z.boolean().default(false).describe('sync.topic.acls.enabled; it needs an authorizer.'),
    exactlyOnce: z
      .boolean()
      .default(true)
      .describe(
        'exactly.once.source.support of its worker: without it, a mirror that is killed copies again.',
      ),
    tasks: z.int().min(1).max(8).default(1).describe('tasks.max of the source connector.'),
  })
  .prefault({})
  .describe('MirrorMaker 2 from region a to region b, as Connect runs it.')

const link = z
  .strictObject({
    delayMs: z.int().min(0).max(2000).default(20).describe('Added to a round trip between the regions.'),
    jitterMs: z.int().min(0).max(1000).default(0),
    bytesPerSecond: z
      .int()
      .min(1000)
      .optional()
      .describe(
        'Of each connection between the regions, in either direction. Default: as wide as the machine.',
      ),
  })
  .prefault({})

/** Whether the stateful processor goes to region b with its devices, and what it has there. */
export const PROCESSOR_WAYS = ['stays', 'rebuilt', 'fresh'] as const

/** Whether sinks go to region b with their devices, in a fail-over or a migration, and where they begin there. */
export const CONNECTOR_WAYS = ['stays', 'translated', 'untranslated'] as const

const failOver = z
  .strictObject({
    processor: z
      .enum(PROCESSOR_WAYS)
      .default('stays')
      .describe(
        'stays: it is lost with region a; rebuilt: its state, its commands and their acknowledgements are mirrored, and it goes on in region b from the offsets that were translated; fresh: it begins there with nothing, which is a mistake.',
      ),
    connectors: z
      .enum(CONNECTOR_WAYS)
      .default('stays')
      .describe(
        'Of a fail-over, or of a migration that nobody takes back. stays: workers, sinks and sources are left in region a; translated: a worker begins in region b, each sink goes on at the offsets that the mirror translated for its group, and each source at the first row that region b has no record of; untranslated: the mirror leaves groups of Connect out, as MirrorMaker does unless it is told otherwise (`groups.exclude`), sinks begin at the oldest record and sources at the first row: a mistake.',
      ),
  })
  .prefault({})
  .describe('Who goes to region b in a fail-over beside devices and consumers.')

/** A second cluster, and a mirror into it. Keys of `regions` in a drill. */
export const regionsSchema = z
  .strictObject({
    brokers: z
      .union([z.literal(1), z.literal(3)])
      .default(1)
      .describe('Of region b. Region a has three.'),
    platform: z
      .enum(['kafka', 'kafka-tiered', 'automq'])
      .optional()
      .describe('Of region b. Default: that of region a, which the drill is run on.'),
    link: link.describe('Between the regions.'),
    mirror,
    wayBack: z
      .boolean()
      .default(false)
      .describe(
        'Whether a mirror may copy from region b back into region a: `fail-back` and `roll-back` need it, and a second worker beside the first.',
      ),
    bothWays: z
      .boolean()
      .default(false)
      .describe(
        'Whether a mirror copies back from the beginning on, while the other copies there. With the same names in both regions (`policy: identity`) each copies what the other has copied, for ever: which is a mistake.',
      ),
    offsets: z
      .enum(OFFSET_WAYS)
      .default('translated')
      .describe(
        'Where consumers begin in region b. translated: at what the mirror made of their offsets; copied: at the same numbers, which is a mistake.',
      ),
    access: z
      .enum(ACCESS_WAYS)
      .default('carried')
      .describe(
        'Where brokers have an authorizer: how its rules come to region b. carried: all of them are made there when the run begins, as whoever makes them from files does in both; synced: by the mirror alone (`syncAcls`), which takes those of topics by their whole names, never the right to write, and no rule of a group, a transactional id or a prefix: a mistake.',
      ),
    failOver,
    bounds: z
      .strictObject({
        lossAtMost: z
          .int()
          .min(0)
          .optional()
          .describe('Records that region a had acknowledged and region b lacks.'),
        lossSecondsAtMost: z.number().min(0).optional().describe('The recovery point, in seconds.'),
        repeatsAtMost: z.int().min(0).optional().describe('Records that region b has more than once.'),
        rereadAtMost: z
          .int()
          .min(0)
          .optional()
          .describe('Records that consumers had committed and are given again.'),
        skippedAtMost: z
          .int()
          .min(0)
          .optional()
          .describe(
            'Records that consumers had not committed and are not given in region b. Default: 0 where the drill fails over.',
          ),
        minutesAtMost: z
          .number()
          .positive()
          .optional()
          .describe('From the loss of the region until devices and consumers are at work in the other one.'),
        checkpointSecondsAtMost: z
          .number()
          .min(0)
          .optional()
          .describe('By how much the newest checkpoint was behind the newest commit.'),
      })
      .prefault({})
      .describe('What is promised. Each is a gate, and a failure names the step that broke it.'),
  })
  .describe(
    'A second, smaller cluster in a region of its own, and MirrorMaker 2 into it, for as long as the run lasts.',
  )
  .meta({ examples: [{ bounds: { lossAtMost: 500, minutesAtMost: 1 } }] })

export type RegionsSpec = z.output<typeof regionsSchema>
export type MirrorSpec = RegionsSpec['mirror']
export type RegionName = 'a' | 'b'

/** Actions that take devices and consumers to another region, and where that is. */
export const REGION_MOVES = {
  'fail-over': 'b',
  migrate: 'b',
  'fail-back': 'a',
  'roll-back': 'a',
} as const satisfies Readonly<Record<string, RegionName>>
export type RegionMove = keyof typeof REGION_MOVES
export const isRegionMove = (kind: string): kind is RegionMove => Object.hasOwn(REGION_MOVES, kind)

export type RegionBounds = RegionsSpec['bounds']

/** Which bound is which gate. */
export const BOUND_GATES = {
  lossAtMost: ['region-lost-records', 1],
  lossSecondsAtMost: ['region-lost-seconds', 1],
  repeatsAtMost: ['region-repeated-records', 1],
  rereadAtMost: ['region-reread-records', 1],
  skippedAtMost: ['region-skipped-records', 1],
  minutesAtMost: ['region-recovery-seconds', 60],
  checkpointSecondsAtMost: ['region-checkpoint-seconds', 1],
} as const satisfies Readonly<Record<keyof RegionBounds, readonly [gate: string, perUnit: number]>>

/**
 * What a drill promises of its regions, as gates. Whoever fails over may pass nothing over, unless the drill says
 * otherwise; where nobody does, nobody looks for offsets.
 */
export function gatesOfBounds(given: RegionBounds, failsOver: boolean): ReturnType<typeof gatesFor> {
  return gatesFor(BOUND_GATES, { ...(failsOver && { skippedAtMost: 0 }), ...given })
}

/** What a topic of region a is called in region b. */
export const mirroredName = (policy: MirrorSpec['policy'], topic: string): string =>
  policy === 'identity' ? topic : `a.${topic}`
