import { z } from 'zod'
import { signedDuration } from './units.ts'

/** A time in milliseconds keeps its 13 digits, as `fleet.clocks` has it. */
const FARTHEST_MS = 7300 * 86_400_000
/** Less cannot be told from how long a record waited before it was sent. */
const NEAREST_MS = 60_000

const share = z.number().gt(0).max(1)

const isFarEnough = (ms: number): boolean => Math.abs(ms) >= NEAREST_MS && Math.abs(ms) <= FARTHEST_MS

/** What wrong firmware can do; `does` of a drill’s `bad-firmware`. */
export const firmwareDeeds = z
  .strictObject({
    clock: z
      .union([z.literal('dead'), signedDuration.refine(isFarEnough, 'expected from 1m to 7300d')])
      .optional()
      .describe('How far ahead its clock is, or with a minus behind; dead: it counts from 1970 on.'),
    restartsSequence: z
      .literal(true)
      .optional()
      .describe('It reboots, and counts from 0 again without a new epoch.'),
    repeats: share.optional().describe('Share of its records that it publishes twice, without a word.'),
    malformed: share.optional().describe('Share of its records in whose place it sends bytes that are none.'),
    flood: z.number().min(2).max(100).optional().describe('It sends this many times as often.'),
  })
  .refine(deeds => Object.values(deeds).some(deed => deed !== undefined), 'expected at least one of them')
  .meta({ examples: [{ clock: '-30d', flood: 5 }] })

/** `version2`: it writes the next version of a record, whose `id` is called `recordId`: no consumer of today reads it. */
export type FirmwareDeeds = z.output<typeof firmwareDeeds> & { readonly version2?: true | undefined }

/** How a record of the next version begins. */
export const VERSION_2 = '{"recordId":"'
/** How one of today’s does. */
export const VERSION_1 = '{"id":"'

/** Classes whose records it repeats, floods with and garbles: a malformed record in a compacted topic would take a sound one away. */
export const FIRMWARE_CLASSES = ['telemetry', 'operations', 'integration'] as const
export type FirmwareClass = (typeof FIRMWARE_CLASSES)[number]

/** What a consumer was given in a while. */
export interface StoredReading {
  /** Of these devices, whatever they hold, and of all others. */
  readonly records: number
  readonly othersRecords: number
  /** How many of these devices were heard of. */
  readonly devices: number
  /** Records that are none: of these devices, and of all others. */
  readonly malformed: number
  readonly othersMalformed: number
  /** Of these devices, records of the next version. */
  readonly version2: number
  /** Records that hold what was stored before under their id. */
  readonly repeated: number
  /** Devices that have counted from the start again within an epoch, and are in that epoch still. */
  readonly restarted: number
  /** How far ahead of the time of sending records say that they were made, in ms; negative is behind. null: of none. */
  readonly aheadMs: { readonly least: number; readonly most: number } | null
}
