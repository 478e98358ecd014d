import { list, plural } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { isVerdict } from '../../record/scorecard.ts'
import type { Section } from '../../page/page.ts'
import { chip } from '../../page/verdict-chip.ts'
import { MIN_RUNS } from '../../score/repeats.ts'
import type { Comparison, GateCell, GateRow, Measure, VerdictCell } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { capital } from './top-section.ts'
import { isUntouched } from './summary.ts'
import { collapsible, type PlatformRow, platformTable } from './platform-table.ts'
import { intervalsAreApart, type Format, formatOf, intervalWords, spreadCell } from './spread-words.ts'

/** Dimension by platform: the verdict, and under it the few numbers that decide. */
export const verdictSection: Section<ComparisonData> = {
  id: 'verdicts',
  label: 'Verdicts',
  title: 'Verdicts, and the numbers under them',
  body: ({ comparison, columns }) => renderVerdicts(comparison, columns),
}

function renderVerdicts(comparison: Comparison, columns: readonly Column[]): Html {
  const { verdicts, measures, gates } = comparison
  const judged = new Set(verdicts.map(row => row.dimension))
  const untouched = verdicts.filter(isUntouched)
  const rest = measures.filter(measure => measure.key && !judged.has(measure.dimension))
  return html`<p class="lead">Medians over the repeats. Below each: the interval that holds the median of all possible runs, and how surely; it needs at least ${MIN_RUNS} runs. <span class="best">▼</span> or <span class="best">▲</span> marks the better one, and only where its interval touches no other.</p>
${platformTable({
  label: 'Verdicts by dimension and platform',
  first: 'Dimension',
  columns: columns.map(column => ({ ...column, below: wholeVerdict(column) })),
  groups: [
    ...verdicts
      .filter(row => !isUntouched(row))
      .map(row => [
        {
          label: row.title,
          note: row.failure,
          leads: true,
          cell: ({ platform, ran }: Column) => verdictCell(row.perPlatform[platform], ran),
        },
        ...measures
          .filter(measure => measure.key && measure.dimension === row.dimension)
          .map(measure => measureRow(measure, columns)),
      ]),
    restRows(rest, columns),
  ].filter(rows => rows.length > 0),
})}
${untouched.length > 0 && html`<p class="untouched">${chip('not-exercised')} by this drill, so nothing is known of: ${list(untouched.map(row => row.title))}.</p>`}
${collapsible(
  `All ${gates.length} gates and checks`,
  platformTable({
    label: 'Gates by platform',
    first: 'Gate',
    columns: columns.filter(column => column.ran),
    groups: [gates.map(gateRow)],
  }),
)}
${collapsible(
  `All ${measures.length} measured numbers`,
  platformTable({
    label: 'Measured numbers by platform',
    first: 'Measured',
    columns: columns.filter(column => column.ran),
    groups: [measures.map(measure => measureRow(measure, columns))],
  }),
)}
<h3>What a pass here does not show</h3>
<ul class="notes">${risks(comparison).map(risk => html`<li>${risk}</li>`)}</ul>
<p class="source"><a href="./comparison.json">comparison.json</a> /verdicts, /gates and /measures; every run’s value is in <a href="./comparison.csv">comparison.csv</a></p>`
}

function restRows(rest: readonly Measure[], columns: readonly Column[]): PlatformRow[] {
  if (rest.length === 0) return []
  const head = {
    label: 'The whole run',
    leads: true,
    cell: () => html`<span class="absence"></span>`,
  }
  return [head, ...rest.map(measure => measureRow(measure, columns))]
}

function wholeVerdict({ ran, compared }: Column): Html {
  if (!ran) return html``
  return html`<span class="whole">${chip(compared.verdict ?? 'inconclusive')} <small class="inline">${plural(compared.runs.length, 'run')}</small></span>`
}

function verdictCell(cell: VerdictCell | undefined, ran: boolean): Html {
  if (!ran) return html`<span class="none">not run</span>`
  if (!cell) return html`<span class="none">not known: no run has this row</span>`
  const passed = isVerdict(cell.verdict) ? `${cell.passed} of ${cell.runs} passed` : ''
  return html`${chip(cell.verdict)}<small>${passed}</small>${cell.why && html`<small class="why">${cell.why}</small>`}`
}

function measureRow(measure: Measure, columns: readonly Column[]): PlatformRow {
  const format = formatOf(measure.unit)
  const best = bestOf(measure, columns)
  return {
    label: subjectLabel(measure.subject, measure.label),
    note: measure.outsideOf && `clients in ${measure.outsideOf} left out`,
    cell: ({ platform, ran }) =>
      ran
        ? spreadCell(measure.perPlatform[platform], format, platform === best && bestMark(measure.better))
        : ABSENT,
  }
}

function subjectLabel(subject: string | null, words: string): Html {
  return subject === null ? html`${capital(words)}` : html`<span class="subject">${subject}</span> ${words}`
}

/** The verdicts’ rows say it in words. */
const ABSENT = html`<span aria-hidden="true" class="none absence">–</span><span class="hidden">not run</span>`

function bestMark(better: Measure['better']): Html {
  return better === 'less'
    ? html` <span class="best" role="img" aria-label="the least">▼</span>`
    : html` <span class="best" role="img" aria-label="the most">▲</span>`
}

/** The platform whose interval is better than, and clear of, that of every other one; if there is one. */
function bestOf({ better, perPlatform }: Measure, columns: readonly Column[]): string | null {
  if (better === 'neither') return null
  const known = columns.flatMap(({ platform }) => {
    const spread = perPlatform[platform]
    return spread && spread.median !== null ? [{ platform, spread, median: spread.median }] : []
  })
  const [best, ...others] = known.toSorted((a, b) =>
    better === 'less' ? a.median - b.median : b.median - a.median,
  )
  if (!best || others.length === 0) return null
  return others.every(other => intervalsAreApart(best.spread, other.spread)) ? best.platform : null
}

function gateRow(row: GateRow): PlatformRow {
  const outside = row.outsideOf === null ? '' : `, clients in ${row.outsideOf} left out`
  const format = formatOf(row.unit)
  return {
    label: subjectLabel(row.subject, `${row.what}${outside}`),
    note: row.rule === 'reported' ? `${row.gate}: reported, not judged` : `${row.gate}: ${row.expected}`,
    cell: ({ platform }) => gateCell(row.perPlatform[platform], format, row.unit !== ''),
  }
}

function gateCell(cell: GateCell | undefined, format: Format, numbered: boolean): Html {
  if (!cell) return html`<span class="none">not known: no run has it</span>`
  const { median, verdict, values, why } = cell
  if (median === null || !numbered)
    return html`${chip(verdict)}${why && html`<small class="why">${why}</small>`}`
  const spread = { ...cell, why: null, values: values.map(value => ({ value })) }
  return html`${chip(verdict)} <b>${format(median)}</b><small>${intervalWords(spread, format)}</small>${
    why && html`<small class="why">${why}</small>`
  }`
}

function risks({ verdicts }: Comparison): string[] {
  const told = verdicts.filter(row =>
    Object.values(row.perPlatform).some(cell => cell?.verdict !== 'not-exercised'),
  )
  const texts = [...new Set(told.map(row => row.residualRisk))]
  return texts.map(text => {
    const rows = told.filter(row => row.residualRisk === text)
    return rows.length === told.length ? text : `${rows.map(row => row.title).join(', ')}: ${text}`
  })
}
