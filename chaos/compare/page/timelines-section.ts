import { figure } from '../../page/chart.ts'
import { clockTime, list, ms, plural, short } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { scrolling } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { type Incident, type Panel, stackHeight, stackOption } from '../../page/panels.ts'
import type { Comparison, PlatformTimeline, TimelineBand, Timelines } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { fileLink } from './links.ts'
import { collapsible } from './platform-table.ts'

interface Shown {
  readonly column: Column
  readonly timeline: PlatformTimeline
}

/** One run of each platform under the other, on the drill's clock: load that got through, service lost, latency. */
export const timelinesSection: Section<ComparisonData> = {
  id: 'timelines',
  label: 'Recovery',
  title: 'Recovery, one above the other',
  body: ({ comparison, columns }) => renderTimelines(comparison, columns),
}

function renderTimelines({ timelines }: Comparison, columns: readonly Column[]): Html {
  const shown = columns.flatMap(column => {
    const timeline = timelines.perPlatform[column.platform]
    return timeline && timeline.points.length > 0 ? [{ column, timeline }] : []
  })
  return html`${shown.length === 0 ? html`<p>No run has samples to draw.</p>` : drawn(timelines, shown)}`
}

function drawn(timelines: Timelines, shown: readonly Shown[]): Html {
  const events = lane(shown)
  const panels = shown.flatMap(one => panelsOf(one, shown, timelines))
  const span = { zero: 0, from: timelines.fromMs, to: timelines.toMs }
  return html`<p class="lead">One clock, 0:00 being the start of the drill’s timeline, and the same axes for every platform. Tinted: from a fault’s intent to its healing, or the replay, as it was on that platform.</p>
${figure({
  id: 'timelines-chart',
  title: 'Recovery timelines by platform',
  text: shown.map(one => describeTimeline(one, timelines)).join(' '),
  caption: html`${bandList(shown, events)}${shown.map(
    ({ column, timeline }) =>
      html`<p class="source"><b>${column.label}</b>: run ${timeline.run}, ${timeline.chosen}. ${fileLink(timeline.dir, 'report.html', 'Its own report')} has every second of it.</p>`,
  )}`,
  height: () => stackHeight(panels),
  draw: size => stackOption(panels, events, span, size),
})}
${collapsible('Each fault in numbers, as these runs show it', bandTable(shown, timelines))}`
}

function panelsOf({ column, timeline }: Shown, shown: readonly Shown[], timelines: Timelines): Panel[] {
  const { points, bands } = timeline
  const events = numbered(bands)
  const most = (pick: (point: PlatformTimeline['points'][number]) => number | null): number =>
    Math.max(1, ...shown.flatMap(one => one.timeline.points.map(point => pick(point) ?? 0)))
  return [
    {
      title: `${column.name}: records acknowledged a second`,
      shortTitle: `${column.short}: records/s`,
      height: 92,
      max: roundUp(most(point => point.ackedPerSecond)),
      events,
      lines: [
        {
          name: 'acknowledged',
          role: 'blue',
          shape: 'area',
          points: points.map(point => [point.t, point.ackedPerSecond] as const),
        },
      ],
    },
    {
      title: `${column.name}: partitions that some clients could not write`,
      shortTitle: `${column.short}: no service`,
      height: 46,
      max: Math.max(2, timelines.partitions + (timelines.partitions % 2)),
      events,
      lines: [
        {
          name: `of ${timelines.partitions}`,
          role: 'vermilion',
          shape: 'area',
          points: points.map(point => [point.t, point.unavailablePartitions] as const),
        },
      ],
    },
    {
      title: `${column.name}: latency of producers`,
      shortTitle: `${column.short}: latency`,
      height: 62,
      log: true,
      max: most(point => point.p99Ms),
      events,
      format: value => (value >= 1000 ? `${value / 1000} s` : `${value} ms`),
      lines: [{ name: 'p99', role: 'orange', points: points.map(point => [point.t, point.p99Ms] as const) }],
    },
  ]
}

/** A top for an axis with a middle: 2, 4, 10 and their tens. */
function roundUp(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 3, 4, 6, 8].find(step => step * ten >= value) ?? 10) * ten
}

function numbered(bands: readonly TimelineBand[]): Incident[] {
  return bands
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map((band, index) => ({
      number: index + 1,
      id: band.id,
      label: band.id,
      role: band.role,
      fromMs: band.fromMs,
      toMs: band.toMs,
      provenMs: null,
      summary: band.summary,
    }))
}

