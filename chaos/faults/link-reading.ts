import type { Observation } from '../core/observation.ts'
import { type Link, linkId, type LinkId } from '../core/topology.ts'
import type { Driver, Links, RoundTrip } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'
import { combineEach } from './combine-looks.ts'
import type { Means, Moment } from './fault.ts'
import {
  combineTimed,
  doubtOf,
  effectFloorMs,
  healedCeilingMs,
  limitOf,
  round,
  type Timed,
} from './timed-reading.ts'

export interface LinkLook extends Timed {
  /** The same over a connection that was open before the fault. */
  readonly old?: RoundTrip
}
/** By link: what one request over it saw. */
export type LinkReading = Readonly<Record<LinkId, LinkLook>>

export function linksOf(driver: Driver): Links {
  return required(driver.links, 'links')
}

interface Question {
  /** 0: a small request. */
  readonly bytes: number
  readonly timeoutMs: number
  readonly tries: number
  readonly means?: Means | undefined
}

/** Links that are asked at once: more of them would time each other. */
const AT_ONCE = 4

/** The best of `tries` over each link, on new connections and on the held one, and past the link in the same moment. */
export async function timeLinks(
  driver: Driver,
  targets: readonly Link[],
  question: Question,
): Promise<LinkReading> {
  const links = linksOf(driver)
  const { bytes, timeoutMs, tries, means } = question
  const asked = tries * (means?.effort ?? 1)
  return readInTurn(targets, async link => {
    let best: LinkLook | undefined
    let lost = 0
    for (let i = 0; i < asked && lost < 2; i++) {
      const [trip, beside, old] = await Promise.all([
        bytes === 0 ? links.roundTrip(link, timeoutMs) : links.transfer(link, bytes, timeoutMs),
        links.past(link, bytes, timeoutMs),
        means?.held?.ask(links, link, bytes, timeoutMs),
      ])
      if (trip.outcome !== 'answered') lost++
      best = better(best, {
        ...trip,
        besideMs: beside.outcome === 'answered' ? beside.ms : null,
        ...(old && { old }),
      })
    }
    return best as LinkLook
  })
}

/** Each part's best; what was not answered is worse than what was, and a lost question is no news of time. */
function better(a: LinkLook | undefined, b: LinkLook): LinkLook {
  if (a === undefined) return b
  const beside = [a.besideMs, b.besideMs].filter(ms => ms !== null && ms !== undefined)
  const old = a.old && b.old ? faster(a.old, b.old) : (a.old ?? b.old)
  return {
    ...faster(a, b),
    besideMs: beside.length > 0 ? Math.min(...beside) : null,
    ...(old && { old }),
  }
}

function faster<T extends RoundTrip>(a: T, b: T): T {
  if (a.outcome !== 'answered' || b.outcome !== 'answered') return a.outcome === 'answered' ? a : b
  return b.ms < a.ms ? b : a
}

/**
 * Whether anything gets over each link: one answer of several questions at once, or of the held connection, is one
 * too many for a cut, and enough for its healing.
 */
export async function knockOnLinks(
  driver: Driver,
  targets: readonly Link[],
  { timeoutMs, tries, means }: Omit<Question, 'bytes'>,
): Promise<LinkReading> {
  const links = linksOf(driver)
  return readEach(targets, async link => {
    const [beside, old, first, ...more] = await Promise.all([
      links.past(link, 0, timeoutMs),
      means?.held?.ask(links, link, 0, timeoutMs),
      links.roundTrip(link, timeoutMs),
      ...Array.from({ length: tries - 1 }, () => links.roundTrip(link, timeoutMs)),
    ])
    const trip = more.find(({ outcome }) => outcome === 'answered') ?? first
    return { ...trip, besideMs: beside.outcome === 'answered' ? beside.ms : null, ...(old && { old }) }
  })
}

async function readInTurn<T>(
  links: readonly Link[],
  read: (link: Link) => Promise<T>,
): Promise<Record<LinkId, T>> {
  const all: Record<LinkId, T> = {}
  for (let i = 0; i < links.length; i += AT_ONCE)
    Object.assign(all, await readEach(links.slice(i, i + AT_ONCE), read))
  return all
}

export async function readEach<T>(
  links: readonly Link[],
  read: (link: Link) => Promise<T>,
): Promise<Record<LinkId, T>> {
  return Object.fromEntries(
    await Promise.all(links.map(async link => [linkId(link), await read(link)] as const)),
  )
}

