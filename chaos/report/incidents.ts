import type { Incident } from '../page/panels.ts'
import type { Measurements } from '../record/measurements.ts'
import type { ReportData } from './report-data.ts'

/** In order of beginning; what never began has no place on the axis. */
export function incidents({ measurements, to }: ReportData): Incident[] {
  const all = [...faultBars(measurements, to), ...replayBars(measurements, to), ...stepBars(measurements, to)]
  return all
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map((incident, index) => ({ ...incident, number: index + 1 }))
}

function faultBars({ faults }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return faults.flatMap(fault =>
    fault.intendedAt === null
      ? []
      : [
          {
            id: fault.id,
            label: fault.kind,
            role: 'fault' as const,
            fromMs: fault.intendedAt,
            toMs: fault.healedAt ?? fault.windowEndsAt ?? to,
            provenMs: fault.provenAt,
            summary: fault.summary,
          },
        ],
  )
}

function stepBars({ operatorSteps = [] }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return operatorSteps.map(({ id, what, startedAt, finishedAt }) => ({
    id,
    label: 'operator step',
    role: 'action' as const,
    fromMs: startedAt,
    toMs: finishedAt ?? to,
    provenMs: null,
    summary: what,
  }))
}

function replayBars({ replays }: Measurements, to: number): Omit<Incident, 'number'>[] {
  return replays.map(replay => ({
    id: replay.id,
    label: 'replay',
    role: 'action' as const,
    fromMs: replay.startedAt,
    toMs: replay.finishedAt ?? to,
    provenMs: null,
    summary: 'every partition is read from the oldest offset while devices keep sending',
  }))
}
