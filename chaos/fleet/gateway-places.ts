import type { FleetSpec } from '../core/drill.ts'
import type { Topology } from '../core/topology.ts'

/**
 * `gw-az-a-1`, `gw-az-b-1`, ..., then `gw-az-a-2`: neighbours in the list are in different zones. `before`: how many
 * gateways of each zone come before, in other shards of the fleet.
 */
export function gatewayPlaces(
  spec: FleetSpec,
  topology: Pick<Topology, 'zones'>,
  before = 0,
): { name: string; zone: string }[] {
  return Array.from({ length: spec.gatewaysPerZone }, (_, i) =>
    topology.zones.map(zone => ({ name: `gw-${zone}-${before + i + 1}`, zone })),
  ).flat()
}
