import { plural } from '../core/numbers.ts'
import { BROKER_REQUEST_QUEUE } from '../platforms/kafka/metrics.ts'
import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { StormMeasurement } from '../record/storm-measurement.ts'
import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { firstHole, ownPart } from './fleet-load.ts'
import { SUSTAINED_FOR_MS } from './recovery.ts'
import type { FaultLife, RunTimeline, Span } from './timeline.ts'

type FleetRow = Evidence['fleet']['rows'][number]

/** Runs of before sessions were counted. */
export const UNCOUNTED = 'sessions were not counted when it ran'
const HOLE_PERIODS = 3
/** One device in a thousand may be late by itself. */
const LATE_SHARE = 0.001

/** How things are when nothing is broken, by the samples of before the first fault; null where those do not say. */
interface Usual {
  readonly sessions: number | null
  readonly overdue: number | null
}

export function usualLevels({ fleet, header }: Evidence, { steady }: RunTimeline): Usual {
  const rows = steady ? fleet.rows.filter(row => row.t >= steady.fromMs && row.t <= steady.toMs) : []
  const sessions = rows.flatMap(row => row.sessions ?? [])
  const overdue = rows.flatMap(row => row.waiting?.overdue ?? [])
  return {
    sessions: sessions.length === 0 ? null : Math.min(...sessions),
    overdue:
      overdue.length === 0 ? null : Math.max(...overdue, Math.ceil(header.drill.fleet.devices * LATE_SHARE)),
  }
}

export function measureStorm(evidence: Evidence, timeline: RunTimeline, fault: FaultLife): StormMeasurement {
  const usual = usualLevels(evidence, timeline)
  const { injectedAt, windowEndsAt, id } = fault
  const span =
    injectedAt === null || windowEndsAt === null
      ? `${id} was never injected`
      : { fromMs: injectedAt, toMs: windowEndsAt }
  const sum = (key: 'sessionsLost' | 'deviceConnects' | 'sessionsRefused' | 'dropped') =>
    total(evidence, span, key)
  return {
    sessionsLost: sum('sessionsLost'),
    attempts: sum('deviceConnects'),
    refused: sum('sessionsRefused'),
    sessionsBackMs: untilUsual(evidence, fault, usual.sessions, {
      levelOf: row => row.sessions,
      isBad: (level, least) => level < least,
      told: (level, least) => `${level} of ${plural(least, 'device')} had a session`,
    }),
    drainMs: untilUsual(evidence, fault, usual.overdue, {
      levelOf: row => row.waiting?.overdue,
      isBad: (level, most) => level > most,
      told: level => `${plural(level, 'record')} that had been due for over a second waited at the edge`,
    }),
    overduePeak: worst(evidence, span, row => row.waiting?.overdue),
    oldestMs: worst(evidence, span, row =>
      row.waiting ? Math.max(0, ...Object.values(row.waiting.oldestMs)) : undefined,
    ),
    dropped: sum('dropped'),
    requestQueue: requestQueue(evidence, span),
  }
}

interface Level {
  readonly levelOf: (row: FleetRow) => number | undefined
  readonly isBad: (level: number, usual: number) => boolean
  readonly told: (level: number, usual: number) => string
}

/** From healing until a level is as before the first fault and stays so; between two samples, anywhere. */
function untilUsual(
  { fleet }: Evidence,
  { id, healedAt, windowEndsAt }: FaultLife,
  usual: number | null,
  { levelOf, isBad, told }: Level,
): Measured {
  if (healedAt === null) return notKnown(`${id} was never healed`)
  if (windowEndsAt === null) return notKnown('the journal does not say when the fleet stopped')
  if (windowEndsAt <= healedAt) return notKnown(`something else began before ${id} was healed`)
  if (fleet.rows.length === 0) return notKnown(fleet.trouble ?? 'the fleet was not sampled')
  if (fleet.rows.every(row => levelOf(row) === undefined)) return notKnown(UNCOUNTED)
  if (usual === null) return notKnown('nothing says how it was before the first fault')
  const rows = fleet.rows.filter(row => row.t >= healedAt && row.t <= windowEndsAt)
  const levels = rows.map(levelOf)
  if (levels.includes(undefined)) return notKnown(UNCOUNTED)
  const lastBad = levels.findLastIndex(level => level !== undefined && isBad(level, usual))
  const [bad, good] = [rows[lastBad], rows[lastBad + 1]]
  const proof = (row: FleetRow) => sampleProof(fleet.file, row, levelOf(row) ?? 0)
  const certain = (bad?.t ?? healedAt) - healedAt
  const hole = firstHole([{ t: healedAt }, ...rows, { t: windowEndsAt }], HOLE_PERIODS * fleet.periodMs)
  if (hole)
    return longerThan(
      certain,
      `the fleet was not sampled between ${hole.fromMs} and ${hole.toMs} ms`,
      ...(bad ? [proof(bad)] : []),
    )
  if (bad && (!good || windowEndsAt - good.t < SUSTAINED_FOR_MS))
    return longerThan(
      certain,
      good
        ? `it was so for only ${windowEndsAt - good.t} ms before something else began or the load ended`
        : `${told(levelOf(bad) ?? 0, usual)} when something else began or the load ended`,
      proof(bad),
    )
  if (!good) return notKnown('the fleet was not sampled after healing')
  const before = fleet.rows.findLast(row => row.t < healedAt)
  const wasBad = before !== undefined && isBad(levelOf(before) ?? usual, usual)
  if (!bad && !wasBad) return known(0, proof(good))
  return between(certain, good.t - healedAt, rows.length, bad ? [proof(bad), proof(good)] : [proof(good)])
}

