import { figure } from '../page/chart.ts'
import { bytes, count, list, ms, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel, PanelLine } from '../page/panels.ts'
import { ZONE_ROLES } from '../page/palette.ts'
import { table } from '../page/table.ts'
import type { RegionMeasurement } from '../record/region-measurement.ts'
import { incidents, stepBarId, TOOL_BOUND } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** Two regions: what was lost and how long it took first, then both on one time axis, then offsets by content. */
export const regionsSection: Section<ReportData> = {
  id: 'regions',
  label: 'Regions',
  title: 'Two regions: what was lost, and how long it took',
  when: ({ measurements }) => measurements.regions !== undefined,
  body: data => (data.measurements.regions ? render(data, data.measurements.regions) : html``),
}

function render(data: ReportData, regions: RegionMeasurement): Html {
  const { steps, moves, devices, policy } = regions
  return html`<p class="lead">${lead(regions)}</p>
${table({
  label: 'Recovery point and recovery time',
  rows: [regions],
  columns: [
    ['Recovery point', ({ lostMs }) => shown(lostMs, ms), 'n'],
    [
      regions.moves.length > 1 ? 'Lost on the way' : 'Lost in region b',
      ({ lost }) => shown(lost, count),
      'n',
    ],
    ['Recovery time', ({ recoveryMs }) => shown(recoveryMs, ms), 'n'],
    ['In neither region', ({ lostEverywhere }) => shown(lostEverywhere, count), 'n'],
    ['There twice', ({ repeated }) => shown(repeated, count), 'n'],
    ['Out of order', ({ outOfOrder }) => shown(outOfOrder, count), 'n'],
    ['Read again', ({ reread }) => shown(reread, count), 'n'],
    ['Passed over', ({ skipped }) => shown(skipped, count), 'n'],
    ['Newest checkpoint behind', ({ checkpointMs }) => shown(checkpointMs, ms), 'n'],
    ['Between the regions', ({ bytesBetween }) => shown(bytesBetween, bytes), 'n'],
  ],
})}
${chart(data, regions)}
${steps.length > 0 ? stepTable(data, regions) : ''}
${moves.length > 1 ? moveTable(regions) : ''}
${moves.map(offsetTable)}
${devices.length > 0 ? deviceTable(devices) : ''}
<p class="source">history/*.jsonl · regions/*.jsonl · samples/regions.jsonl (${policy} policy) → measurements.json /regions</p>`
}

function lead({ newestMissing, newestAckedAt, acked, lost, moves }: RegionMeasurement): string {
  // The first move on which something was lost is the one that is told.
  const { from = 'a', to = 'b' } = moves.find(move => (move.lost.value ?? 0) > 0) ?? moves[0] ?? {}
  const told = `Region a acknowledged ${count(acked.a)} records and region b ${count(acked.b)}.`
  if (lost.value === null)
    return `${told} What region ${to} lacks of region ${from} is not known: ${lost.why ?? ''}.`
  if (!newestMissing || newestAckedAt === null)
    return moves.length > 1
      ? `${told} Each region has all that the other had acknowledged when devices left it.`
      : `${told} Region b has all that region a acknowledged.`
  return `${told} The newest record that region ${from} acknowledged and region ${to} lacks is ${newestMissing.id} of ${newestMissing.topic}, acknowledged ${ms(newestAckedAt - newestMissing.at)} before the last one.`
}

const NAMES: Readonly<Record<string, string>> = {
  'fail-over': 'fail-over',
  'fail-back': 'fail-back',
  migrate: 'migration',
  'roll-back': 'roll-back',
}
const nameOf = (kind: string): string => NAMES[kind] ?? kind

/** Each move by itself, where there are several. */
const moveTable = ({ moves }: RegionMeasurement): Html => html`<h3>There, and back</h3>
${table({
  label: 'Each move of devices and consumers',
  rows: moves,
  columns: [
    ['Move', ({ kind }) => nameOf(kind)],
    ['To region', ({ to }) => to],
    ['Done', ({ ok }) => (ok === null ? 'not known' : ok ? 'yes' : 'NO')],
    ['Recovery point', ({ lostMs }) => shown(lostMs, ms), 'n'],
    ['Lost', ({ lost }) => shown(lost, count), 'n'],
    ['It took', ({ recoveryMs }) => shown(recoveryMs, ms), 'n'],
    ['Read again', ({ reread }) => shown(reread, count), 'n'],
    ['Passed over', ({ skipped }) => shown(skipped, count), 'n'],
  ],
})}`

