import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { firstHole } from './fleet-load.ts'
import { known, notKnown } from '../record/measured.ts'
import type { ReplayPhase } from '../record/measurements.ts'
import { type ReaderReplacement, readerReplacements, withToolsPart } from './reader-replacements.ts'
import type { Span } from './timeline.ts'

const LAG_HOLE_MS = 3000

type TailLag = Pick<ReplayPhase, 'tailLagMaxSeconds' | 'tailLagMedianSeconds'>
type Rows = Evidence['consumers']['rows']

/**
 * The lag of the live dashboards within a span. While this program replaced their reader, and until that had caught up
 * again, the lag is not the platform's alone: the worst without those moments and the worst of all bound it.
 */
export function tailLag(
  { consumers, journal }: Pick<Evidence, 'consumers' | 'journal'>,
  part: Span,
): TailLag {
  const all = consumers.rows.filter(row => row.consumer === 'tail')
  const span = sampledSpan(all, part)
  const rows = all.filter(row => row.t >= span.fromMs && row.t <= span.toMs)
  const said = rows.filter(row => row.lagSeconds !== null)
  const byLag = said.toSorted((a, b) => lagOf(a) - lagOf(b))
  const worst = byLag.at(-1)
  const middle = byLag[Math.floor((byLag.length - 1) / 2)]
  if (!worst || !middle) {
    const none = notKnown('the tail consumer’s lag was not known in this part')
    return { tailLagMaxSeconds: none, tailLagMedianSeconds: none }
  }
  const tools = readerReplacements(journal.events, 'tail')
    .map(replacement => ({ ...replacement, toMs: caughtUpAt(replacement, all) }))
    .filter(({ fromMs, toMs }) => toMs >= span.fromMs && fromMs <= span.toMs)
  const isTools = ({ t }: Rows[number]) => tools.some(({ fromMs, toMs }) => t >= fromMs && t <= toMs)
  const platforms = byLag.findLast(row => !isTools(row))
  const least = platforms ? lagOf(platforms) : 0
  const hole = firstHole([{ t: span.fromMs }, ...said, { t: span.toMs }], LAG_HOLE_MS)
  const from = [sampleProof(consumers.file, worst, lagOf(worst))]
  const why = hole && `the tail consumer’s lag was not known between ${hole.fromMs} and ${hole.toMs} ms`
  return {
    tailLagMaxSeconds: why
      ? { value: null, why, atLeast: least, from }
      : tools.length > 0 && least < lagOf(worst)
        ? withToolsPart(lagOf(worst), least, tools, from)
        : known(lagOf(worst), ...from),
    tailLagMedianSeconds: known(lagOf(middle), sampleProof(consumers.file, middle, lagOf(middle))),
  }
}

/** A part that is shorter than the time between two samples is measured by those next to it. */
function sampledSpan(all: Rows, part: Span): Span {
  if (all.some(({ t }) => t >= part.fromMs && t <= part.toMs)) return part
  const before = all.findLast(({ t }) => t < part.fromMs)
  const after = all.find(({ t }) => t > part.toMs)
  return before && after ? { fromMs: before.t, toMs: after.t } : part
}

const lagOf = ({ lagSeconds }: Rows[number]): number => lagSeconds ?? 0

/** When it lagged no more than just before it was replaced; never, if it did not come to that. */
function caughtUpAt({ fromMs, toMs }: ReaderReplacement, tail: readonly Rows[number][]): number {
  const before = tail.findLast(row => row.t < fromMs && row.lagSeconds !== null)
  const limit = Math.max(1, before ? lagOf(before) : 0)
  const back = tail.find(row => row.t >= toMs && row.lagSeconds !== null && lagOf(row) <= limit)
  return back?.t ?? Number.POSITIVE_INFINITY
}
