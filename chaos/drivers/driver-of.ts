import { AftershockError } from '../core/errors.ts'
import type { Capability, Driver } from './driver.ts'

/** What a fault of region b may need: whatever else a run has is in region a, or of both. */
export const CLUSTER_CAPABILITIES: ReadonlySet<Capability> = new Set<Capability>([
  'processes',
  'disks',
  'links',
  'settings',
  'objectStore',
])

/** Of the cluster that a fault touches. @param cluster absent: region a, or the only one */
export function driverOf(driver: Driver, cluster: 'b' | undefined): Driver {
  if (cluster === undefined) return driver
  if (!driver.second)
    throw new AftershockError('refused', 'there is no region b whose cluster could be touched', {
      hint: 'add the key regions to the drill',
    })
  return driver.second
}
