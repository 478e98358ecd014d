import { figure } from '../page/chart.ts'
import { count, ms, plural, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel, PanelLine } from '../page/panels.ts'
import { ZONE_ROLES } from '../page/palette.ts'
import { table } from '../page/table.ts'
import type { Measured } from '../record/measured.ts'
import {
  NOTHING_RESTORED,
  type CommandExample,
  type ProcessorMeasurement,
  type WriterMeasurement,
} from '../record/processor-measurement.ts'
import type { ProcessorSample } from '../record/samples.ts'
import { withHoles } from './fleet-lines.ts'
import { incidents, withEvents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** A stateful processor: every command against what the stored records ask for, and how its state was rebuilt. */
export const processorSection: Section<ReportData> = {
  id: 'processor',
  label: 'Processor',
  title: 'What the stateful processor did again, and how it was rebuilt',
  when: ({ measurements }) => measurements.processor !== undefined,
  body: data => (data.measurements.processor ? render(data, data.measurements.processor) : html``),
}

function render(data: ReportData, processor: ProcessorMeasurement): Html {
  const { guarantee, standbys, every, topic, faults, file, command } = processor
  return html`<p class="lead">It keeps a twin of each device of <code>${topic}</code> and sends it a command each time its sequence passes a multiple of ${every}: <code>${guarantee}</code>${command ? html`, as the drill says of its own program <code>${command.join(' ')}</code>` : `, ${plural(standbys, 'standby replica')}`}. What it must have sent is not taken from it: the stored records were folded again, apart from it.</p>
${chart(data, topic)}
<h3>Every command and every twin against the stored records</h3>
${table({
  label: 'Commands and twins of the processor',
  rows: [processor],
  columns: [
    ['Guarantee', ({ guarantee: promised }) => promised],
    ['Records', ({ stored }) => shown(stored, count), 'n'],
    ['Not processed', ({ unprocessed }) => shown(unprocessed, count), 'n'],
    ['Commands due', ({ due }) => shown(due, count), 'n'],
    ['Given', ({ given }) => shown(given, count), 'n'],
    ['Taken back', ({ takenBack }) => shown(takenBack, count), 'n'],
    ['Given again', ({ repeated }) => shown(repeated, count), 'n'],
    ['Missing', ({ missing }) => shown(missing, count), 'n'],
    ['Unasked', ({ unasked }) => shown(unasked, count), 'n'],
    ['Not acknowledged', ({ unacknowledged }) => shown(unacknowledged, count), 'n'],
    ['Twins', ({ twins }) => shown(twins, count), 'n'],
    ['Of them wrong', ({ mismatched }) => shown(mismatched, count), 'n'],
  ],
})}
${processor.inRegionB && movedPart(processor, processor.inRegionB)}
${findings(processor)}
${processor.writer && writerTable(processor.writer)}
${faults.length > 0 && underFaults(faults)}
<p class="source">${file} · history/stored.jsonl · samples/processor.jsonl → measurements.json /processor</p>`
}

function movedPart(
  { repeated, devicesRepeated, file }: ProcessorMeasurement,
  { issuedTwice, issuedTwiceDevices = [], handedAgain }: NonNullable<ProcessorMeasurement['inRegionB']>,
): Html {
  const most = issuedTwiceDevices.length > 0 ? ` (most of ${devicesOf(issuedTwiceDevices)})` : ''
  return html`<p>It went to region b with its devices. Numbers above are of both regions together: what was copied is no command of region b’s own. ${shown(issuedTwice, count)} commands stand in the logs of both regions${most}; devices were given ${shown(repeated, count)} again, ${shown(devicesRepeated, value => plural(value, 'device'))} in all. ${shown(handedAgain, count)} were handed to devices again from an offset that had been committed before, and they knew them. ${file} has both.</p>`
}

function writerTable(writer: WriterMeasurement): Html {
  return html`<h3>What its writers did to the database</h3>
<p class="lead">Whoever is given a partition claims it in the database. A writer that hung comes back with a batch that was due: it is ${writer.fencing === 'epoch' ? 'refused, because its claim is not the newest' : 'written, because nobody checks'}.</p>
${table({
  label: 'Writes of the processor’s instances',
  rows: [writer],
  columns: [
    ['Fencing', ({ fencing }) => fencing],
    ['Written', ({ written }) => shown(written, count), 'n'],
    ['After another had taken over', ({ late }) => shown(late, count), 'n'],
    ['Devices set back by that', ({ setBack }) => shown(setBack, count), 'n'],
    ['Refused', ({ refused }) => shown(refused, count), 'n'],
    ['Missing', ({ missing }) => shown(missing, count), 'n'],
    ['Not committed', ({ uncommitted }) => shown(uncommitted, count), 'n'],
  ],
})}`
}

function underFaults(faults: ProcessorMeasurement['faults']): Html {
  return html`<h3>Each rebuild</h3>
<p class="lead">Times count from the injection. Nobody takes over before the group has noticed; then state is downloaded from its changelog, and what came meanwhile is processed. A dash: no state was restored.</p>
${table({
  label: 'The processor under each fault',
  rows: faults,
  columns: [
    ['Fault', ({ fault }) => fault],
    ['The last partition', ({ worstPartition }) => worstPartition ?? '–'],
    ['Restoring began after', ({ takeoverMs }) => ofRestored(takeoverMs, ms), 'n'],
    ['Download', ({ downloadMs }) => ofRestored(downloadMs, ms), 'n'],
    ['Records of it', ({ downloadedRecords }) => ofRestored(downloadedRecords, count), 'n'],
    ['Processing what was left', ({ replayMs }) => ofRestored(replayMs, ms), 'n'],
    ['Nothing behind after', ({ rebuildMs }) => shown(rebuildMs, ms), 'n'],
    ['Behind in all', ({ behindMs }) => shown(behindMs, ms), 'n'],
  ],
})}`
}

/** Most faults leave an instance its state: a dash, and no number that is missing. */
const ofRestored = (measured: Measured, format: (value: number) => string): string =>
  measured.why === NOTHING_RESTORED ? '–' : shown(measured, format)

/** Where to look first, and who was given what again. */
function findings({ examples, repeatedDevices, devicesRepeated }: ProcessorMeasurement): Html | string {
  const commands = [
    ['given again', examples.repeated],
    ['due and given to nobody', examples.missing],
    ['asked for by no stored record', examples.unasked],
  ] as const
  const items = [
    ...commands.flatMap(([words, found]) =>
      found.length > 0
        ? [html`<li>Commands ${words}: <code>${found.slice(0, 3).map(wordsOf).join(', ')}</code></li>`]
        : [],
    ),
    ...(repeatedDevices.length > 0
      ? [
          html`<li>Given a command again: ${shown(devicesRepeated, value => plural(value, 'device'))}, most often <code>${devicesOf(repeatedDevices)}</code></li>`,
        ]
      : []),
    ...examples.mismatched
      .slice(0, 3)
      .map(
        ({ device, kept, folded }) =>
          html`<li>The twin of <code>${device}</code> is ${kept ?? 'not there'}; the stored records say ${folded ?? 'none'}</li>`,
      ),
  ]
  return items.length > 0 ? html`<ul>${items}</ul>` : ''
}

const devicesOf = (devices: ProcessorMeasurement['repeatedDevices']): string =>
  devices
    .slice(0, 5)
    .map(({ device, times }) => `${device} (${plural(times, 'time')})`)
    .join(', ')

const wordsOf = ({ id, given, cause }: CommandExample): string =>
  `${id} (${plural(given, 'time')}${cause ? `, by partition ${cause.partition} offset ${cause.offset}` : ''})`

function chart(data: ReportData, topic: string): Html | string {
  const rows = data.samples.processor?.rows ?? []
  if (rows.length === 0) return html`<p>The processor was not sampled.</p>`
  const panels = panelsOf(data, topic)
  const lags = rows.flatMap(row => lagOf(row, topic) ?? [])
  const events = incidents(data)
  const text =
    lags.length > 0
      ? `It was at most ${plural(Math.max(...lags), 'record')} behind.`
      : 'How far it was behind is not known.'
  return figure({
    id: 'processor-chart',
    title: 'Records behind, partitions and state of each instance',
    text,
    caption: withEvents(text, events),
    ...stackDrawing(panels, events, data),
    values: valueTable(panels, data, 'the processor', { id: 'processor-chart' }),
  })
}

function panelsOf(data: ReportData, topic: string): Panel[] {
  const { rows = [], periodMs = 1000 } = data.samples.processor ?? {}
  const own = rows.filter(row => row.t >= data.from && row.t <= data.to + 1000)
  const line = (name: string, index: number, of: (row: ProcessorSample) => number | null): PanelLine => ({
    name,
    role: ZONE_ROLES[index % ZONE_ROLES.length] ?? 'blue',
    points: withHoles(
      own.map(row => [row.t, of(row)] as const),
      3 * periodMs,
    ),
  })
  const nodes = [...new Set(own.flatMap(({ instances }) => instances.map(({ node }) => node)))]
  const ofEach = (of: (one: ProcessorSample['instances'][number]) => number | null): PanelLine[] =>
    nodes.map((node, index) =>
      line(`instance ${node}`, index, ({ instances }) => {
        const found = instances.find(one => one.node === node)
        return found ? of(found) : null
      }),
    )
  const stepped = (lines: readonly PanelLine[]) => lines.map(one => ({ ...one, shape: 'step' as const }))
  return [
    {
      title: 'Records stored and not committed',
      shortTitle: 'Behind',
      height: 110,
      lines: [line('behind', 0, row => lagOf(row, topic))],
    },
    {
      title: 'Partitions that each instance processes, as it says itself',
      shortTitle: 'Partitions',
      height: 80,
      lines: stepped(ofEach(({ state, active }) => (state === null ? null : active.length))),
    },
    {
      title: 'Bytes of state on disk',
      shortTitle: 'State',
      height: 80,
      lines: ofEach(({ stateBytes }) => stateBytes),
    },
  ]
}

function lagOf({ committed, ends }: ProcessorSample, topic: string): number | null {
  if (committed === null || ends === null) return null
  return Object.entries(ends).reduce(
    (lag, [name, end]) =>
      name.slice(0, name.lastIndexOf('/')) === topic ? lag + Math.max(0, end - (committed[name] ?? 0)) : lag,
    0,
  )
}
