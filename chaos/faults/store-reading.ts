import { type Observation, REQUESTS_MET } from '../core/journal-events.ts'
import type { ZoneName } from '../core/topology.ts'
import type { Driver, ObjectStore, ProbeOperation, StoreReply } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'

/** By zone: what one signed request of ours over its way to the store saw. */
export type StoreReading = Readonly<Record<ZoneName, StoreReply>>

export function storeOf(driver: Driver): ObjectStore {
  return required(driver.objectStore, 'objectStore')
}

/** The best of `tries`: on a busy machine the slowest says more about the machine than about the store. */
export async function readStore(
  driver: Driver,
  zones: readonly ZoneName[],
  operation: ProbeOperation,
  timeoutMs: number,
  tries = 1,
): Promise<StoreReading> {
  return eachZone(zones, async zone => {
    let best = await storeOf(driver).request(zone, operation, timeoutMs)
    for (let i = 1; i < tries && isServed(best); i++) {
      const next = await storeOf(driver).request(zone, operation, timeoutMs)
      if (!isServed(next) || next.ms < best.ms) best = next
    }
    return best
  })
}

export async function eachZone<T>(
  zones: readonly ZoneName[],
  read: (zone: ZoneName) => Promise<T>,
): Promise<Record<ZoneName, T>> {
  return Object.fromEntries(await Promise.all(zones.map(async zone => [zone, await read(zone)] as const)))
}

/** The store itself answered a request that it knows as ours; that our object is not there is such an answer. */
export const isServed = ({ outcome, status }: StoreReply): boolean =>
  outcome === 'answered' && status !== null && (status < 300 || status === 404)

/** What was served before is served again; what was not, another fault had taken away. */
export const allServedAgain = (now: StoreReading, before: StoreReading): boolean =>
  Object.entries(now).every(([zone, reply]) => {
    const earlier = before[zone]
    return isServed(reply) || (earlier !== undefined && !isServed(earlier))
  })

export function describeReplies(reading: StoreReading, operation: ProbeOperation): Observation[] {
  return Object.entries(reading).map(([zone, reply]) => {
    const what = `${operation} from ${zone}`
    return isServed(reply)
      ? { what, value: Math.round(reply.ms * 10) / 10, unit: 'ms' }
      : { what, value: reply.outcome === 'answered' ? wordsOf(reply) : reply.outcome }
  })
}

const wordsOf = ({ status, code }: StoreReply): string => [status, code].filter(Boolean).join(' ')

/** What our own requests were answered: the proof. `hits`: how many of the brokers' met the fault, beside it. */
export interface StoreAndHits {
  readonly replies: StoreReading
  readonly hits: Readonly<Record<ZoneName, number>>
}

export async function readStoreAndHits(
  driver: Driver,
  id: string,
  { zones, probe }: { readonly zones: readonly ZoneName[]; readonly probe: ProbeOperation },
  timeoutMs: number,
  tries = 1,
): Promise<StoreAndHits> {
  const replies = await readStore(driver, zones, probe, timeoutMs, tries)
  return { replies, hits: await storeOf(driver).injected(id) }
}

/** How many requests of the platform met the fault: not the proof, but without any the fault has tested nothing. */
export function describeHits(hits: Readonly<Record<ZoneName, number>>, words: string): Observation[] {
  return Object.entries(hits).map(([zone, count]) => ({
    what: `brokers in ${zone}, ${words}`,
    value: count,
    unit: REQUESTS_MET,
  }))
}
