import { z } from 'zod'
import { signedDuration } from './units.ts'

/**
 * What devices and gateways do besides sending on time: clocks, reboots, and what gateways ask of brokers. Keys of
 * `fleet` in a drill.
 */
const share = z.number().gt(0).max(1)

/** About twenty years: a time in milliseconds keeps its 13 digits, by which kafkajs sorts. */
const FARTHEST_MS = 7300 * 86_400_000

const clocks = z
  .strictObject({
    share: share.describe('Share of the devices whose clock is wrong; at least one device.'),
    offset: signedDuration
      .refine(ms => ms !== 0 && Math.abs(ms) <= FARTHEST_MS, 'expected up to 7300d, and not 0')
      .describe('How far ahead it is, or with a minus how far behind.'),
  })
  .meta({ examples: [{ share: 0.02, offset: '2h' }] })
  .describe(
    'Devices whose clock is wrong. Their records carry it in `at`, and as timestamp where that is theirs.',
  )

export const fleetSettings = {
  timestamps: z
    .enum(['send', 'event'])
    .default('send')
    .describe('The timestamp of a record: when its gateway sent it, or when its device made it.'),
  clocks: clocks.optional(),
  acks: z
    .union([z.literal('all'), z.literal(1)])
    .default('all')
    .describe(
      'Who must have stored a record before it is acknowledged: all in-sync replicas, or the leader.',
    ),
}
