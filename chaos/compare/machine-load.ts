import type { Evidence } from '../score/evidence.ts'
import { SATURATED } from '../score/machine-pressure.ts'

/** How much of the machine's CPUs was in use while a run's timeline played. */
export interface MachineLoad {
  /** Of the seconds; 1 is all of every CPU. */
  readonly medianBusy: number
  /** Part of the seconds in which nothing was left. */
  readonly saturated: number
  readonly seconds: number
}

/** Fewer tell nothing of a run of minutes. */
const FEWEST = 10

/** null where it was not sampled, as in runs of earlier versions. */
export function machineLoad({ journal, machine }: Pick<Evidence, 'journal' | 'machine'>): MachineLoad | null {
  const at = (kind: string) => journal.events.find(({ event }) => event.kind === kind)?.event.t
  const [from, to] = [at('timeline.started') ?? 0, at('timeline.ended') ?? Number.POSITIVE_INFINITY]
  const during = machine.rows.filter(({ t }) => t > from && t <= to)
  return loadOf(during.flatMap(({ busy }) => (busy === null ? [] : [busy])))
}

export function loadOf(busy: readonly number[]): MachineLoad | null {
  if (busy.length < FEWEST) return null
  const sorted = busy.toSorted((a, b) => a - b)
  const saturated = busy.filter(share => share >= SATURATED).length / busy.length
  return { medianBusy: sorted[Math.floor(sorted.length / 2)] ?? 0, saturated, seconds: busy.length }
}
