import { z } from 'zod'
import { duration, signedDuration } from './units.ts'

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

/** A mean of less would have a device in more epochs than seconds: `aftershock fleet` numbers epochs by the second. */
const SHORTEST_REBOOT_MS = 5000

const reboots = z
  .strictObject({
    at: duration.optional().describe('All of them once, so long after the fleet started.'),
    every: duration
      .refine(ms => ms >= SHORTEST_REBOOT_MS, 'expected at least 5s')
      .optional()
      .describe('The mean time between two reboots of one device.'),
    share: share.default(1).describe('Share of the devices that reboot at all; at least one.'),
    keepsSequence: z
      .boolean()
      .default(false)
      .describe('Whether a device counts on where it was, or from 0 in a new epoch.'),
    resendLast: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'So many records of each topic are published again afterwards, as what they were: on purpose.',
      ),
  })
  .refine(
    ({ at, every }) => (at === undefined) !== (every === undefined),
    'expected exactly one of at, every',
  )
  .meta({ examples: [{ at: '30s', share: 0.5, resendLast: 1 }] })
  .describe('Devices that lose power, and with it their session and their count. What waits in them is kept.')

/** How a device that has lost its session seeks another: keys of `reconnect`, of the fleet and of a fault. */
export const reconnectPolicy = z.strictObject({
  policy: z.enum(['immediate', 'fixed', 'exponential-full-jitter']).default('exponential-full-jitter'),
  baseMs: z.number().int().positive().default(200),
  maxMs: z.number().int().positive().default(10_000),
})

const sessions = z
  .strictObject({
    handshakeMs: z
      .number()
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe('From when a gateway accepts a device until its session is there: TLS and authentication.'),
    maxAcceptPerSecond: z
      .number()
      .positive()
      .max(1_000_000)
      .optional()
      .describe('Sessions that one gateway accepts a second, and refuses beyond. Default: no limit.'),
    refusalCost: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('What refusing a device takes a gateway, as a share of what accepting one takes.'),
  })
  .meta({ examples: [{ handshakeMs: 100, maxAcceptPerSecond: 50 }] })
  .describe(
    'What a session costs a gateway. A device that is refused tries again by its policy. Default: it costs nothing.',
  )

/** How a producer makes a batch smaller; what a record is, and what is counted of it, is the same. */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export const fleetSettings = {
  reconnect: reconnectPolicy.prefault({}),
  sessions: sessions.optional(),
  timestamps: z
    .enum(['send', 'event'])
    .default('send')
    .describe('The timestamp of a record: when its gateway sent it, or when its device made it.'),
  clocks: clocks.optional(),
  reboots: reboots.optional(),
  acks: z
    .union([z.literal('all'), z.literal(1)])
    .default('all')
    .describe(
      'Who must have stored a record before it is acknowledged: all in-sync replicas, or the leader.',
    ),
  idempotent: z
    .boolean()
    .default(false)
    .describe(
      'Whether producers have an id and number their batches, so that brokers know repeats of one producer.',
    ),
  compression: z
    .enum(COMPRESSIONS)
    .default('none')
    .describe(
      'How gateways compress what they send. Bytes that cross links and bytes that brokers keep are smaller then.',
    ),
}

/** Brokers promise an idempotent producer nothing without it, and kafkajs refuses to send. */
export function keepsIdempotence(fleet: { readonly acks: 'all' | 1; readonly idempotent: boolean }): boolean {
  return !fleet.idempotent || fleet.acks === 'all'
}
export const IDEMPOTENCE_BROKEN = {
  path: ['idempotent'],
  message: 'expected acks: all beside idempotent: true',
}
