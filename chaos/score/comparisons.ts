import type { Random } from '../core/random.ts'
import type { Evidence } from './evidence.ts'
import type { Answer, Estimated } from '../record/measured.ts'
import type { FaultMeasurement, PhaseComparison, ReplayPhase } from '../record/measurements.ts'
import { latenciesIn } from './latency.ts'
import type { SendLog } from './send-log.ts'
import { type Estimate, meanRatio, medianShift, quantileRatio } from './statistics.ts'
import type { FaultLife, Span } from './timeline.ts'

const SECOND_MS = 1000

/** What both sides of a comparison are taken from. */
export type Compared = Pick<Evidence, 'sends' | 'fleet' | 'consumers'>

/**
 * How much worse than before still counts as being back, as a factor. Chosen, not measured: docs/statistics.md
 * says by how much quiet parts of one run differed.
 */
const MARGINS = { 'producer-p50-ms': 1.25, 'producer-p99-ms': 1.5, 'acked-per-second': 0.9 } as const

/** A replay's phases against the one before it: the producers' latency, their throughput, and the tail's lag. */
export function compareReplay(
  evidence: Compared,
  phases: readonly Pick<ReplayPhase, 'phase' | 'span'>[],
  random: Random,
): PhaseComparison[] {
  const before = phases.find(({ phase }) => phase === 'before')?.span ?? null
  return phases.flatMap(({ phase, span }) => {
    if (phase === 'before') return []
    const compare = (
      what: PhaseComparison['what'],
      kind: PhaseComparison['kind'],
      estimate: (from: Span, to: Span, random: Random) => Estimate,
    ): PhaseComparison => ({
      what,
      kind,
      phase,
      estimate:
        before && span
          ? estimated(estimate(before, span, random.fork(`${phase}/${what}`)))
          : absent(`the part ${before ? phase : 'before'} has no span`),
    })
    return [
      compare('producer-p50-ms', 'ratio', (from, to, own) => latencyRatio(evidence, from, to, 0.5, own)),
      compare('producer-p99-ms', 'ratio', (from, to, own) => latencyRatio(evidence, from, to, 0.99, own)),
      compare('acked-per-second', 'ratio', (from, to, own) =>
        meanRatio(ackedIn(evidence.fleet, from), ackedIn(evidence.fleet, to), own),
      ),
      compare('tail-lag-seconds', 'difference', (from, to, own) =>
        medianShift(lagIn(evidence.consumers, from), lagIn(evidence.consumers, to), own),
      ),
    ]
  })
}

/**
 * Whether devices are served as they were before the first fault, once service was good again: not worse by
 * more than the margin. What is better than before is no objection.
 */
export function compareAfterHealing(
  evidence: Compared,
  steady: Span | null,
  fault: FaultLife,
  { everyone, inSyncMs }: Pick<FaultMeasurement, 'everyone' | 'inSyncMs'>,
  random: Random,
): FaultMeasurement['returned'] {
  const after = quietSpan(fault, everyone.sustainedMs.value, inSyncMs.value)
  const own = random.fork(fault.id)
  const judge = (what: keyof typeof MARGINS, estimate: (from: Span, to: Span) => Estimate) => {
    const margin = MARGINS[what]
    if (typeof after === 'string') return { ...absent(after), margin, answer: 'unknown' as const }
    if (!steady) return { ...absent('there was no steady part before'), margin, answer: 'unknown' as const }
    const found = estimate(steady, after)
    return { ...estimated(found), margin, answer: isBack(found, margin) }
  }
  return {
    span: typeof after === 'string' ? null : after,
    p50Ms: judge('producer-p50-ms', (from, to) => latencyRatio(evidence, from, to, 0.5, own.fork('p50'))),
    p99Ms: judge('producer-p99-ms', (from, to) => latencyRatio(evidence, from, to, 0.99, own.fork('p99'))),
    ackedPerSecond: judge('acked-per-second', (from, to) =>
      meanRatio(ackedIn(evidence.fleet, from), ackedIn(evidence.fleet, to), own.fork('acked')),
    ),
  }
}

/** From when everything was well again, to the end of the fault's window; or why there is no such span. */
function quietSpan(fault: FaultLife, sustainedMs: number | null, inSyncMs: number | null): Span | string {
  const { id, provenAt, healedAt, windowEndsAt } = fault
  if (provenAt === null || healedAt === null) return `${id} was not proven and healed`
  if (windowEndsAt === null) return 'the journal does not say when the fleet stopped'
  if (sustainedMs === null) return 'service was not seen to be good again before the window ended'
  if (inSyncMs === null) return 'replicas were not seen to be in sync again before the window ended'
  const fromMs = Math.max(healedAt, provenAt + sustainedMs, healedAt + inSyncMs)
  if (fromMs >= windowEndsAt) return 'the window ended when everything was well again'
  return { fromMs, toMs: windowEndsAt }
}

/** Above 1, a margin is the most that a ratio may be; below, the least. */
function isBack({ low, high }: Estimate, margin: number): Answer {
  if (low === null || high === null) return 'unknown'
  if (margin > 1 ? high <= margin : low >= margin) return 'yes'
  return (margin > 1 ? low > margin : high < margin) ? 'no' : 'unknown'
}

function latencyRatio(
  { sends }: Compared,
  before: Span,
  after: Span,
  share: number,
  random: Random,
): Estimate {
  return quantileRatio(latencyBySecond(sends, before), latencyBySecond(sends, after), share, random)
}

/** As `phaseLatency` takes them, by the second in which they were due; a rest under half a second joins the last. */
export function latencyBySecond(log: SendLog, { fromMs, toMs }: Span): Int32Array[] {
  const seconds = Math.max(1, Math.round((toMs - fromMs) / SECOND_MS))
  const latencies = Array.from({ length: seconds }, (): number[] => [])
  for (const { due, ms } of latenciesIn(log, { fromMs, toMs })) {
    const second = Math.min(seconds - 1, Math.floor((due - fromMs) / SECOND_MS))
    latencies[second]?.push(ms)
  }
  return latencies.map(of => Int32Array.from(of))
}

function ackedIn({ rows }: Compared['fleet'], { fromMs, toMs }: Span): number[] {
  return rows
    .filter(row => row.t > fromMs && row.t <= toMs && row.intervalMs > 0)
    .map(row => (row.acked * SECOND_MS) / row.intervalMs)
}

function lagIn({ rows }: Compared['consumers'], { fromMs, toMs }: Span): number[] {
  return rows.flatMap(row =>
    row.consumer === 'tail' && row.t >= fromMs && row.t <= toMs && row.lagSeconds !== null
      ? [row.lagSeconds]
      : [],
  )
}

function estimated({ samples, ...rest }: Estimate): Estimated {
  return { ...rest, samples: [...samples] }
}

function absent(why: string): Estimated {
  return { value: null, low: null, high: null, confidence: 0.95, n: 0, samples: [0, 0], method: 'none', why }
}