/** Several looks as one, with what each link's own looks differ by. */
export function combineLinks(looks: readonly LinkReading[]): LinkReading {
  return combineEach(looks, parts => {
    const old = parts.map(part => part.old)
    const held = old.every(trip => trip !== undefined) ? combineTimed(old) : undefined
    return {
      ...combineTimed(parts),
      ...(held && { old: { outcome: held.outcome, ms: held.ms } }),
    }
  })
}

/** What nobody answered over before cannot be seen to break; where some was answered, that will be the proof. */
export const doubtOfAnswers = (reading: LinkReading): string | null =>
  Object.values(reading).some(({ outcome }) => outcome === 'answered')
    ? null
    : `nothing was answered before: ${Object.entries(reading)
        .map(([link, { outcome }]) => `${link} was ${outcome}`)
        .join(', ')}`

const before = (reading: LinkReading, link: string): LinkLook | undefined => reading[link as LinkId]

/** By how many milliseconds a link's time is to grow; it may depend on what it was. */
export type AddedMs = (before: LinkLook) => number

export function doubtOfLinks(reading: LinkReading, what: string, addedMs: AddedMs): string | null {
  for (const [link, look] of Object.entries(reading)) {
    const doubt = doubtOf(`${what} ${link}`, look, addedMs(look))
    if (doubt !== null) return doubt
  }
  return null
}

/** On every link, for new connections and for the one that was open before. */
export const allSlower = (now: LinkReading, earlier: LinkReading, addedMs: AddedMs): boolean =>
  Object.entries(now).every(([link, look]) => {
    const was = before(earlier, link)
    if (was?.outcome !== 'answered' || look.outcome !== 'answered') return false
    const floor = effectFloorMs(look, was, addedMs(was))
    const isOldFast = look.old?.outcome === 'answered' && look.old.ms < floor
    return look.ms >= floor && !isOldFast
  })

export const allAsFastAgain = (now: LinkReading, earlier: LinkReading, addedMs: AddedMs): boolean =>
  Object.entries(now).every(([link, look]) => {
    const was = before(earlier, link)
    if (look.outcome !== 'answered') return false
    return was === undefined || look.ms < healedCeilingMs(look, was, addedMs(was))
  })

/** What answered before answers again; what did not, another fault had taken away. */
export const allAnsweredAgain = (now: LinkReading, earlier: LinkReading): boolean =>
  Object.entries(now).every(([link, trip]) => {
    const was = before(earlier, link)
    return trip.outcome === 'answered' || (was !== undefined && was.outcome !== 'answered')
  })

/** Behind a link is nobody who would answer, as there was before: the same is seen past the link. */
export const isSomebodyAway = (now: LinkReading, earlier: LinkReading): boolean =>
  Object.entries(now).some(
    ([link, look]) =>
      look.outcome !== 'answered' && look.besideMs === null && before(earlier, link)?.outcome === 'answered',
  )

export function describeTimes(
  now: LinkReading,
  earlier: LinkReading,
  when: Moment,
  { what, addedMs }: { readonly what: string; readonly addedMs: AddedMs },
): Observation[] {
  return Object.entries(now).flatMap(([link, look]) => {
    const was = before(earlier, link)
    const limit = was?.outcome === 'answered' ? limitOf(look, was, when, addedMs(was)) : {}
    return [
      { ...observed(`${what} ${link}`, look), ...limit },
      ...(look.old ? [observed(`${what} ${link}, on a connection from before`, look.old)] : []),
    ]
  })
}

const observed = (what: string, { outcome, ms }: RoundTrip): Observation =>
  outcome === 'answered' ? { what, value: round(ms), unit: 'ms' } : { what, value: outcome }

export function describeAnswers(now: LinkReading): Observation[] {
  return Object.entries(now).flatMap(([link, look]) => [
    observed(`round trip ${link}`, look),
    ...(look.old ? [observed(`round trip ${link}, on a connection from before`, look.old)] : []),
  ])
}

/** Whether nothing passes any of these links, on connections of before neither, and their brokers are still seen past them. */
export function isCutOff(now: LinkReading, earlier: LinkReading, mode: 'silent' | 'refuse'): boolean {
  return Object.entries(now).every(([link, trip]) => {
    const previous = earlier[link as keyof LinkReading]
    return (
      trip.outcome === (mode === 'silent' ? 'silent' : 'refused') &&
      trip.old?.outcome !== 'answered' &&
      !(typeof previous?.besideMs === 'number' && trip.besideMs === null)
    )
  })
}
