import { z } from 'zod'
import { ZONES } from '../core/topology.ts'
import { required } from './broker-reading.ts'
import { defineFault, type TargetBase } from './fault.ts'
import { combineEach } from './combine-looks.ts'
import { chooseGateways } from './select-gateways.ts'

const spec = z.strictObject({
  gateways: z
    .union([
      z.literal('all'),
      z.strictObject({ zone: z.enum(ZONES) }),
      z.strictObject({ count: z.number().int().positive() }),
      z.strictObject({ share: z.number().gt(0).max(1) }),
    ])
    .describe('Which gateways die: all, those of a zone, a number or a share of them drawn at random.')
    .meta({ examples: [{ zone: 'az-a' }] }),
})

interface Target extends TargetBase {
  readonly gateways: readonly string[]
}
/** By gateway: its established connections, as the kernel lists them. */
type Reading = Readonly<Record<string, number>>

/**
 * Gateways die without closing anything; their devices notice, buffer, and come back by their policy when the
 * gateways do. Proof: the kernel's table of connections has none of theirs.
 */
export const clientsCrash = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'clients-crash',
  summary: 'Gateways die without closing; their devices reconnect when they return.',
  deed: 'gateways crashed',
  dimension: 'device-reconnect-storm',
  needs: ['clients'],
  spec,
  choose: async (driver, { gateways }, random) =>
    chooseGateways(required(driver.clients, 'clients').gateways, gateways, random),
  inject: (driver, { gateways }) => required(driver.clients, 'clients').crash(gateways),
  async probe(driver, { gateways }) {
    const clients = required(driver.clients, 'clients')
    const seen = gateways.map(
      async name => [name, (await clients.look(name)).establishedConnections] as const,
    )
    return Object.fromEntries(await Promise.all(seen))
  },
  // A gateway that had none in one of the looks loses and finds its connections by itself.
  baseline: looks => combineEach(looks, counts => Math.min(...counts)),
  isEffective: (now, before) =>
    Object.entries(now).every(([name, count]) => count === 0 && (before[name] ?? 0) > 0),
  heal: (driver, { gateways }) => required(driver.clients, 'clients').restart(gateways),
  isHealed: now => Object.values(now).every(count => count > 0),
  describe: now =>
    Object.entries(now).map(([name, count]) => ({ what: `connections of ${name} to brokers`, value: count })),
})
