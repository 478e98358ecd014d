import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { RebuildEvent } from '../record/processor-evidence.ts'
import type { ProcessorSample } from '../record/samples.ts'
import type { Sampled, Series } from '../record/series.ts'
import type { Span } from './timeline.ts'

type Samples = readonly Sampled<ProcessorSample>[]

/** Brokers that do not answer for as long hide whether anybody was behind. */
const HOLE_MS = 10_000

export interface Behind {
  /** Until nobody was behind, and stayed so for a while. */
  readonly measured: Measured
  readonly partition: string | null
  /** How long somebody was behind in the whole window: state that moves back later is a pause too. */
  readonly total: Measured
}

/**
 * From `span.fromMs` until no partition of `topic` was further behind than it ever was in `steady`, and stayed so for
 * `holdMs`. A second of records is allowed beside, since both offsets are asked for one after the other.
 */
export function behindAfter(
  { file, rows }: Pick<Series<ProcessorSample>, 'file'> & { readonly rows: Samples },
  topic: string,
  steady: Span | null,
  span: Span,
  holdMs: number,
): Behind {
  const none = (why: string): Behind => ({ measured: notKnown(why), partition: null, total: notKnown(why) })
  if (!steady) return none('nothing is known of before the first fault')
  const told = rows.filter(row => row.committed !== null && row.ends !== null)
  const quiet = told.filter(({ t }) => t >= steady.fromMs && t <= Math.min(steady.toMs, span.fromMs))
  const within = told.filter(({ t }) => t >= span.fromMs && t <= span.toMs)
  const limits = limitsOf(quiet, topic)
  if (!limits) return none(`${file} has too little of before the first fault`)
  const end = within.at(-1)
  if (!end) return none(`${file} has no sample in its window`)
  const hole = within.findIndex((row, at) => row.t - (within[at - 1]?.t ?? span.fromMs) > HOLE_MS)
  if (hole >= 0) return none(`${file} has a hole before line ${within[hole]?.line}`)
  const behind = within.map(row =>
    [...limits.keys()].filter(name => lagOf(row, name) > (limits.get(name) ?? 0)),
  )
  const proof = (row: Sampled<ProcessorSample>, value: number) => ({
    file,
    selector: `line ${row.line}`,
    value,
  })
  const sum = within.reduce(
    (ms, row, at) => ms + (behind[at]?.length ? row.t - (within[at - 1]?.t ?? span.fromMs) : 0),
    0,
  )
  const total = known(Math.round(sum), proof(end, Math.round(sum)))
  const last = lastBehind(within, behind, span.fromMs, holdMs)
  if (last < 0) return { measured: known(0, proof(within[0] ?? end, 0)), partition: null, total }
  const partition = behind[last]?.[0] ?? null
  const back = within[last + 1]
  if (back) return { measured: known(back.t - span.fromMs, proof(back, back.t)), partition, total }
  const why = `${partition} was ${lagOf(end, partition ?? '')} records behind in the end`
  return { measured: longerThan(end.t - span.fromMs, why, proof(end, end.t)), partition, total }
}

/** The last sample of the first stretch of trouble: after it nobody was behind for `holdMs`. -1: nobody was at all. */
function lastBehind(
  within: Samples,
  behind: readonly (readonly string[])[],
  fromMs: number,
  holdMs: number,
): number {
  let last = -1
  for (const [at, row] of within.entries()) {
    if ((behind[at]?.length ?? 0) === 0) continue
    const since = last < 0 ? fromMs : (within[last + 1]?.t ?? row.t)
    if (last >= 0 && row.t - since > holdMs) break
    last = at
  }
  return last
}

/** By partition: the most that it was behind, and a second of its records; null where too little was told. */
function limitsOf(quiet: Samples, topic: string): ReadonlyMap<string, number> | null {
  const [first, last] = [quiet[0], quiet.at(-1)]
  if (!first || !last || last.t - first.t < 3000) return null
  const names = Object.keys(last.ends ?? {}).filter(name => name.slice(0, name.lastIndexOf('/')) === topic)
  if (names.length === 0) return null
  return new Map(
    names.map(name => {
      const perSecond = ((last.ends?.[name] ?? 0) - (first.ends?.[name] ?? 0)) / ((last.t - first.t) / 1000)
      return [name, Math.max(...quiet.map(row => lagOf(row, name))) + Math.max(10, perSecond)]
    }),
  )
}

function lagOf({ committed, ends }: ProcessorSample, name: string): number {
  return Math.max(0, (ends?.[name] ?? 0) - (committed?.[name] ?? 0))
}

/** One stretch in which an instance restored the state of one partition. */
export interface Restore {
  readonly node: number
  readonly partition: number
  readonly fromMs: number
  /** null: it never ended, or was broken off. */
  readonly toMs: number | null
  readonly records: number
}

/** @param zeroWallMs the wall time of the run's zero @returns in the order in which they began */
export function restoresOf(events: readonly RebuildEvent[], zeroWallMs: number): Restore[] {
  const open = new Map<string, { readonly fromMs: number }>()
  const restores: Restore[] = []
  const close = (node: number, partition: number, toMs: number | null, records: number) => {
    const began = open.get(`${node}/${partition}`)
    if (!began) return
    open.delete(`${node}/${partition}`)
    restores.push({ node, partition, fromMs: began.fromMs, toMs, records })
  }
  for (const [node, at, what, partition, records] of events) {
    if (partition === null) continue
    if (what === 'restore-start') {
      close(node, partition, null, 0)
      open.set(`${node}/${partition}`, { fromMs: at - zeroWallMs })
    } else if (what === 'restore-end') close(node, partition, at - zeroWallMs, records ?? 0)
    else if (what === 'restore-suspended') close(node, partition, null, records ?? 0)
  }
  for (const [name, { fromMs }] of open) {
    const [node = 0, partition = 0] = name.split('/').map(Number)
    restores.push({ node, partition, fromMs, toMs: null, records: 0 })
  }
  return restores.toSorted((a, b) => a.fromMs - b.fromMs)
}

/** How long at least one of them was going on. */
export function coveredMs(restores: readonly Restore[]): number {
  let sum = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { fromMs, toMs } of restores) {
    if (toMs === null) continue
    sum += Math.max(0, toMs - Math.max(fromMs, until))
    until = Math.max(until, toMs)
  }
  return sum
}
