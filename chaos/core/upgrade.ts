import { z } from 'zod'
import { gatesFor } from './bound-gates.ts'

/** A second release of the platform, and what changing to it and back may cost. Keys of `upgrade` in a drill. */
export const upgradeSchema = z
  .strictObject({
    to: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, 'expected a release, such as 4.4.0')
      .describe('The release that brokers are upgraded to, from the one that the platform has.')
      .meta({ examples: ['4.4.0'] }),
    bounds: z
      .strictObject({
        lossAtMost: z
          .int()
          .min(0)
          .optional()
          .describe('Acknowledged records that are not stored, of those sent from the first step on.'),
        repeatsAtMost: z
          .int()
          .min(0)
          .optional()
          .describe('Copies of a record beyond the first, of those sent from the first step on.'),
        unavailableSecondsAtMost: z
          .number()
          .min(0)
          .optional()
          .describe('Without service on the worst partition, in each step.'),
        stepSecondsAtMost: z.number().positive().optional().describe('How long each step may take.'),
        minutesAtMost: z
          .number()
          .positive()
          .optional()
          .describe('How long all steps of one action may take together.'),
      })
      .prefault({})
      .describe('What is promised. Each is a gate, and a failure names the step that broke it.'),
  })
  .describe(
    'Another release of the platform, which `rolling-upgrade` goes to and `downgrade` comes back from.',
  )
  .meta({ examples: [{ to: '4.4.0', bounds: { lossAtMost: 0, unavailableSecondsAtMost: 5 } }] })

export type UpgradeSpec = z.output<typeof upgradeSchema>
export type UpgradeBounds = UpgradeSpec['bounds']

/** Actions that change what a cluster runs, in the only order in which they can be taken. */
export const RELEASE_MOVES = ['rolling-upgrade', 'finalize', 'downgrade'] as const
export type ReleaseMove = (typeof RELEASE_MOVES)[number]
export const isReleaseMove = (kind: string): kind is ReleaseMove => RELEASE_MOVES.some(move => move === kind)

/** Which bound is which gate. */
export const UPGRADE_GATES = {
  lossAtMost: ['upgrade-lost-records', 1],
  repeatsAtMost: ['upgrade-repeated-records', 1],
  unavailableSecondsAtMost: ['upgrade-unavailable-seconds', 1],
  stepSecondsAtMost: ['upgrade-step-seconds', 1],
  minutesAtMost: ['upgrade-action-seconds', 60],
} as const satisfies Readonly<Record<keyof UpgradeBounds, readonly [gate: string, perUnit: number]>>

/** What a drill promises of an upgrade, as gates. */
export const gatesOfUpgrade = (bounds: UpgradeBounds): ReturnType<typeof gatesFor> =>
  gatesFor(UPGRADE_GATES, bounds)

/** The feature whose level says how brokers write what they all share: once it is raised, an older release may not read it. */
export const METADATA_VERSION = 'metadata.version'
/** How a cluster keeps its quorum, by files or by its own log: no matter of a release, and Kafka never takes it back. */
export const KRAFT_VERSION = 'kraft.version'
