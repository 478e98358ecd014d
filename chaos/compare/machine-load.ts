import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { eachLine } from '../record/json-lines.ts'
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

const machineSample = z.object({ t: z.number(), busy: z.number().nullable() })

/** null where it was not sampled, as in runs of earlier versions. */
export async function readMachineLoad(
  runDir: string,
  journal: Evidence['journal'],
): Promise<MachineLoad | null> {
  const path = join(runDir, 'samples', 'machine.jsonl')
  if (!existsSync(path)) return null
  const at = (kind: string) => journal.events.find(({ event }) => event.kind === kind)?.event.t
  const [from, to] = [at('timeline.started') ?? 0, at('timeline.ended') ?? Number.POSITIVE_INFINITY]
  const busy: number[] = []
  await eachLine(path, text => {
    const sample = parse(text)
    if (sample && sample.busy !== null && sample.t > from && sample.t <= to) busy.push(sample.busy)
  })
  return loadOf(busy)
}

export function loadOf(busy: readonly number[]): MachineLoad | null {
  if (busy.length < FEWEST) return null
  const sorted = busy.toSorted((a, b) => a - b)
  const saturated = busy.filter(share => share >= SATURATED).length / busy.length
  return { medianBusy: sorted[Math.floor(sorted.length / 2)] ?? 0, saturated, seconds: busy.length }
}

/** A line that was cut short is a hole like any other. */
function parse(text: string): z.output<typeof machineSample> | null {
  try {
    const parsed = machineSample.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
