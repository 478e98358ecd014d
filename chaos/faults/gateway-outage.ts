import { z } from 'zod'
import { reconnectPolicy } from '../core/fleet-settings.ts'
import { ZONES } from '../core/topology.ts'
import { required } from './broker-reading.ts'
import { combineEach } from './combine-looks.ts'
import { chooseGateways } from './select-gateways.ts'
import { defineFault, type TargetBase } from './fault.ts'

const spec = z.strictObject({
  gateways: z
    .union([z.literal('all'), z.strictObject({ zone: z.enum(ZONES) })])
    .describe('Which gateways lose their devices: all, or those of a zone.')
    .meta({ examples: ['all', { zone: 'az-a' }] }),
  reconnect: reconnectPolicy
    .optional()
    .describe('How their devices seek a session from then on. Default: as `fleet.reconnect` says.'),
})

interface Target extends TargetBase {
  readonly gateways: readonly string[]
  readonly reconnect: z.output<typeof reconnectPolicy> | null
}
/** By gateway: what brokers took from it in `LISTEN_MS`, by the kernel's counters, and its open connections. */
type Reading = Readonly<Record<string, { readonly connections: number; readonly bytes: number }>>

const LISTEN_MS = 500
/** A gateway without devices has nothing to send; what is left of its usual traffic would be its client's own. */
const SILENT_SHARE = 0.05

const sends = (bytes: number, usual: number): boolean => bytes > usual * SILENT_SHARE

/**
 * Gateways lose the sessions of all their devices and let nobody in; healed, they let all in at once, as far as they
 * can. Their own connections to brokers stay. Proof: by the kernel's counters nothing is sent over those any more,
 * which only devices feed.
 */
export const gatewayOutage = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'gateway-outage',
  summary: 'Gateways lose all their devices, which come back at once when it is over.',
  deed: 'gateways were without devices',
  dimension: 'device-reconnect-storm',
  needs: ['clients'],
  spec,
  async choose(driver, { gateways: selector, reconnect = null }, random) {
    const target = chooseGateways(required(driver.clients, 'clients').gateways, selector, random)
    const policy = reconnect ? `; devices reconnect ${policyWords(reconnect)}` : ''
    return { ...target, summary: `${target.summary}${policy}`, reconnect }
  },
  inject: (driver, { gateways, reconnect }) =>
    required(driver.clients, 'clients').shut(gateways, reconnect ?? undefined),
  probe: (driver, { gateways }) => required(driver.clients, 'clients').listen(gateways, LISTEN_MS),
  // One that was silent in one of the looks may be silent by itself.
  baseline: looks =>
    combineEach(looks, readings => ({
      connections: Math.min(...readings.map(({ connections }) => connections)),
      bytes: Math.min(...readings.map(({ bytes }) => bytes)),
    })),
  doubt(before) {
    const silent = Object.entries(before).filter(([, { bytes }]) => bytes === 0)
    if (silent.length === 0) return null
    const names = silent.map(([name]) => name).join(', ')
    return `${names} sent nothing for ${LISTEN_MS} ms while nothing was broken: with more devices, silence would show an outage`
  },
  isEffective: (now, before) =>
    Object.entries(now).every(([name, { connections, bytes }]) => {
      const usual = before[name]?.bytes ?? 0
      // Without a connection it is the gateway that is gone, or its brokers.
      return connections > 0 && usual > 0 && !sends(bytes, usual)
    }),
  heal: (driver, { gateways }) => required(driver.clients, 'clients').reopen(gateways),
  isHealed: (now, before) =>
    Object.entries(now).every(([name, { bytes }]) => sends(bytes, before[name]?.bytes ?? 0)),
  describe: (now, before, _target, when) =>
    Object.entries(now).map(([name, { bytes }]) => ({
      what: `bytes that brokers took from ${name} in ${LISTEN_MS} ms`,
      value: bytes,
      unit: 'B',
      ...(when !== 'before' && {
        limit: `${when === 'during' ? 'at most' : 'above'} ${Math.floor((before[name]?.bytes ?? 0) * SILENT_SHARE)} B`,
      }),
    })),
})

function policyWords({ policy, baseMs, maxMs }: z.output<typeof reconnectPolicy>): string {
  if (policy === 'immediate') return 'at once'
  if (policy === 'fixed') return `every ${baseMs} ms`
  return `with full jitter, ${baseMs} ms doubled up to ${maxMs} ms`
}
