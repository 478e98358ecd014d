import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { ConnectorsSample } from '../record/samples.ts'
import type { Sampled, Series } from '../record/series.ts'
import type { SinkRow } from '../record/sink-evidence.ts'
import type { Span } from './timeline.ts'

type Samples = readonly Sampled<ConnectorsSample>[]

/** Three missed samples in a row hide what a task said meanwhile. */
const HOLE_PERIODS = 3

const proofOf = (file: string, { line, t }: { line: number; t: number }) => ({
  file,
  selector: `line ${line}`,
  value: t,
})

/** From `fromMs` until every task was said to run and stayed so until the span ends. */
export function runningAfter(
  { file, periodMs }: Pick<Series<unknown>, 'file' | 'periodMs'>,
  samples: Samples,
  span: Span,
  tasks: number,
): Measured {
  const within = samples.filter(({ t }) => t >= span.fromMs && t <= span.toMs)
  const last = within.at(-1)
  if (!last) return notKnown(`${file} has no sample in its window`)
  const hole = within.findIndex(
    ({ t }, index) => t - (within[index - 1]?.t ?? span.fromMs) > HOLE_PERIODS * periodMs + 1000,
  )
  if (hole >= 0) return notKnown(`${file} has a hole before line ${within[hole]?.line}`)
  const runs = ({ state, tasks: said }: ConnectorsSample) =>
    state === 'RUNNING' && said.length === tasks && said.every(task => task.state === 'RUNNING')
  const index = within.findLastIndex(sample => !runs(sample))
  if (index < 0) return known(0, proofOf(file, within[0] as Sampled<ConnectorsSample>))
  const back = within[index + 1]
  if (back) return known(back.t - span.fromMs, proofOf(file, back))
  const said = last.tasks.map(({ id, state }) => `task ${id} ${state}`).join(', ') || 'no task'
  return longerThan(
    last.t - span.fromMs,
    `in the end it was ${last.state ?? 'silent'} with ${said}`,
    proofOf(file, last),
  )
}

export interface FirstRow {
  readonly measured: Measured
  readonly partition: string | null
}

/**
 * From `fromMs` until each partition had a row of a record that had none: a row that is written again is no progress.
 * @param rows in the order in which they were written @param zeroWallMs the wall time of the run's zero
 * @param undelivered partitions that have records without a row in the end
 */
export function firstRowAfter(
  file: string,
  rows: readonly SinkRow[],
  span: Span,
  zeroWallMs: number,
  undelivered: ReadonlySet<string>,
): FirstRow {
  const seen = new Set<string>()
  const first = new Map<string, { readonly ms: number; readonly arrival: number }>()
  for (const [id, topic, partition, , arrival, written] of rows) {
    if (seen.has(id)) continue
    seen.add(id)
    const key = `${topic}/${partition}`
    const t = written - zeroWallMs
    if (t >= span.fromMs && !first.has(key)) first.set(key, { ms: t - span.fromMs, arrival })
  }
  const never = [...undelivered].find(key => !first.has(key))
  if (never !== undefined)
    return {
      measured: longerThan(span.toMs - span.fromMs, `${never} had no new row, and records without one`),
      partition: never,
    }
  const worst = [...first].toSorted((a, b) => b[1].ms - a[1].ms)[0]
  if (!worst) return { measured: notKnown('no partition had anything to write after it'), partition: null }
  const [partition, { ms, arrival }] = worst
  const proof = { file, selector: `arrival ${arrival} of ${partition}`, value: Math.round(ms) }
  return { measured: known(Math.round(ms), proof), partition }
}

/** Between the two instants; a lower bound where the second is one. */
export function betweenThem(running: Measured, firstRow: Measured): Measured {
  if (running.value === null) return notKnown(running.why ?? 'it is not known when it ran', ...running.from)
  const from = [...running.from, ...firstRow.from]
  if (firstRow.value === null) {
    const why = firstRow.why ?? 'it is not known when a row came'
    if (firstRow.atLeast === undefined) return notKnown(why, ...from)
    return longerThan(Math.max(0, firstRow.atLeast - running.value), why, ...from)
  }
  return known(Math.max(0, firstRow.value - running.value), ...from)
}

/** The most rows written in a second, by the database's own counters: of at least a second each. */
export function peakRows(file: string, samples: Samples, span: Span): Measured {
  const counted = samples.flatMap(({ t, writes, line }) =>
    writes !== null && t >= span.fromMs && t <= span.toMs ? [{ t, writes, line }] : [],
  )
  let peak: { readonly rate: number; readonly line: number } | null = null
  let from = 0
  for (let to = 1; to < counted.length; to++) {
    const [a, b] = [counted[from], counted[to]]
    if (!a || !b || b.t - a.t < 900) continue
    const rate = ((b.writes - a.writes) * 1000) / (b.t - a.t)
    if (peak === null || rate > peak.rate) peak = { rate, line: b.line }
    from = to
  }
  if (!peak) return notKnown(`${file} does not say how many rows were written meanwhile`)
  const value = Math.round(peak.rate * 10) / 10
  return known(value, { file, selector: `line ${peak.line}`, value })
}

/** By how many generations its consumer group came on. */
export function rebalancesIn(file: string, samples: Samples, span: Span): Measured {
  const told = samples.filter(({ generation }) => generation !== null)
  const before = told.findLast(({ t }) => t <= span.fromMs) ?? told[0]
  const after = told.findLast(({ t }) => t <= span.toMs)
  if (!before || !after) return notKnown(`${file} names no generation of its group`)
  const value = Math.max(0, (after.generation ?? 0) - (before.generation ?? 0))
  return known(value, { file, selector: `line ${after.line}`, value: after.generation })
}

/** What was committed at an instant, by the last sample before it. */
export function committedAt(samples: Samples, t: number): Readonly<Record<string, number>> | null {
  return samples.findLast(sample => sample.t <= t && sample.committed !== null)?.committed ?? null
}
