import { ms, short } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { table } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { chip } from '../../page/verdict-chip.ts'
import type { Comparison, WarmUp } from '../comparison.ts'
import { type Column, nameOf, type ComparisonData } from './columns.ts'
import { collapsible, platformTable } from './platform-table.ts'
import { capital, sentence } from './top-section.ts'

/** Before any number: in what the columns differ, and where the tool itself was in the way. */
export const fairnessSection: Section<ComparisonData> = {
  id: 'fairness',
  label: 'What differs',
  title: 'What differs between the columns',
  body: ({ comparison, columns }) => renderFairness(comparison, columns),
}

function renderFairness(comparison: Comparison, columns: readonly Column[]): Html {
  const { fairness } = comparison
  return html`<p class="lead">Everything else was the same for all runs; it is listed below. Runs that differ in more are refused, not averaged.</p>
${differences(comparison, columns)}
<h3>Where the tool itself was the limit</h3>
${bottlenecks(comparison, columns)}
<h3>Order and warm-up</h3>
<p>${orderWords(comparison)}</p>
<p>${warmUpWords(fairness.warmUp)}</p>
${collapsible('What was the same for all runs', sameTable(comparison))}
${fairness.order.runs.length > 0 && collapsible('The runs in the order in which they were made', orderTable(comparison, columns))}
${fairness.warmUp.length > 0 && collapsible('Warm-up of each run', warmUpTable(comparison, columns))}`
}

function orderWords({ fairness, platforms }: Comparison): Html {
  const { order } = fairness
  if (platforms.every(({ runs }) => runs.length < 2))
    return html`<b>No platform ran twice:</b> whatever changed on the machine between the runs is in the difference.`
  return order.interleaved
    ? html`${sentence(order.rule)} The repeats took turns, so that no platform always had the early or the late place.`
    : html`<b>The repeats did not take turns:</b> whatever changed on the machine over time is in the difference.`
}

function differences({ fairness }: Comparison, columns: readonly Column[]): Html {
  if (fairness.differs.length === 0) return html`<p>No difference was found.</p>`
  return platformTable<Column>({
    label: 'What differs between the platforms',
    first: 'Difference',
    columns: columns.filter(column => column.ran),
    groups: [
      fairness.differs.map(({ what, perPlatform, matters }) => ({
        label: capital(what),
        note: matters,
        cell: ({ platform }) => perPlatform[platform] ?? 'not known',
      })),
    ],
  })
}

function bottlenecks({ fairness }: Comparison, columns: readonly Column[]): Html {
  const { toolBottlenecks } = fairness
  if (toolBottlenecks.length === 0) return html`<p>In no run was the tool found to be the bottleneck.</p>`
  return html`<ul class="plain">${toolBottlenecks.map(
    ({ platform, run, what, value, limit }) =>
      html`<li>${chip('inconclusive', 'tool')} <b>${nameOf(columns, platform)}, run ${run}:</b> ${what}, ${value} (limit ${limit}).</li>`,
  )}</ul><p>Times of these runs are in part the tool’s or the machine’s own.</p>`
}

function warmUpWords(rows: readonly WarmUp[]): string {
  if (rows.length === 0)
    return 'Nothing is recorded of how warm the platforms were when the first fault began.'
  const cold = rows.filter(row => row.enough === false).length
  const unknown = rows.filter(row => row.enough === null).length
  if (cold + unknown === 0)
    return `All ${rows.length} runs were at full load and steady for long enough before the first fault.`
  const words = [
    ...(cold > 0 ? [`${cold} of ${rows.length} runs were not warm when the first fault began`] : []),
    ...(unknown > 0 ? [`of ${unknown} of ${rows.length} runs it is not known how warm they were`] : []),
  ]
  return sentence(words.join('; '))
}

function sameTable({ fairness }: Comparison): Html {
  return html`<dl class="facts">${fairness.same.map(
    ({ what, value }) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

function orderTable({ fairness }: Comparison, columns: readonly Column[]): Html {
  return html`<ol class="order">${fairness.order.runs.map(
    ({ platform, run, startedAt }) =>
      html`<li>${nameOf(columns, platform)}, run ${run} <span class="muted">${when(startedAt)}</span></li>`,
  )}</ol>`
}

export const when = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

function warmUpTable({ fairness }: Comparison, columns: readonly Column[]): Html {
  const time = (value: number | null) => (value === null ? 'not known' : ms(value))
  return table({
    label: 'Warm-up of each run',
    kind: 'roomy',
    rows: fairness.warmUp,
    columns: [
      [
        'Run',
        ({ platform, run, why }) => {
          return html`${nameOf(columns, platform)}, ${run}${why && html`<small class="why">${why}</small>`}`
        },
      ],
      ['Asked for', ({ askedMs }) => time(askedMs), 'n'],
      ['At full load', ({ loadedMs }) => time(loadedMs), 'n'],
      ['Steady', ({ steadyMs }) => time(steadyMs), 'n'],
      ['Youngest broker', ({ youngestBrokerMs }) => time(youngestBrokerMs), 'n'],
      [
        'Records before',
        ({ recordsBefore }) => (recordsBefore === null ? 'not known' : short(recordsBefore)),
        'n',
      ],
      ['Enough', ({ enough }) => (enough === null ? 'not known' : enough ? 'yes' : 'no'), 'n'],
    ],
  })
}
