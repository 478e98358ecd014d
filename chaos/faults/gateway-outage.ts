import { z } from 'zod'
import { reconnectPolicy } from '../core/fleet-settings.ts'
import { ZONES } from '../core/topology.ts'
import type { GatewayTraffic } from '../core/gateway-traffic.ts'
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
type Reading = Readonly<Record<string, GatewayTraffic>>

const LISTEN_MS = 500
/** Of what a gateway's records take: less may be what TLS adds to other requests. */
const SILENT_SHARE = 0.05

/** What the kernel counted, less what requests without records explain of it. */
const bytesOfRecords = ({ bytes, otherBytes }: GatewayTraffic): number => Math.max(0, bytes - otherBytes)

const sends = (now: GatewayTraffic, before: GatewayTraffic | undefined): boolean =>
  bytesOfRecords(now) > (before ? bytesOfRecords(before) : 0) * SILENT_SHARE

/**
 * Gateways lose the sessions of all their devices and let nobody in; healed, they let all in at once, as far as they
 * can. Their own connections to brokers stay. Proof: no device has a session, no request with records is written to those
 * connections, and the kernel counts no more on them than the requests without records that were: a client asks for
 * metadata also when nobody feeds it.
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
    combineEach(looks, readings => {
      const least = (of: (one: GatewayTraffic) => number) => Math.min(...readings.map(of))
      return {
        connections: least(({ connections }) => connections),
        bytes: least(bytesOfRecords),
        otherBytes: 0,
        requestsWithRecords: least(({ requestsWithRecords }) => requestsWithRecords),
        sessions: least(({ sessions }) => sessions),
      }
    }),
  doubt(before) {
    const names = (is: (one: GatewayTraffic) => boolean) =>
      Object.entries(before)
        .filter(([, one]) => is(one))
        .map(([name]) => name)
        .join(', ')
    const empty = names(({ sessions }) => sessions === 0)
    if (empty !== '') return `no device had a session with ${empty} while nothing was broken`
    const silent = names(one => one.bytes === 0 || one.requestsWithRecords === 0)
    return silent === ''
      ? null
      : `${silent} sent no record for ${LISTEN_MS} ms while nothing was broken: with more devices, silence would show an outage`
  },
  isEffective: (now, before) =>
    Object.entries(now).every(([name, one]) => {
      const usual = before[name]
      // Without a connection it is the gateway that is gone, or its brokers; with sessions it is brokers that take nothing.
      return (
        one.connections > 0 &&
        one.sessions === 0 &&
        one.requestsWithRecords === 0 &&
        usual !== undefined &&
        usual.bytes > 0 &&
        !sends(one, usual)
      )
    }),
  heal: (driver, { gateways }) => required(driver.clients, 'clients').reopen(gateways),
  isHealed: (now, before) =>
    Object.entries(now).every(
      ([name, one]) => one.sessions > 0 && one.requestsWithRecords > 0 && sends(one, before[name]),
    ),
  describe(now, before, _target, when) {
    const sum = (of: (one: GatewayTraffic) => number) =>
      Object.values(now).reduce((all, one) => all + of(one), 0)
    return [
      ...Object.entries(now).map(([name, one]) => ({
        what: `bytes of records that brokers took from ${name} in ${LISTEN_MS} ms`,
        value: bytesOfRecords(one),
        unit: 'B',
        ...(when !== 'before' && {
          limit: `${when === 'during' ? 'at most' : 'above'} ${Math.floor((before[name]?.bytes ?? 0) * SILENT_SHARE)} B`,
        }),
      })),
      {
        what: 'requests with records that these gateways wrote meanwhile',
        value: sum(({ requestsWithRecords }) => requestsWithRecords),
        ...(when !== 'before' && { limit: when === 'during' ? 'at most 0' : 'above 0' }),
      },
      {
        what: 'devices that have a session with them',
        value: sum(({ sessions }) => sessions),
        ...(when !== 'before' && { limit: when === 'during' ? 'at most 0' : 'above 0' }),
      },
      {
        what: 'bytes of their other requests: metadata, logins, versions',
        value: sum(({ otherBytes }) => otherBytes),
        unit: 'B',
      },
    ]
  },
})

function policyWords({ policy, baseMs, maxMs }: z.output<typeof reconnectPolicy>): string {
  if (policy === 'immediate') return 'at once'
  if (policy === 'fixed') return `every ${baseMs} ms`
  return `with full jitter, ${baseMs} ms doubled up to ${maxMs} ms`
}
