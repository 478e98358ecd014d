import type { PhaseComparison, ReplayMeasurement } from '../record/measurements.ts'
import { between, bytes, count, perSecond, seconds, short, shown, times } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import { formatSpan } from '../core/units.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'

/** One for each replay. */
export function replaySections({ measurements: { replays } }: ReportData): Section<ReportData>[] {
  return replays.map(replay => ({
    id: `replay-${replay.id}`,
    label: replays.length > 1 ? `Replay ${replay.id}` : 'Replay',
    title: `${replay.what ? 'Replay of a part' : 'Replay from the oldest offset'}${replays.length > 1 ? ` (${replay.id})` : ''}`,
    body: () => renderReplay(replay),
  }))
}

function renderReplay(replay: ReplayMeasurement): Html {
  const { compared, equal, partitions } = replay.checksums
  return html`<dl class="facts">
${replay.what && html`<div><dt>Asked for</dt><dd>${replay.what}</dd></div>`}
${before(replay)}
<div><dt>Read</dt><dd>${shown(replay.records, short)} records, ${shown(replay.bytes, bytes)}</dd></div>
<div><dt>In</dt><dd>${shown(replay.seconds, seconds)}, at ${shown(replay.recordsPerSecond, perSecond)} or ${shown(replay.bytesPerSecond, value => `${bytes(value)}/s`)}</dd></div>
${sources(replay)}
${bytesOfNodes(replay)}
${limit(replay)}
${stall(replay)}
<div><dt>Missing</dt><dd>${shown(replay.incompleteRecords, value => (value === 0 ? 'nothing' : `${count(value)} records`))}</dd></div>
${unread(replay)}
${inWindow(replay)}
<div><dt>Checksums equal to what is stored</dt><dd>${compared === 0 ? 'not compared' : `${equal} of ${partitions} partitions`}</dd></div>
<div><dt>Smallest margin before retention</dt><dd>${shown(replay.worstMargin, value => `${count(value)} records`)}</dd></div>
</dl>
<h3>What producers and dashboards felt of it</h3>
${table({
  label: 'Producers and dashboards before, during and after the replay',
  rows: replay.phases,
  columns: [
    [null, ({ phase }) => PHASES[phase]],
    ['Producer p50', ({ producer }) => latency(producer.p50Ms), 'n'],
    ['Producer p99', ({ producer }) => latency(producer.p99Ms), 'n'],
    ['Acknowledged', ({ ackedPerSecond }) => shown(ackedPerSecond, perSecond), 'n'],
    ['Tail lag, median', ({ tailLagMedianSeconds }) => shown(tailLagMedianSeconds, seconds), 'n'],
    ['Tail lag, worst', ({ tailLagMaxSeconds }) => shown(tailLagMaxSeconds, seconds), 'n'],
  ],
})}
${comparisonTable(replay)}
<p class="source">Latency of batches by their oldest record, from its intended send time; history/ and samples/consumers.jsonl → measurements.json /replays</p>
${partitionTable(replay)}`
}

/** What it said that it had before it. */
function before({ stated }: ReplayMeasurement): Html {
  if (!stated) return html``
  if (stated.records === null)
    return html`<div><dt>Before it began</dt><dd>not told: ${stated.unreported ?? 'no broker said'}</dd></div>`
  const { records, gone, bytes: size, expectedSeconds, expectedBy, marginMs } = stated
  const expected =
    expectedSeconds === null
      ? ''
      : expectedBy === 'limit'
        ? `, about ${seconds(expectedSeconds)} by its limit`
        : `, no less than ${seconds(expectedSeconds)}`
  const margin =
    marginMs === null
      ? 'when retention by age reaches it is not known'
      : marginMs > 0
        ? `at least ${formatSpan(marginMs)} until retention by age reaches it`
        : 'retention by age has reached it'
  return html`<div><dt>Before it began</dt><dd>${count(records)} offsets${size !== null && `, about ${bytes(size)}`}${expected}; ${(gone ?? 0) > 0 && html`<b>${count(gone ?? 0)} of those asked for were gone</b>; `}${margin}</dd></div>
`
}

/** On plain Kafka every record is hot, which goes without saying. */
function sources({ sources: from }: ReplayMeasurement): Html {
  if (!from || (from.coldRecords.value === 0 && from.fromStoreBytes.value === null)) return html``
  const { coldRecords, hotRecords, eitherRecords, fromStoreBytes } = from
  return html`<div><dt>Cold, from the object store</dt><dd>${shown(coldRecords, short)} records; the store gave out ${shown(fromStoreBytes, bytes)} meanwhile</dd></div>
<div><dt>Hot, from the brokers</dt><dd>${shown(hotRecords, short)} records${(eitherRecords.value ?? 0) > 0 && `; ${shown(eitherRecords, short)} could be either`}</dd></div>
`
}

/** On a shared platform bytes are all that tells cold from hot: at most what its nodes took, at least the rest. */
function bytesOfNodes({ sources: from }: ReplayMeasurement): Html {
  if (!from?.coldBytesAtMost || !from.hotBytesAtLeast) return html``
  const { nodesFromStoreBytes, coldBytesAtMost, hotBytesAtLeast } = from
  const took = nodesFromStoreBytes && html`; nodes took ${shown(nodesFromStoreBytes, bytes)} from the store`
  return html`<div><dt>By bytes</dt><dd>at most ${shown(coldBytesAtMost, bytes)} cold, at least ${shown(hotBytesAtLeast, bytes)} from memory${took}</dd></div>
`
}

