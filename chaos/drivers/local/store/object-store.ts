import type { Clock } from '../../../core/clock.ts'
import { type Link, storeLink, type ZoneName } from '../../../core/topology.ts'
import type { Links, ObjectStore } from '../../driver.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { storeControl } from './store-control.ts'
import { askStore, type StoreCredentials } from './store-probe.ts'
import { StoreTries } from './store-tries.ts'

/**
 * The lab's object store as zones reach it: throttling, delays and errors are the S3 proxy's, cuts are made on the
 * links before it, and requests of our own take the same way as those of a broker. What a cut keeps from the proxy
 * the kernel counts.
 */
export function labObjectStore(
  layout: LabLayout,
  credentials: StoreCredentials,
  links: Links,
  clock: Clock,
): ObjectStore {
  const control = storeControl(layout.storeControl)
  const tries = new StoreTries(
    Object.fromEntries(layout.topology.zones.map(zone => [zone, layout.addressOf(storeLink(zone)).host])),
    clock,
  )
  const linksOf = (zones: readonly ZoneName[]): Link[] => zones.map(storeLink)
  return {
    throttle: (zones, tag, { share, operations }) =>
      control.put(zones, tag, { kind: 'throttle', share, operations: mutable(operations) }),
    delay: (zones, tag, { delayMs, operations }) =>
      control.put(zones, tag, { kind: 'delay', delayMs, operations: mutable(operations) }),
    failNext: (zones, tag, { count, status, operations }) =>
      control.put(zones, tag, { kind: 'fail', count, status, operations: mutable(operations) }),
    async cut(zones, tag, spec) {
      await tries.begin(tag, zones, spec.mode)
      await links.cut(linksOf(zones), tag, spec)
      await tries.cut(tag)
    },
    async clear(zones, tag) {
      await tries.end(tag)
      await control.clear(zones, tag)
      await links.clear(linksOf(zones), tag)
    },
    request(zone, operation, timeoutMs) {
      tries.ours(zone)
      return askStore(layout.addressOf(storeLink(zone)), credentials, zone, operation, timeoutMs, clock)
    },
    past: (zone, operation, timeoutMs) =>
      askStore(layout.storeAddress, credentials, `${zone}-past`, operation, timeoutMs, clock),
    injected: async tag => ({ ...(await control.injected(tag)), ...tries.counts(tag) }),
  }
}

const mutable = <T>(operations: readonly T[] | 'all'): T[] | 'all' =>
  operations === 'all' ? 'all' : [...operations]
