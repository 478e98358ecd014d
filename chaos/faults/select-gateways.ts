import { AftershockError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { Clients } from '../drivers/driver.ts'
import type { TargetBase } from './fault.ts'

/** `count` and `share` are drawn at random. */
export type GatewaySelector =
  | 'all'
  | { readonly zone: string }
  | { readonly count: number }
  | { readonly share: number }

/** @throws AftershockError `refused` when nothing fits, or there are fewer than asked for. */
export function chooseGateways(
  all: Clients['gateways'],
  selector: GatewaySelector,
  random: Random,
): TargetBase & { readonly gateways: readonly string[] } {
  const draw = (count: number) => random.sample(all, count)
  const chosen =
    selector === 'all'
      ? all
      : 'zone' in selector
        ? all.filter(gateway => gateway.zone === selector.zone)
        : draw('count' in selector ? selector.count : Math.max(1, Math.round(all.length * selector.share)))
  if (typeof selector === 'object' && 'count' in selector && selector.count > all.length)
    throw new AftershockError(
      'refused',
      `there are ${all.length} gateways, and ${selector.count} are asked for`,
      { hint: 'look at `gateways`, or give the fleet more of them' },
    )
  if (chosen.length === 0)
    throw new AftershockError('refused', 'no gateway fits', { hint: 'look at the zone in `gateways`' })
  return {
    summary: `gateways ${chosen.map(gateway => gateway.name).join(', ')}`,
    zones: [...new Set(chosen.map(gateway => gateway.zone))],
    nodes: [],
    links: [],
    gateways: chosen.map(gateway => gateway.name),
  }
}
