import type { PlatformId } from '../platforms/platform-id.ts'
import { round } from '../score/statistics.ts'
import type { PlatformTimeline, TimelineBand, Timelines } from './comparison.ts'
import type { JudgedRun, RunFolder } from './run-folder.ts'

interface Shown {
  readonly platform: PlatformId
  readonly runs: readonly RunFolder[]
  readonly dirs: readonly string[]
}

/** Pure: one run of each platform, second by second, all on the drill's clock. */
export function timelinesOf(platforms: readonly Shown[]): Timelines {
  const shown = platforms.flatMap(platform => {
    const chosen = medianRun(platform.runs)
    return chosen === null ? [] : [{ ...platform, ...chosen }]
  })
  const spans = shown.map(({ judged }) => spanOf(judged))
  const fromMs = Math.floor(Math.min(0, ...spans.map(span => span.fromMs)) / 1000) * 1000
  const toMs = Math.ceil(Math.max(0, ...spans.map(span => span.toMs)) / 1000) * 1000
  const topics = Object.values(shown[0]?.run.header.drill.contract.topics ?? {})
  return {
    fromMs,
    toMs,
    partitions: topics.reduce((sum, topic) => sum + topic.partitions, 0),
    perPlatform: Object.fromEntries(
      shown.map(({ platform, judged, index, dirs, of }) => [
        platform,
        {
          platform,
          run: index + 1,
          dir: dirs[index] ?? '',
          chosen: chosenWords(of),
          bands: bandsOf(judged),
          points: pointsOf(judged, fromMs, toMs),
        } satisfies PlatformTimeline,
      ]),
    ),
  }
}

/** The lower median of lost service over all partitions and zones: a real run, not an average of several. */
function medianRun(runs: readonly RunFolder[]) {
  const judged = runs.flatMap((run, index) => (run.judged ? [{ run, judged: run.judged, index }] : []))
  const sorted = judged.toSorted((a, b) => lostMs(a.judged) - lostMs(b.judged))
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  return middle ? { ...middle, of: judged.length } : null
}

function chosenWords(of: number): string {
  if (of === 1) return 'the only run'
  const middle = of % 2 === 1 ? 'the median' : 'the lower of the two in the middle'
  return `of ${of} runs the one whose lost service is ${middle}`
}

const lostMs = ({ measurements }: JudgedRun): number =>
  measurements.outages.reduce((sum, outage) => sum + outage.toMs - outage.fromMs, 0)

/** The drill's own zero: `at: 15s` is 15 s after it. */
export function zeroOf({ evidence, measurements }: JudgedRun): number {
  const started = evidence.journal.events.find(({ event }) => event.kind === 'timeline.started')?.event
  return started?.t ?? measurements.steady?.fromMs ?? 0
}

function spanOf(run: JudgedRun) {
  const { steady, endsAt } = run.measurements
  const zero = zeroOf(run)
  return { fromMs: (steady?.fromMs ?? zero) - zero, toMs: (endsAt ?? zero) - zero }
}

function bandsOf(run: JudgedRun): TimelineBand[] {
  const zero = zeroOf(run)
  const { faults, replays, endsAt } = run.measurements
  const end = endsAt ?? zero
  const bands: TimelineBand[] = [
    ...faults.flatMap(({ id, kind, summary, zones, intendedAt, healedAt, provenAt }) =>
      intendedAt === null
        ? []
        : [
            {
              id,
              kind,
              role: 'fault' as const,
              summary,
              zones,
              fromMs: intendedAt - zero,
              toMs: (healedAt ?? end) - zero,
              provenMs: provenAt === null ? null : provenAt - zero,
            },
          ],
    ),
    ...replays.map(({ id, what, startedAt, finishedAt }) => ({
      id,
      kind: 'replay',
      role: 'action' as const,
      summary: what ?? 'everything from the oldest offset',
      zones: [],
      fromMs: startedAt - zero,
      toMs: (finishedAt ?? end) - zero,
      provenMs: null,
    })),
  ]
  return bands.toSorted((a, b) => a.fromMs - b.fromMs)
}

/** A sampler drifts by a few milliseconds a second, so that one second may hold two samples and the next none. */
const NEAR_MS = 1500

function pointsOf(run: JudgedRun, fromMs: number, toMs: number): PlatformTimeline['points'] {
  const zero = zeroOf(run)
  const { fleet, consumers } = run.evidence
  const tail = consumers.rows.filter(row => row.consumer === 'tail')
  const span = spanOf(run)
  const points: PlatformTimeline['points'] = []
  for (let t = fromMs; t < toMs; t += 1000) {
    // A sample tells of the second that ends with it.
    const row = nearest(fleet.rows, zero + t + 1000)
    const told = t + 1000 > span.fromMs && t < span.toMs
    points.push({
      t,
      ackedPerSecond: row ? round((row.acked * 1000) / row.intervalMs) : null,
      unavailablePartitions: told ? unavailable(run, zero + t) : null,
      p99Ms: row && row.latency.n > 0 ? row.latency.p99 : null,
      tailLagSeconds: nearest(tail, zero + t + 1000)?.lagSeconds ?? null,
    })
  }
  return points
}

function nearest<T extends { readonly t: number }>(rows: readonly T[], t: number): T | undefined {
  let best: T | undefined
  for (const row of rows) if (!best || Math.abs(row.t - t) < Math.abs(best.t - t)) best = row
  return best && Math.abs(best.t - t) < NEAR_MS ? best : undefined
}

function unavailable({ measurements }: JudgedRun, from: number): number {
  const down = measurements.outages.filter(outage => outage.fromMs < from + 1000 && outage.toMs > from)
  return new Set(down.map(outage => outage.partition)).size
}