function between(low: number, high: number, n: number, from: Measured['from']): Measured {
  const method = 'bounds: it came between two samples of the fleet'
  const interval = {
    value: high,
    low,
    high,
    confidence: 1,
    n,
    samples: [n, n] as [number, number],
    method,
    why: null,
  }
  return { value: high, why: null, interval, from }
}

function within({ fleet }: Evidence, span: Span): FleetRow[] {
  const { fromMs, toMs } = ownPart(fleet, span)
  return fleet.rows.filter(row => row.t > fromMs && row.t - row.intervalMs < toMs)
}

function total(
  evidence: Evidence,
  span: Span | string,
  key: 'sessionsLost' | 'deviceConnects' | 'sessionsRefused' | 'dropped',
): Measured {
  if (typeof span === 'string') return notKnown(span)
  const { fleet } = evidence
  const rows = within(evidence, span)
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return notKnown(fleet.trouble ?? 'the fleet was not sampled in this span')
  if (rows.some(row => row[key] === undefined)) return notKnown(UNCOUNTED)
  const sum = rows.reduce((so, row) => so + (row[key] ?? 0), 0)
  const proof = { file: fleet.file, selector: `lines ${first.line} to ${last.line}`, value: sum }
  // Each sample counts since the one before, so only the ends of the series can hide something.
  const isShort =
    Math.max(first.t - first.intervalMs - span.fromMs, span.toMs - last.t) > HOLE_PERIODS * fleet.periodMs
  return isShort
    ? longerThan(sum, 'the fleet was not sampled for all of this span', proof)
    : known(sum, proof)
}

function worst(
  evidence: Evidence,
  span: Span | string,
  levelOf: (row: FleetRow) => number | undefined,
): Measured {
  if (typeof span === 'string') return notKnown(span)
  const { fleet } = evidence
  const rows = within(evidence, span)
  const found = rows.toSorted((a, b) => (levelOf(b) ?? -1) - (levelOf(a) ?? -1))[0]
  if (!found) return notKnown(fleet.trouble ?? 'the fleet was not sampled in this span')
  const level = levelOf(found)
  if (level === undefined) return notKnown('it was not sampled when this ran')
  const proof = sampleProof(fleet.file, found, level)
  const hole = firstHole(
    [{ t: span.fromMs }, ...rows, { t: Math.max(span.toMs, rows.at(-1)?.t ?? 0) }],
    HOLE_PERIODS * fleet.periodMs,
  )
  return hole
    ? longerThan(level, `the fleet was not sampled between ${hole.fromMs} and ${hole.toMs} ms`, proof)
    : known(level, proof)
}

/** Sampled once a second, and a queue of milliseconds may come and go between: no less than this. */
function requestQueue({ brokerMetrics }: Evidence, span: Span | string): Measured {
  if (typeof span === 'string') return notKnown(span)
  const { file, rows, trouble } = brokerMetrics
  const of = (row: (typeof rows)[number]) => row.metrics[BROKER_REQUEST_QUEUE] ?? -1
  const found = rows
    .filter(row => row.t >= span.fromMs && row.t <= span.toMs)
    .toSorted((a, b) => of(b) - of(a))[0]
  if (!found) return notKnown(trouble ?? 'brokers were not asked in this span')
  if (of(found) < 0) return notKnown('brokers do not say how many requests wait')
  return known(of(found), sampleProof(file, found, of(found)))
}

/**
 * The zones whose devices held more overdue records than usual in the last two samples before `toMs`. What never leaves
 * a device is in no history of a gateway: by acknowledgements alone, all would be well.
 */
export function undrainedZones(evidence: Evidence, { steady }: RunTimeline, toMs: number): string[] {
  const { fleet, header } = evidence
  const zones = header.zones
  const of = (row: FleetRow | undefined, zone: string) => row?.waiting?.overdueByZone?.[zone] ?? 0
  const quiet = steady ? fleet.rows.filter(row => row.t >= steady.fromMs && row.t <= steady.toMs) : []
  const last = fleet.rows.filter(row => row.t <= toMs).slice(-2)
  const least = Math.ceil(header.drill.fleet.devices * LATE_SHARE)
  if (last.length < 2 || quiet.length === 0) return []
  return zones.filter(zone => {
    const usual = Math.max(least, ...quiet.map(row => of(row, zone)))
    return last.every(row => of(row, zone) > usual)
  })
}

/** Nothing where no device ever lost its session: then nobody has to come back. */
export function withoutSession(
  evidence: Evidence,
  timeline: RunTimeline,
): { readonly withoutSession?: Measured } {
  const { fleet } = evidence
  if (!fleet.rows.some(row => (row.sessionsLost ?? 0) > 0)) return {}
  const { endsAt } = timeline
  const usual = usualLevels(evidence, timeline).sessions
  if (endsAt === null || usual === null)
    return {
      withoutSession: notKnown('the journal does not say when the load was steady, and when it ended'),
    }
  const last = fleet.rows.findLast(row => row.t <= endsAt)
  if (last?.sessions === undefined || endsAt - last.t > HOLE_PERIODS * fleet.periodMs)
    return { withoutSession: notKnown('the fleet was not sampled when the load ended') }
  const missing = Math.max(0, usual - last.sessions)
  return { withoutSession: known(missing, sampleProof(fleet.file, last, last.sessions)) }
}
