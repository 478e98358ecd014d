import { ms } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'

type Signal = ReportData['measurements']['observability'][number]

/** What those who recover could have seen, signal by signal and phase by phase. */
export const observabilitySection: Section<ReportData> = {
  id: 'signals',
  label: 'Signals',
  title: 'Signals: what could be seen, and when',
  when: ({ measurements }) => (measurements.observability[0]?.phases ?? []).length > 0,
  body: renderSignals,
}

function renderSignals({ measurements }: ReportData): Html {
  const rows = measurements.observability
  const phases = rows[0]?.phases.map(phase => phase.name) ?? []
  return html`<p class="lead">The share of the samples due in each phase that came; below it, the longest time without one. A broker that is down serves no metrics: whoever recovers it does not see them either.</p>
${table({
  label: 'Coverage of signals by phase',
  rows,
  columns: [
    ['Signal', ({ signal }) => signal],
    ...phases.map((name, index) => [name, (row: Signal) => coverage(row.phases[index]), 'n'] as const),
  ],
})}
<p class="source">measurements.json /observability; samples/*.jsonl</p>`
}

function coverage(phase: Signal['phases'][number] | undefined): Html | string {
  if (!phase || phase.share === null || phase.longestGapMs === null) return 'not exercised'
  return html`${Math.floor(phase.share * 100)} %<br><small>${ms(phase.longestGapMs)}</small>`
}
