import { type Observation, REQUESTS_MET } from '../core/observation.ts'
import type { ZoneName } from '../core/topology.ts'
import type { Driver, ObjectStore, ProbeOperation, StoreReply } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'
import { combineEach } from './combine-looks.ts'
import { combineTimed, type Timed } from './timed-reading.ts'

/** By zone: what signed requests of ours over its way to the store saw. */
export type StoreReading = Readonly<Record<ZoneName, StoreLook>>
export type StoreLook = StoreReply & Pick<Timed, 'besideMs' | 'spreadMs' | 'besideSpreadMs'>

export function storeOf(driver: Driver): ObjectStore {
  return required(driver.objectStore, 'objectStore')
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

type Asked = { readonly zones: readonly ZoneName[]; readonly probe: ProbeOperation }

/** The best of `tries`, and past what the fault touches in the same moment; what was not served tells more. */
export async function timeStore(
  driver: Driver,
  id: string,
  { zones, probe }: Asked,
  timeoutMs: number,
  tries: number,
): Promise<StoreAndHits> {
  return askStore(driver, id, zones, async (store, zone) => {
    let best: StoreLook | undefined
    for (let i = 0; i < tries && (best === undefined || isServed(best)); i++) {
      const [reply, beside] = await Promise.all([
        store.request(zone, probe, timeoutMs),
        store.past(zone, probe, timeoutMs),
      ])
      const besideMs = isServed(beside) ? Math.min(beside.ms, best?.besideMs ?? beside.ms) : null
      const kept = best !== undefined && isServed(reply) && best.ms <= reply.ms ? best : reply
      best = { ...kept, besideMs: besideMs ?? best?.besideMs ?? null }
    }
    return best as StoreLook
  })
}

/** Whether anything is served: one of `tries` at once is one too many for an outage, and enough for its healing. */
export async function knockOnStore(
  driver: Driver,
  id: string,
  { zones, probe }: Asked,
  timeoutMs: number,
  tries: number,
): Promise<StoreAndHits> {
  return askStore(driver, id, zones, async (store, zone) => {
    const all = await Promise.all(Array.from({ length: tries }, () => store.request(zone, probe, timeoutMs)))
    return all.find(isServed) ?? (all[0] as StoreReply)
  })
}

async function askStore(
  driver: Driver,
  id: string,
  zones: readonly ZoneName[],
  ask: (store: ObjectStore, zone: ZoneName) => Promise<StoreLook>,
): Promise<StoreAndHits> {
  const store = storeOf(driver)
  const replies = await eachZone(zones, zone => ask(store, zone))
  return { replies, hits: await store.injected(id) }
}

/** Several looks as one: what was not served in each of them was not served. */
export function combineReplies(looks: readonly StoreAndHits[]): StoreAndHits {
  const replies = combineEach(
    looks.map(look => look.replies),
    parts => {
      const missed = parts.find(reply => !isServed(reply))
      const last = parts.at(-1) as StoreLook
      return missed ?? { ...last, ...combineTimed(parts) }
    },
  )
  return { replies, hits: looks.at(-1)?.hits ?? {} }
}

/** A store that answers with an error is not one that answers. */
export const asTimed = (look: StoreLook): Timed => ({
  ...look,
  outcome: isServed(look) || look.outcome !== 'answered' ? look.outcome : 'reset',
})

/** How many requests of the platform met the fault: not the proof, but without any the fault has tested nothing. */
export function describeHits(hits: Readonly<Record<ZoneName, number>>, words: string): Observation[] {
  return Object.entries(hits).map(([zone, count]) => ({
    what: `brokers in ${zone}, ${words}`,
    value: count,
    unit: REQUESTS_MET,
  }))
}
