import { z } from 'zod'

/**
 * Those who log in to a lab. `operator` may do everything; `replay` and `replay-2` may read nothing that nobody approved;
 * `repair` is the job that reads what sinks put aside and publishes it again.
 */
export const CLIENT_PRINCIPALS = [
  'device',
  'connector',
  'processor',
  'repair',
  'replay',
  'replay-2',
  'operator',
] as const
export type ClientPrincipal = (typeof CLIENT_PRINCIPALS)[number]

/** Whom brokers let in: `security` of a drill. */
export const securitySchema = z
  .strictObject({
    authorizer: z
      .literal(true)
      .describe('Clients log in with SCRAM-SHA-512, and brokers refuse whom no rule names.'),
    alsoMayRead: z
      .partialRecord(z.enum(CLIENT_PRINCIPALS), z.array(z.string().min(1)).min(1))
      .default({})
      .describe(
        'Standing rights to read beyond those of the roles: what an audit of rights should have found.',
      )
      .meta({ examples: [{ replay: ['telemetry'] }] }),
  })
  .describe('Brokers with an authorizer, and a login for each role. Default: every client is let in.')
  .meta({ examples: [{ authorizer: true }] })

export type SecuritySpec = z.output<typeof securitySchema>
