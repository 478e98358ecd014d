import type { Sampled } from '../record/series.ts'
import type { Evidence } from './evidence.ts'
import { type Measured, known, longerThan, notKnown } from '../record/measured.ts'
import type { FaultLife, Span } from './timeline.ts'

type ClusterSeries = Evidence['cluster']
type ClusterRow = ClusterSeries['rows'][number]

/** A hole in the cluster samples longer than this hides when replicas came back. */
export const HIDDEN_AFTER_MS = 2000

/** How often partitions were given another leader within a span, and how many partitions were. */
export function leaderMoves(
  series: ClusterSeries,
  span: Span,
): { readonly moves: Measured; readonly partitions: Measured } {
  const hole = holeIn(series.rows, span)
  if (hole) {
    const none = notKnown(`the cluster was not asked between ${hole.fromMs} and ${hole.toMs} ms`)
    return { moves: none, partitions: none }
  }
  const leaders = new Map<string, number>()
  const moved = new Set<string>()
  let moves = 0
  let last: ClusterRow | undefined
  for (const row of series.rows) {
    if (row.t > span.toMs) break
    for (const [partition, state] of Object.entries(row.changes ?? {})) {
      if (state.leader < 0) continue
      const before = leaders.get(partition)
      leaders.set(partition, state.leader)
      if (before === undefined || before === state.leader || row.t < span.fromMs) continue
      moves++
      moved.add(partition)
      last = row
    }
  }
  const from = last ? [sampleProof(series.file, last, 'leader changed')] : []
  return { moves: known(moves, ...from), partitions: known(moved.size, ...from) }
}

/** From healing until all replicas of all partitions are in sync and stay so until the window ends. */
export function measureInSync(series: ClusterSeries, fault: FaultLife): Measured {
  if (fault.healedAt === null) return notKnown(`${fault.id} was never healed`)
  if (fault.windowEndsAt === null) return notKnown('the journal does not say when the fleet stopped')
  if (fault.windowEndsAt <= fault.healedAt)
    return notKnown(`something else began before ${fault.id} was healed`)
  const span = { fromMs: fault.healedAt, toMs: fault.windowEndsAt }
  const seen = series.rows.filter(
    row => row.t >= span.fromMs && row.t <= span.toMs && row.answered.length > 0,
  )
  const lastBad = seen.findLastIndex(row => row.underReplicated > 0 || row.offline > 0)
  const bad = seen[lastBad]
  const good = seen[lastBad + 1]
  const hole = holeIn(seen, { fromMs: span.fromMs, toMs: good?.t ?? span.toMs })
  if (hole) {
    return notKnown(`no cluster sample between ${hole.fromMs} and ${hole.toMs} ms, which hides the moment`)
  }
  if (!good) {
    return longerThan(
      (bad?.t ?? span.fromMs) - span.fromMs,
      `${bad?.underReplicated ?? 0} partitions were still under-replicated when the window ended`,
      ...(bad ? [sampleProof(series.file, bad, bad.underReplicated)] : []),
    )
  }
  const from = [bad, good].flatMap(row => (row ? [sampleProof(series.file, row, row.underReplicated)] : []))
  return known(bad ? good.t - span.fromMs : 0, ...from)
}

export function peakUnderReplicated(series: ClusterSeries, span: Span): Measured {
  const rows = series.rows.filter(
    row => row.t >= span.fromMs && row.t <= span.toMs && row.answered.length > 0,
  )
  const worst = rows.toSorted((a, b) => b.underReplicated - a.underReplicated)[0]
  if (!worst) return notKnown('the cluster was not asked in this span')
  return known(worst.underReplicated, sampleProof(series.file, worst, worst.underReplicated))
}

/** The first hole of more than `HIDDEN_AFTER_MS` without a sample within the span, its edges included. */
function holeIn(rows: readonly ClusterRow[], span: Span): Span | null {
  let previous = span.fromMs
  for (const row of rows) {
    if (row.t < span.fromMs) continue
    const t = Math.min(row.t, span.toMs)
    if (t - previous > HIDDEN_AFTER_MS) return { fromMs: previous, toMs: t }
    previous = t
    if (row.t > span.toMs) return null
  }
  return span.toMs - previous > HIDDEN_AFTER_MS ? { fromMs: previous, toMs: span.toMs } : null
}

export function sampleProof<T>(file: string, row: Sampled<T>, value: number | string) {
  return { file, selector: `line ${row.line}`, value }
}
