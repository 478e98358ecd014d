import { figure } from '../../page/chart.ts'
import { list, times } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import type { Section } from '../../page/page.ts'
import type { Comparison, ReplayImpact, Spread } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { type BarGroup, barsHeight, barsOption } from './interval-bars.ts'
import { collapsible, type PlatformRow, platformTable } from './platform-table.ts'
import { formatOf, percent, spreadCell, spreadWords } from './spread-words.ts'

type PhaseName = 'before' | 'during' | 'after'

/** What reading the history back did to those who were still sending: the time before it against the time of it. */
export const replaySection: Section<ComparisonData> = {
  id: 'replay',
  label: 'Replay',
  title: 'What the replay did to live traffic',
  body: ({ comparison, columns }) => renderReplay(comparison, columns),
}

function renderReplay({ replayImpact }: Comparison, columns: readonly Column[]): Html {
  const ran = columns.filter(column => column.ran)
  return html`${replayImpact.length === 0 && html`<p>The drill replayed nothing, or no run has the evidence of a replay.</p>`}
${replayImpact.map(impact => oneReplay(impact, ran, replayImpact.length > 1))}`
}

const PHASE_WORDS: Readonly<Record<PhaseName, string>> = {
  before: 'before the first fault',
  during: 'during the replay',
  after: 'after it',
}

function phaseOf(impact: ReplayImpact, { platform }: Column, phase: PhaseName) {
  return impact.perPlatform[platform]?.phases.find(one => one.phase === phase)
}

function oneReplay(impact: ReplayImpact, columns: readonly Column[], several: boolean): Html {
  const groups = columns.map((column): BarGroup => {
    const bar = (phase: 'before' | 'during', hollow: boolean) => {
      const spread = phaseOf(impact, column, phase)?.producerP99Ms
      return spread ? [{ label: phase, role: column.look.role, hollow, spread }] : []
    }
    return { title: column.short, bars: [...bar('before', true), ...bar('during', false)] }
  })
  const ms = formatOf('ms')
  const ratio = (column: Column): Spread | undefined => impact.perPlatform[column.platform]?.producerP99Ratio
  return html`${several && html`<h3>${impact.subject}</h3>`}
<p class="lead">Producers’ p99 latency before the first fault (hollow) and while the history was read (filled). Whiskers: the interval of the median over the repeats.</p>
${figure({
  id: `replay-${impact.subject.replace(/[^a-z0-9-]/gi, '-')}-chart`,
  title: 'Producer p99 before and during the replay',
  text: `During the replay over before: ${list(columns.map(column => `${column.name} ${spreadWords(ratio(column), times)}`))}.`,
  height: () => barsHeight(groups),
  draw: size => barsOption(groups, ms, size),
})}
${platformTable({
  label: 'Live traffic before, during and after the replay',
  first: 'Live traffic',
  columns,
  groups: [
    phaseRows(impact, 'Producer p99', 'producerP99Ms', 'ms'),
    phaseRows(impact, 'Tail lag, worst', 'tailLagMaxSeconds', 's'),
    phaseRows(impact, 'Acknowledged', 'ackedPerSecond', 'records/s'),
  ],
})}
<h3>The replay itself</h3>
${platformTable({ label: 'The replay itself', first: 'Replay', columns, groups: [replayRows(impact)] })}
${collapsible(
  'Median latency',
  platformTable({
    label: 'Median latency before, during and after the replay',
    first: 'Live traffic',
    columns,
    groups: [phaseRows(impact, 'Producer p50', 'producerP50Ms', 'ms')],
  }),
)}
<p class="source">comparison.json /replayImpact</p>`
}

function phaseRows(
  impact: ReplayImpact,
  label: string,
  key: 'producerP50Ms' | 'producerP99Ms' | 'tailLagMaxSeconds' | 'ackedPerSecond',
  unit: string,
): PlatformRow[] {
  return (['before', 'during', 'after'] as const).map(phase => ({
    label,
    note: PHASE_WORDS[phase],
    cell: column => spreadCell(phaseOf(impact, column, phase)?.[key], formatOf(unit)),
  }))
}

function replayRows(impact: ReplayImpact): PlatformRow[] {
  const of = ({ platform }: Column) => impact.perPlatform[platform]
  return [
    {
      label: 'Producer p99, during over before',
      cell: column => spreadCell(of(column)?.producerP99Ratio, times),
    },
    { label: 'Duration', cell: column => spreadCell(of(column)?.seconds, formatOf('s')) },
    {
      label: 'Rate',
      note: 'records read',
      cell: column => spreadCell(of(column)?.recordsPerSecond, formatOf('records/s')),
    },
    {
      label: 'Rate',
      note: 'bytes read',
      cell: column => spreadCell(of(column)?.bytesPerSecond, formatOf('bytes/s')),
    },
    {
      label: 'Cold share',
      note: 'records that came from the object store; the rest was hot, on brokers',
      cell: column => coldCell(of(column)?.coldShare),
    },
  ]
}

function coldCell(spread: Spread | undefined): Html {
  if (!spread || spread.median === null) return spreadCell(spread, percent)
  return spreadCell(spread, percent, html` <small class="inline">hot ${percent(1 - spread.median)}</small>`)
}
