import { known, longerThan, type Measured, notKnown } from '../record/measured.ts'
import type { RebuildEvent } from '../record/processor-evidence.ts'
import type { ProcessorSample } from '../record/samples.ts'
import type { Sampled, Series } from '../record/series.ts'
import type { Span } from './timeline.ts'

type Samples = readonly Sampled<ProcessorSample>[]

/** Brokers that do not answer for as long hide whether anybody was behind. */
const HOLE_MS = 10_000

export interface Behind {
  readonly measured: Measured
  readonly partition: string | null
}

/**
 * From `span.fromMs` until no partition of `topic` was further behind than it ever was in `steady`, and stayed so. A
 * second of records is allowed beside, since both offsets are asked for one after the other.
 */
export function behindAfter(
  { file, rows }: Pick<Series<ProcessorSample>, 'file'> & { readonly rows: Samples },
  topic: string,
  steady: Span | null,
  span: Span,
): Behind {
  const none = (why: string): Behind => ({ measured: notKnown(why), partition: null })
  if (!steady) return none('nothing is known of before the first fault')
  const told = rows.filter(row => row.committed !== null && row.ends !== null)
  const quiet = told.filter(({ t }) => t >= steady.fromMs && t <= Math.min(steady.toMs, span.fromMs))
  const within = told.filter(({ t }) => t >= span.fromMs && t <= span.toMs)
  const [first, last] = [quiet[0], quiet.at(-1)]
  if (!first || !last || last.t - first.t < 3000)
    return none(`${file} has too little of before the first fault`)
  const end = within.at(-1)
  if (!end) return none(`${file} has no sample in its window`)
  const hole = within.findIndex((row, at) => row.t - (within[at - 1]?.t ?? span.fromMs) > HOLE_MS)
  if (hole >= 0) return none(`${file} has a hole before line ${within[hole]?.line}`)
  const partitions = Object.keys(end.ends ?? {}).filter(
    name => name.slice(0, name.lastIndexOf('/')) === topic,
  )
  const limits = new Map(
    partitions.map(name => {
      const perSecond = ((last.ends?.[name] ?? 0) - (first.ends?.[name] ?? 0)) / ((last.t - first.t) / 1000)
      return [name, Math.max(...quiet.map(row => lagOf(row, name))) + Math.max(10, perSecond)]
    }),
  )
  const isBehind = (row: ProcessorSample, name: string) => lagOf(row, name) > (limits.get(name) ?? 0)
  const worst = partitions
    .map(name => ({ name, at: within.findLastIndex(row => isBehind(row, name)) }))
    .toSorted((a, b) => b.at - a.at)[0]
  if (!worst) return none(`${file} names no partition of ${topic}`)
  const proof = (row: Sampled<ProcessorSample>, value: number) => ({
    file,
    selector: `line ${row.line}`,
    value,
  })
  if (worst.at < 0)
    return { measured: known(0, proof(within[0] ?? end, within[0]?.t ?? end.t)), partition: null }
  const back = within[worst.at + 1]
  if (back) return { measured: known(back.t - span.fromMs, proof(back, back.t)), partition: worst.name }
  const lag = lagOf(end, worst.name)
  const why = `${worst.name} was ${lag} records behind in the end`
  return { measured: longerThan(end.t - span.fromMs, why, proof(end, lag)), partition: worst.name }
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
