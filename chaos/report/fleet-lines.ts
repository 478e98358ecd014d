import type { Incident, Panel, PanelLine } from '../page/panels.ts'
import type { ReportData } from './report-data.ts'

/** The limits that gates set on one measurement, each once. */
export function limitsOf({ scorecard }: ReportData, gate: string): NonNullable<Panel['limits']> {
  const checks = scorecard.rows
    .flatMap(row => row.checks)
    .filter(check => check.check === gate && check.limit)
  const byValue = new Map(checks.map(check => [check.limit?.value ?? 0, check.expected]))
  return [...byValue].map(([value, expected]) => ({ value, label: `allowed ${expected}` }))
}

/** When each fault's recovery must have ended, by its gate: the strictest of those that it has. */
export function deadlinesOf(
  { scorecard, measurements }: ReportData,
  events: readonly Incident[],
): NonNullable<Panel['deadlines']> {
  const checks = scorecard.rows
    .flatMap(row => row.checks)
    .filter(({ check, limit }) => check === 'sustained-recovery-seconds' && limit?.is === 'atMost')
  return measurements.faults.flatMap(({ id, provenAt }) => {
    const allowed = checks.filter(({ subject }) => subject === id).map(({ limit }) => limit?.value ?? 0)
    const number = events.find(event => event.id === id)?.number
    return provenAt === null || allowed.length === 0 || number === undefined
      ? []
      : [{ t: provenAt + 1000 * Math.min(...allowed), label: `${number} back by` }]
  })
}

type FleetRow = ReportData['samples']['fleet']['rows'][number]

export function fleetLine(data: ReportData, pick: (row: FleetRow) => number | null): PanelLine['points'] {
  const { rows, periodMs } = data.samples.fleet
  return withHoles(
    rows
      .filter(row => row.t >= data.from && row.t <= data.to + periodMs)
      .map(row => [row.t, pick(row)] as const),
    3 * periodMs,
  )
}

/** A line must not pass over a stretch that nobody sampled. */
export function withHoles(
  points: readonly (readonly [number, number | null])[],
  longerThanMs: number,
): (readonly [number, number | null])[] {
  return points.flatMap((point, index) => {
    const previous = points[index - 1]
    return previous && point[0] - previous[0] > longerThanMs
      ? [[previous[0] + 1, null] as const, point]
      : [point]
  })
}