/** What each step cost: its time, what went between the regions meanwhile, and whose work it was. */
function stepTable(data: ReportData, regions: RegionMeasurement): Html {
  const { steps, cut, moves } = regions
  const numbers = new Map(incidents(data).map(({ id, number }) => [id, number]))
  const kindOf = (id: string) => nameOf(moves.find(move => move.id === id)?.kind ?? 'fail-over')
  const isOne = moves.length < 2
  return html`<h3>${isOne ? `The ${kindOf(steps[0]?.id ?? '')}` : 'All moves'}, step by step</h3>
${table({
  label: 'Steps of each move',
  rows: steps,
  columns: [
    ...(isOne ? [] : [['Move', ({ id }: Step) => kindOf(id)] as const]),
    ['Step', ({ step }) => step],
    ['On the axis', step => String(numbers.get(stepBarId(step)) ?? ''), 'n'],
    ['By', ({ owner }) => owner],
    ['Done', ({ ok }) => (ok ? 'yes' : 'NO')],
    ...(cut === null ? [] : [['After the loss', ({ at }: Step) => ms(at - cut.at), 'n'] as const]),
    ['It took', ({ tookMs }) => ms(tookMs), 'n'],
    [
      'Between the regions',
      ({ bytesBetween }) => (bytesBetween === null ? 'not known' : bytes(bytesBetween)),
      'n',
    ],
    ['What was seen', ({ proof }) => proof],
    ['Journal', ({ line }) => `line ${line}`],
  ],
})}`
}

type Step = RegionMeasurement['steps'][number]

function offsetTable({ partitions, from, to, kind }: RegionMeasurement['moves'][number]): Html | string {
  if (partitions.length === 0) return ''
  return html`<h3>Offsets of the group at the ${nameOf(kind)}: translated, and right by content</h3>
<p class="lead">A record is known by its id, not by its number. Right is the first offset of region ${to} that holds something which the group had not committed in region ${from}.</p>
${table({
  label: `Offsets of each partition in both regions at the ${nameOf(kind)}`,
  rows: partitions,
  columns: [
    ['Partition', ({ partition }) => partition],
    [`Committed in ${from}`, ({ committed }) => (committed === null ? 'nothing' : count(committed)), 'n'],
    ['Translated', ({ translated }) => (translated === null ? 'nothing' : count(translated)), 'n'],
    ['Began at', ({ began }) => count(began), 'n'],
    ['Right', ({ right }) => count(right), 'n'],
    ['Read again', ({ reread }) => count(reread), 'n'],
    ['Passed over', ({ skipped }) => count(skipped), 'n'],
    [`End of ${to} then`, ({ end }) => (end === null ? 'not known' : count(end)), 'n'],
  ],
})}`
}

const deviceTable = (devices: RegionMeasurement['devices']): Html => html`<h3>Devices that felt it most</h3>
${table({
  label: 'Devices with records that are missing, there twice or out of order',
  rows: devices.slice(0, 10),
  columns: [
    ['Device', ({ device }) => device],
    ['Missing in region b', ({ lost }) => count(lost), 'n'],
    ['There twice', ({ repeated }) => count(repeated), 'n'],
    ['Out of order', ({ outOfOrder }) => count(outOfOrder), 'n'],
  ],
})}`

/** Both clusters on one axis, and the steps of the fail-over on it. */
function chart(data: ReportData, { bySecond, steps }: RegionMeasurement): Html | string {
  if (bySecond.length === 0) return ''
  const line = (name: string, column: 1 | 2 | 3, at: number): PanelLine => ({
    name,
    role: ZONE_ROLES[at % ZONE_ROLES.length] ?? 'blue',
    points: bySecond.flatMap(row => {
      const value = row[column]
      return value !== null && row[0] >= data.from && row[0] <= data.to + 1000
        ? [[row[0], value] as const]
        : []
    }),
  })
  const panels: Panel[] = [
    {
      title: 'Acknowledged records per second, by region',
      shortTitle: 'Acknowledged/s',
      height: 120,
      lines: [line('region a', 1, 0), line('region b', 2, 1)],
    },
    {
      title: 'New in region b per second, mirrored or from devices',
      shortTitle: 'New in b/s',
      height: 80,
      lines: [line('region b', 3, 1)],
    },
  ]
  // When this program was in the way is told by the time axis of the whole run.
  const bars = incidents(data).filter(({ label }) => label !== TOOL_BOUND)
  const told = list(
    steps.map(({ step, tookMs, ok }) => `${step} ${ms(tookMs)}${ok ? '' : ', and was not completed'}`),
  )
  return figure({
    id: 'regions-chart',
    title: 'Both regions on one time axis',
    text: told === '' ? 'Nobody went to the other region.' : `How long each step took: ${told}.`,
    ...stackDrawing(panels, bars, data),
    values: valueTable(panels, data, 'regions', { id: 'regions-chart' }),
  })
}