/** The lane on top: each fault from where it began first to where it ended last. */
function lane(shown: readonly Shown[]): Incident[] {
  const all = shown.flatMap(({ timeline }) => timeline.bands)
  const ids = [...new Set(all.map(band => band.id))]
  const merged = ids.flatMap(id => {
    const mine = all.filter(band => band.id === id)
    const [first] = mine
    if (!first) return []
    return [
      {
        ...first,
        fromMs: Math.min(...mine.map(band => band.fromMs)),
        toMs: Math.max(...mine.map(band => band.toMs)),
      },
    ]
  })
  return numbered(merged)
}

function bandList(shown: readonly Shown[], events: readonly Incident[]): Html {
  return html`<ol class="incidents">${events.map(event => {
    const mine = shown.flatMap(({ column, timeline }) => {
      const band = timeline.bands.find(one => one.id === event.id)
      return [{ column, band }]
    })
    const summaries = [...new Set(mine.flatMap(({ band }) => (band ? [band.summary] : [])))]
    const kind = mine.find(({ band }) => band)?.band?.kind ?? event.label
    return html`<li value="${event.number}"><b>${event.label}</b>${kind !== event.label && ` (${kind})`} ${summaries.join('; ')} <span class="when">${list(
      mine.map(({ column, band }) =>
        band
          ? `${clockTime(band.fromMs)} to ${clockTime(band.toMs)} on ${column.name}`
          : `not on ${column.name}`,
      ),
    )}</span></li>`
  })}</ol>`
}

interface Felt {
  /** Until the next fault or action begins. */
  readonly toMs: number
  readonly lowest: number | null
  readonly withoutSeconds: number | null
  readonly worstPartitions: number | null
  readonly worstP99Ms: number | null
}

/** What the drawn run shows from a band's beginning until the next one begins. */
function feltIn({ timeline }: Shown, band: TimelineBand, timelines: Timelines): Felt {
  const later = timeline.bands.map(one => one.fromMs).filter(fromMs => fromMs > band.fromMs)
  const toMs = Math.min(timelines.toMs, ...later)
  const points = timeline.points.filter(point => point.t >= band.fromMs && point.t < toMs)
  const known = (pick: (point: (typeof points)[number]) => number | null) =>
    points.flatMap(point => {
      const value = pick(point)
      return value === null ? [] : [value]
    })
  const lost = known(point => point.unavailablePartitions)
  const p99 = known(point => point.p99Ms)
  const acked = known(point => point.ackedPerSecond)
  return {
    toMs,
    lowest: acked.length === 0 ? null : Math.min(...acked),
    withoutSeconds: lost.length === 0 ? null : lost.filter(value => value > 0).length,
    worstPartitions: lost.length === 0 ? null : Math.max(...lost),
    worstP99Ms: p99.length === 0 ? null : Math.max(...p99),
  }
}

function describeTimeline(one: Shown, timelines: Timelines): string {
  const parts = one.timeline.bands.map(band => {
    const { withoutSeconds } = feltIn(one, band, timelines)
    if (withoutSeconds === null) return `after ${band.id} not known`
    return withoutSeconds === 0
      ? `after ${band.id} no partition without service`
      : `after ${band.id} some partition without service in ${plural(withoutSeconds, 'second')}`
  })
  return `${one.column.name}: ${parts.length === 0 ? 'nothing was broken' : list(parts)}.`
}

function bandTable(shown: readonly Shown[], timelines: Timelines): Html {
  const shownOr = (value: number | null, format: (known: number) => string) =>
    html`<td class="n">${value === null ? 'not known' : format(value)}</td>`
  return html`${scrolling(
    'Each fault in numbers',
    html`<table class="roomy">
<thead><tr><th scope="col">Fault or action</th><th scope="col">Platform</th><th scope="col" class="n">From</th><th scope="col" class="n">Effect proven</th><th scope="col" class="n">Healed or done</th><th scope="col" class="n">Seconds with a partition without service</th><th scope="col" class="n">Partitions at worst</th><th scope="col" class="n">Fewest records/s</th><th scope="col" class="n">Worst p99</th></tr></thead>
<tbody>${lane(shown).map(event =>
      shown.map(one => {
        const band = one.timeline.bands.find(each => each.id === event.id)
        if (!band) return null
        const felt = feltIn(one, band, timelines)
        return html`<tr><th scope="row">${band.id}</th><td>${one.column.label}</td><td class="n">${clockTime(band.fromMs)}</td><td class="n">${
          band.role === 'action' ? '–' : band.provenMs === null ? 'not proven' : clockTime(band.provenMs)
        }</td><td class="n">${clockTime(band.toMs)}</td>${shownOr(felt.withoutSeconds, String)}${shownOr(felt.worstPartitions, String)}${shownOr(felt.lowest, short)}${shownOr(felt.worstP99Ms, ms)}</tr>`
      }),
    )}</tbody></table>`,
  )}
<p class="source">From each beginning until the next one begins; comparison.json /timelines</p>`
}
