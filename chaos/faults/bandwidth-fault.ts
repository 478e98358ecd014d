import { z } from 'zod'
import type { Driver } from '../drivers/driver.ts'
import type { Random } from '../core/random.ts'
import { defineFault, type Fault, type TargetBase } from './fault.ts'
import {
  type AddedMs,
  allAsFastAgain,
  allSlower,
  combineLinks,
  describeTimes,
  doubtOfLinks,
  isSomebodyAway,
  type LinkReading,
  linksOf,
  timeLinks,
} from './link-reading.ts'
import { LEAST_EFFECT_MS } from './timed-reading.ts'

const MOST_PROBE_BYTES = 600_000

/** How narrow, for every fault that narrows links. */
export const widthKeys = {
  // A wider limit takes the probe's bytes in less time than a probe can tell from chance.
  kilobytesPerSecond: z
    .number()
    .int()
    .min(1)
    .max(MOST_PROBE_BYTES / LEAST_EFFECT_MS)
    .describe('Of each connection, each way.'),
}

interface Target extends TargetBase {
  readonly kilobytesPerSecond: number
}

/** A second's worth of bytes is sent over each link; narrower links take longer. */
const probeBytes = (target: Target) =>
  Math.min(MOST_PROBE_BYTES, Math.max(10_000, target.kilobytesPerSecond * 1000))
const leastMs = (target: Target) => (probeBytes(target) / (target.kilobytesPerSecond * 1000)) * 1000
/** What is beyond the usual time. */
const addedMs =
  (target: Target): AddedMs =>
  before =>
    leastMs(target) - before.ms
const what = (target: Target) => `${probeBytes(target)} B over`

/** A limit narrows what carries more, by half at least. */
const LEAST_FACTOR = 1.5

/** What one fault that narrows links does that its like do not. */
export type OwnWidth<Spec> = Pick<
  Fault<Spec>,
  'kind' | 'summary' | 'deed' | 'dimension' | 'needs' | 'spec'
> & {
  readonly links: (driver: Driver, spec: Spec, random: Random) => TargetBase
}

/**
 * Narrows every connection on the chosen links. Proof: how long a known number of bytes takes, on new connections and
 * on one from before, against a baseline whose own spread is known.
 */
export const defineBandwidth = <Spec extends { readonly kilobytesPerSecond: number }>({
  links: chosen,
  ...own
}: OwnWidth<Spec>): Fault =>
  defineFault<Spec, Target, LinkReading>({
    looks: { before: 5, during: 2 },
    async choose(driver, spec, random) {
      return { ...chosen(driver, spec, random), kilobytesPerSecond: spec.kilobytesPerSecond }
    },
    inject: (driver, target, id) =>
      linksOf(driver).narrow(target.links, id, { bytesPerSecond: target.kilobytesPerSecond * 1000 }),
    probe: (driver, target, _id, means) =>
      timeLinks(driver, target.links, {
        bytes: probeBytes(target),
        timeoutMs: 5000 + 3 * leastMs(target),
        tries: 1,
        means,
      }),
    baseline: combineLinks,
    doubt: (before, target) =>
      narrowsNothing(before, target) ?? doubtOfLinks(before, what(target), addedMs(target)),
    isEffective: (now, before, target) =>
      allSlower(now, before, addedMs(target)) &&
      Object.entries(now).every(([link, { ms }]) => {
        const usual = before[link as keyof LinkReading]?.ms ?? Number.POSITIVE_INFINITY
        return ms >= Math.max(0.8 * leastMs(target), LEAST_FACTOR * usual)
      }),
    heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
    isHealed: (now, before, target) => allAsFastAgain(now, before, addedMs(target)),
    isAway: isSomebodyAway,
    describe: (now, before, target, when) =>
      describeTimes(now, before, when, { what: what(target), addedMs: addedMs(target) }),
    ...own,
  })

function narrowsNothing(before: LinkReading, target: Target): string | null {
  for (const [link, look] of Object.entries(before)) {
    const usual = look.ms + (look.spreadMs ?? 0)
    if (look.outcome !== 'answered' || leastMs(target) >= LEAST_FACTOR * usual) continue
    const carried = probeBytes(target) / usual
    return `${link} carries ${rate(carried)}; a limit of ${rate(target.kilobytesPerSecond)} narrows nothing that could be distinguished from that`
  }
  return null
}

function rate(kilobytesPerSecond: number): string {
  return kilobytesPerSecond >= 1000
    ? `${(kilobytesPerSecond / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB/s`
    : `${Math.round(kilobytesPerSecond)} kB/s`
}
