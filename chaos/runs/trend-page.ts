import { fileLink } from '../compare/page/links.ts'
import { formatValue, nameWithoutUnit } from '../core/quantity.ts'
import { type ChartOption, type ChartSize, figure } from '../page/chart.ts'
import { csvLink } from '../page/csv.ts'
import { plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { renderPage, type Section } from '../page/page.ts'
import { ROLES } from '../page/palette.ts'
import { table } from '../page/table.ts'
import { chip } from '../page/verdict-chip.ts'
import type { KeptRun } from './kept-runs.ts'
import { type Trend, type TrendMeasure, versionOf } from './trend.ts'
import { latestWords } from './trend-words.ts'

export interface TrendPage {
  readonly trends: readonly Trend[]
  /** From where the page lies, the folder of a run that has a report; null for one without. */
  readonly reportOf: (run: KeptRun) => string | null
  /** Runs that are not in it, each with the reason. */
  readonly unread: readonly { readonly path: string; readonly why: string }[]
  readonly version: string
}

/** Pure: the index of a folder of runs. Each drill on each platform has its runs, its pictures and its numbers. */
export function renderTrends(page: TrendPage): string {
  const runs = page.trends.reduce((sum, trend) => sum + trend.runs.length, 0)
  return renderPage({
    title: 'Runs and trends',
    top: html`<header><h1>Did recovery get better or worse?</h1>
<p>${plural(runs, 'run')}, the newest first. A number is better or worse where an exact rank test says that chance alone would do so in fewer than 5 of 100 cases; with three runs of a version no test can say that.</p></header>`,
    sections: [...page.trends.map(sectionOf), UNREAD],
    data: page,
    footer: `Drawn by aftershock ${page.version} from the scorecards of the runs.`,
  })
}

function sectionOf(trend: Trend, index: number): Section<TrendPage> {
  const name = `${trend.drill} on ${trend.platform}`
  return {
    id: `trend-${index}`,
    label: name,
    title: name,
    body: ({ reportOf }) => html`<p>${trend.title}</p>
${trend.measures.filter(isDrawn).map((measure, number) => chartOf(trend, measure, `trend-${index}-${number}`))}
${numbersTable(trend, name)}
<h3>Its runs</h3>
${runsTable(trend, name, reportOf)}`,
  }
}

const UNREAD: Section<TrendPage> = {
  id: 'unread',
  label: 'Left out',
  title: 'Runs that were left out',
  when: ({ unread }) => unread.length > 0,
  body: ({ unread }) => html`<ul>${unread.map(({ path, why }) => html`<li>${path}: ${why}</li>`)}</ul>`,
}

/** What recovery is told by, and what went beyond its limit once. With one run there is no line to draw. */
const isDrawn = (measure: TrendMeasure): boolean =>
  measure.isJudged &&
  (measure.isKey || wasBeyond(measure)) &&
  measure.values.filter(value => value !== null).length > 1

const wasBeyond = ({ expected, limit, values }: TrendMeasure): boolean =>
  limit !== null &&
  values.some(value => value !== null && (expected.startsWith('at most') ? value > limit : value < limit))

const titleOf = ({ check, subject, unit }: TrendMeasure): string =>
  `${nameWithoutUnit(check, unit)}${subject === null ? '' : ` of ${subject}`}`

function chartOf(trend: Trend, measure: TrendMeasure, id: string): Html {
  const { values, unit, what, latest, limit } = measure
  const known = values.filter(value => value !== null)
  return figure({
    id,
    title: titleOf(measure),
    text: `${titleOf(measure)} ${what}: from ${formatValue(known[0] ?? 0, unit)} in the oldest run to ${formatValue(known.at(-1) ?? 0, unit)} in the newest; ${latestWords(latest, unit)}.`,
    height: () => 190,
    draw: size => lineOption(trend, measure, limit, size),
    values: valuesOf(trend, measure, id),
  })
}

/** What was drawn, run by run, for keyboards and other programs. */
function valuesOf({ drill, platform, runs }: Trend, measure: TrendMeasure, id: string): Html {
  const rows = runs.map((run, index) => ({ run, value: measure.values[index] ?? null }))
  const name = `${drill}-${platform}-${titleOf(measure)}`.replaceAll(/[^\w.-]+/g, '-')
  const csv = csvLink(
    name,
    ['run', 'begun', 'platform', 'program', `${measure.check} (${measure.unit})`],
    rows.map(({ run, value }) => [run.run, run.startedAt, run.platform, run.version, value]),
  )
  return html`<details><summary>Its values as a table</summary><p>${csv}</p>${table({
    label: `Values of ${titleOf(measure)}, ${id}`,
    kind: 'values',
    rows,
    columns: [
      ['Begun (UTC)', ({ run }) => run.startedAt.slice(0, 16).replace('T', ' ')],
      ['Made with', ({ run }) => versionOf(run)],
      ['Value', ({ value }) => (value === null ? '–' : formatValue(value, measure.unit)), 'n'],
    ],
  })}</details>`
}

function lineOption(trend: Trend, measure: TrendMeasure, limit: number | null, size: ChartSize): ChartOption {
  const { values, unit } = measure
  const show = (value: number) => formatValue(value, unit)
  const isWide = size.kind === 'wide'
  return {
    title: { text: titleOf(measure), left: 0, top: 0, textStyle: { color: ROLES.ink, fontSize: 13 } },
    grid: { left: isWide ? 72 : 64, right: 16, top: 34, bottom: 44 },
    xAxis: {
      type: 'category',
      data: trend.runs.map((run, index) => labelOf(run, trend.runs[index - 1])),
      axisLabel: { color: ROLES.muted, interval: index => isLabelled(index, trend.runs, isWide ? 12 : 3) },
      axisLine: { lineStyle: { color: ROLES.line } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      // Of records there are no halves.
      ...(values.every(value => Number.isInteger(value ?? 0)) && { minInterval: 1 }),
      ...(limit !== null && { max: ({ max }) => Math.max(max, limit) }),
      axisLabel: { color: ROLES.muted, formatter: (value: number) => show(value) },
      splitLine: { lineStyle: { color: ROLES.line } },
    },
    series: [
      {
        type: 'line',
        data: [...values],
        symbolSize: 8,
        lineStyle: { color: ROLES.blue },
        itemStyle: { color: ROLES.blue },
        ...(limit !== null && {
          markLine: {
            symbol: 'none',
            data: [{ yAxis: limit }],
            lineStyle: { color: ROLES.vermilion, type: 'dashed' },
            label: { formatter: `limit ${show(limit)}`, position: 'insideEndTop', color: ROLES.vermilion },
          },
        }),
      },
    ],
  }
}

/** The day; below it, where it changed, what the run was made with. */
function labelOf(run: KeptRun, before: KeptRun | undefined): string {
  const day = run.startedAt.slice(5, 10)
  return before !== undefined && versionOf(before) === versionOf(run)
    ? day
    : `${day}\n${versionOf(run).replace(', aftershock', '\naftershock')}`
}

/** So many at even steps, and each run with which a version came. */
function isLabelled(index: number, runs: readonly KeptRun[], most: number): boolean {
  const [run, before] = [runs[index], runs[index - 1]]
  if (run && before && versionOf(run) !== versionOf(before)) return true
  return index % Math.ceil(runs.length / most) === 0
}

function numbersTable({ measures }: Trend, name: string): Html {
  const shown = (measure: TrendMeasure, at: 0 | -1) => {
    const value = measure.values.filter(one => one !== null).at(at)
    return value === undefined ? '-' : formatValue(value, measure.unit)
  }
  return table({
    label: `Numbers of ${name}`,
    rows: measures.filter(({ isJudged }) => isJudged),
    columns: [
      ['Gate', titleOf],
      ['Limit', ({ expected }) => expected],
      ['Oldest', measure => shown(measure, 0), 'n'],
      ['Newest', measure => shown(measure, -1), 'n'],
      ['The newest version against the one before', ({ latest, unit }) => latestWords(latest, unit)],
    ],
  })
}

function runsTable({ runs }: Trend, name: string, reportOf: TrendPage['reportOf']): Html {
  return table({
    label: `Runs of ${name}`,
    rows: runs.toReversed(),
    columns: [
      ['Begun (UTC)', ({ startedAt }) => startedAt.slice(0, 16).replace('T', ' ')],
      ['Verdict', ({ verdict }) => (verdict === null ? 'not judged' : chip(verdict))],
      ['Platform', ({ platform }) => platform],
      ['Program', ({ version }) => version],
      ['Seed', ({ seed }) => seed],
      ['Sealed', ({ isSealed }) => (isSealed ? 'yes' : 'no')],
      [
        'Report',
        run => {
          const folder = reportOf(run)
          return folder === null ? 'none' : fileLink(folder, 'report.html', run.run)
        },
      ],
    ],
  })
}