/** What was gone before the reader came to it, to the offset. */
function unread({ partitions }: ReplayMeasurement): Html {
  const ranges = partitions.flatMap(({ partition, gone, unread: later }) =>
    [...(gone ? [gone] : []), ...(later ?? [])].map(({ from, to }) => ({ partition, from, to })),
  )
  if (ranges.length === 0) return html``
  return html`<div><dt>Gone before it was read</dt><dd>${ranges.map(
    ({ partition, from, to }) => html`${partition}: ${count(to - from)} offsets, ${from} to ${to - 1}<br />`,
  )}</dd></div>
`
}

/** Whether it says something of the platform, or of what read it. */
function limit({ limit: found }: ReplayMeasurement): Html {
  if (!found) return html``
  const lines =
    found.lines &&
    html` <span class="source">samples/tool.jsonl lines ${found.lines[0]} to ${found.lines[1]}</span>`
  return html`<div><dt>Who decided its speed</dt><dd>${found.why}${lines}</dd></div>
`
}

/** Clocks of devices lie: what was read of a window bears other times too. */
function inWindow({ partitions }: ReplayMeasurement): Html {
  const counted = partitions.flatMap(({ window }) => window ?? [])
  if (counted.length === 0) return html``
  const sum = (key: 'inside' | 'before' | 'after') => counted.reduce((all, one) => all + one[key], 0)
  return html`<div><dt>By the time that records bear</dt><dd>${count(sum('inside'))} of the window; among them ${count(sum('before'))} from before it and ${count(sum('after'))} from after it</dd></div>
`
}

/** Clients of a tier hear no error while the store is away: they wait. */
function stall({ longestStallSeconds: stood }: ReplayMeasurement): Html {
  if (!stood) return html``
  const { interval } = stood
  const certain = interval && interval.low !== null ? `, of which ${seconds(interval.low)} for certain` : ''
  return html`<div><dt>Longest time without a record</dt><dd>${shown(stood, seconds)}${certain}</dd></div>
`
}

const COMPARED = [
  ['producer-p50-ms', 'Producer p50', times],
  ['producer-p99-ms', 'Producer p99', times],
  ['acked-per-second', 'Acknowledged', times],
  [
    'tail-lag-seconds',
    'Tail lag, median',
    (value: number) => `${value < 0 ? '−' : '+'}${seconds(Math.abs(value))}`,
  ],
] as const

/** Each phase against the one before the first fault. */
function comparisonTable({ comparisons }: ReplayMeasurement): Html {
  if (comparisons.length === 0) return html``
  const phases = [...new Set(comparisons.map(({ phase }) => phase))]
  const found = (what: PhaseComparison['what'], phase: PhaseComparison['phase']) =>
    comparisons.find(comparison => comparison.what === what && comparison.phase === phase)?.estimate
  return html`<h3>Against the part before the first fault</h3>
${table({
  label: 'Producers and dashboards compared with before',
  rows: phases,
  columns: [
    [null, phase => PHASES[phase]],
    ...COMPARED.map(
      ([what, label, format]) =>
        [
          label,
          (phase: PhaseComparison['phase']) => {
            const estimate = found(what, phase)
            if (!estimate || estimate.value === null) return 'not measured'
            return html`${format(estimate.value)}<br /><small>${between(estimate)}</small>`
          },
          'n',
        ] as const,
    ),
  ],
})}
<p class="source">Below each: the 95% confidence interval, from a block bootstrap over seconds; it needs at least 10 s on each side. measurements.json /replays/…/comparisons</p>`
}

const PHASES = { before: 'Before the first fault', during: 'During the replay', after: 'After it' } as const

const latency = (value: number | null): string => (value === null ? 'not measured' : `${count(value)} ms`)

type ReplayPartitionRow = ReplayMeasurement['partitions'][number]

function partitionTable({ partitions }: ReplayMeasurement): Html {
  if (partitions.length === 0) return html``
  const offset = (value: number | null) => (value === null ? 'not measured' : count(value))
  return html`<details><summary>Offsets and checksums of each partition</summary>
${table({
  label: 'Offsets and checksums of each partition',
  rows: partitions,
  columns: [
    ['Partition', ({ partition }) => partition],
    ['Oldest available', ({ oldest, oldestAvailable }) => offset(oldestAvailable ?? oldest), 'n'],
    ...(partitions.some(({ oldest, oldestAvailable }) => (oldestAvailable ?? oldest) !== oldest)
      ? [['Began at', ({ oldest }: ReplayPartitionRow) => offset(oldest), 'n'] as const]
      : []),
    ['Oldest required', ({ oldestRequired }) => offset(oldestRequired), 'n'],
    ['Margin', ({ margin }) => offset(margin), 'n'],
    ['End', ({ end }) => offset(end), 'n'],
    ['Records', ({ records }) => offset(records), 'n'],
    ['SHA-256 read', ({ sha256 }) => html`<code>${sha256?.slice(0, 12) ?? '–'}</code>`],
    [
      'Stored',
      ({ sha256, storedSha256: stored }) =>
        stored === null ? 'not compared' : stored === sha256 ? 'equal' : 'different',
    ],
  ],
})}</details>`
}
