import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { CrossingRatios } from '../../record/run-meters.ts'
import type { Span } from '../../score/timeline.ts'
import { type Attribution, intervalsWithin } from './attribute.ts'
import { unseen } from './causes.ts'
import type { Interval, Intervals } from './flow-intervals.ts'
import { bytesPerRecord, ingestedWithin, readWithin } from './ingest.ts'
import { protocolBound } from './protocol-bound.ts'
import { NOT_SCORED, type RunFiles } from './run-files.ts'
import { intervalProof, sumByCause } from './zone-paths.ts'

export function crossingRatios(
  files: RunFiles,
  { intervals, broken }: Intervals,
  attribution: Attribution,
): CrossingRatios {
  const steady = intervalsWithin(intervals, files.measurements?.steady ?? null)
  const span = spanOf(steady)
  const replays = (files.measurements?.replays ?? []).flatMap(({ startedAt, finishedAt }) =>
    finishedAt === null ? [] : [{ fromMs: startedAt, toMs: finishedAt }],
  )
  const lost = broken.size > 0 ? `the live meter lost ${[...broken].join(', ')}` : null
  const why = noSteadyReason(files, steady) ?? lost
  const ingest = span === null ? notKnown(why ?? '') : ingestedWithin(files, span)
  const tail = span === null ? notKnown(why ?? '') : readWithin(files, 'tail', span)
  const crossing = sumByCause(steady, attribution, crosses)
  const all = sumByCause(steady, attribution, () => true)
  const per = (bytes: number, base: Measured): Measured =>
    why === null ? ratio(bytes, base, steady) : notKnown(why)
  const betweenBrokers = (cause: 'replicate' | 'control'): Measured => {
    const unknown = unseen(files, cause)
    return unknown === null ? per(crossing[cause], ingest) : notKnown(unknown)
  }
  const batching = span === null ? notKnown(why ?? '') : recordsPerRequest(files, span)
  const replayed = replayRatios(files, intervals, attribution, replays, lost)
  return {
    span,
    produce: per(crossing.produce, ingest),
    replicate: betweenBrokers('replicate'),
    consume: per(crossing.consume, tail),
    replay: replayed.crossing,
    control: betweenBrokers('control'),
    wire: {
      produce: per(all.produce, ingest),
      consume: per(all.consume, tail),
      replay: replayed.wire,
    },
    share: {
      produce: per(crossing.produce, known(all.produce)),
      consume: per(crossing.consume, known(all.consume)),
      replay: replayed.share,
    },
    recordsPerRequest: batching,
    wireAtMost: protocolBound(files, bytesPerRecord(files), batching),
  }
}

const crosses = (from: string, to: string): boolean => from !== to

function noSteadyReason(files: RunFiles, steady: readonly Interval[]): string | null {
  if (files.measurements === null) return NOT_SCORED
  if (files.measurements.steady === null) return 'no steady state was proven before the first fault'
  return steady.length === 0 ? 'the links were not metered before the first fault' : null
}

function spanOf(intervals: readonly Interval[]): Span | null {
  const first = intervals[0]
  const last = intervals.at(-1)
  return first && last ? { fromMs: first.from.t, toMs: last.to.t } : null
}

function ratio(bytes: number, base: Measured, intervals: readonly Interval[]): Measured {
  if (base.value === null) return base
  if (base.value <= 0) return notKnown('nothing was read or written in that time', ...base.from)
  const proof = intervalProof(intervals)
  return known(bytes / base.value, ...(proof ? [proof] : []), ...base.from)
}

/** Over the samples that enclose the replays, against what their own records say that they read. */
function replayRatios(
  files: RunFiles,
  intervals: readonly Interval[],
  attribution: Attribution,
  replays: readonly Span[],
  lost: string | null,
): Record<'crossing' | 'wire' | 'share', Measured> {
  const none = (why: string) => ({ crossing: notKnown(why), wire: notKnown(why), share: notKnown(why) })
  if (files.measurements === null) return none(NOT_SCORED)
  if (lost !== null) return none(lost)
  if (replays.length === 0) return none('the run has no replay that ended')
  const measured = files.measurements.replays.map(({ bytes }) => bytes)
  if (measured.some(({ value }) => value === null)) return none('it is not known how much the replay read')
  const read = known(
    measured.reduce((sum, { value }) => sum + (value ?? 0), 0),
    ...measured.flatMap(({ from }) => from),
  )
  const during = intervals.filter(({ from, to }) =>
    replays.some(span => to.t > span.fromMs && from.t < span.toMs),
  )
  const crossing = sumByCause(during, attribution, crosses).replay
  const all = sumByCause(during, attribution, () => true).replay
  return {
    crossing: ratio(crossing, read, during),
    wire: ratio(all, read, during),
    share: ratio(crossing, known(all), during),
  }
}

/** Small requests carry more protocol for each byte than large ones: production may batch better or worse. */
function recordsPerRequest({ evidence }: RunFiles, span: Span): Measured {
  const rows = evidence.fleet.rows.filter(row => row.t > span.fromMs && row.t <= span.toMs)
  const sends = rows.reduce((sum, row) => sum + row.sends, 0)
  if (sends === 0) return notKnown('the fleet was not sampled in that time')
  const acked = rows.reduce((sum, row) => sum + row.acked, 0)
  return known(acked / sends, {
    file: evidence.fleet.file,
    selector: `lines ${rows[0]?.line} to ${rows.at(-1)?.line}`,
    value: sends,
  })
}
