import { findPlatform } from '../platforms/index.ts'
import { BOTTLENECK_LOOP_DELAY_MS } from '../score/fleet-load.ts'
import type { Measured } from '../record/measured.ts'
import { shellWord } from '../core/shell-word.ts'
import { bytes, count, list, ms, seconds, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'
import { madeWords } from './made-words.ts'
import { softwareName } from './software-words.ts'
import { chip } from '../page/verdict-chip.ts'

/** What a careful reader asks last: what is missing, what it ran on, and how to check all this. */
export const missingSection: Section<ReportData> = {
  id: 'missing',
  label: 'Not measured',
  title: 'What was not measured, and why',
  body: renderMissing,
}

function renderMissing({ measurements }: ReportData): Html {
  const { troubles } = measurements.evidence
  const missing = unmeasured(measurements)
  return html`${troubles.length === 0 && missing.length === 0 && html`<p>Every series of samples and every history is whole, and every number could be measured.</p>`}
${
  troubles.length > 0 &&
  html`<ul class="plain">${troubles.map(
    trouble =>
      html`<li>${chip(trouble.effect === 'noted' ? 'not-judged' : 'inconclusive', EFFECTS[trouble.effect])} <b>${trouble.what}</b> in <code>${trouble.file}</code>: ${trouble.detail}${
        trouble.gates.length > 0 &&
        html` <span class="muted">Gates that rest on it: ${trouble.gates.join(', ')}.</span>`
      }</li>`,
  )}</ul>`
}
${missing.length > 0 && html`<ul class="notes">${missing.map(line => html`<li>${line}</li>`)}</ul>`}
<p>Nobody tested here: loss of power (page caches survive the death of a process), disks that fail slowly, clocks that jump, packet loss, and more than one machine.</p>`
}

const EFFECTS = { untrusted: 'untrusted', partial: 'partial', noted: 'noted' } as const

function unmeasured({ faults, replays, fleet, matrix }: ReportData['measurements']): string[] {
  const named: [string, Measured][] = [
    ...faults.flatMap((fault): [string, Measured][] => [
      [`${fault.id}, first success`, fault.everyone.firstSuccessMs],
      [`${fault.id}, sustained success`, fault.everyone.sustainedMs],
      [`${fault.id}, replicas in sync`, fault.inSyncMs],
      [`${fault.id}, leader moves`, fault.leaderMoves],
      [`${fault.id}, bytes moved by recovery`, fault.recoveryBytes.net],
    ]),
    ...replays.flatMap((replay): [string, Measured][] => [
      [`${replay.id}, margin`, replay.worstMargin],
      [`${replay.id}, completeness`, replay.incompleteRecords],
      [`${replay.id}, duration`, replay.seconds],
      [`${replay.id}, tail lag`, replay.tailLagSeconds],
    ]),
    ['load generator’s own delay', fleet.loopDelayMs],
  ]
  const lines = named.flatMap(([what, { why }]) => (why === null ? [] : [`${what}: ${why}`]))
  return matrix.meter === 'none' ? [...lines, `bytes between zones: ${matrix.why}`] : lines
}

export const setupSection: Section<ReportData> = {
  id: 'setup',
  label: 'Set-up',
  title: 'What it ran on',
  body: renderSetup,
}

function renderSetup({ header, measurements, cost }: ReportData): Html {
  const { drill, machine } = header
  const tuned = drill.kafka.timeouts === 'tuned'
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Drill', html`${drill.drill}: ${drill.title} <small>SHA-256 <code>${header.drillSha256}</code></small>`],
    ['Run', html`${header.run}, seed ${header.seed}`],
    ['Again', againWords(header)],
    [
      'Platform',
      html`${softwareName(header)}, driver ${header.driver}, ${list(header.nodes.map(node => `broker ${node.id} in ${node.zone}`))}`,
    ],
    ...softwareNotes(header),
    [
      'Failover time-outs',
      tuned
        ? 'Tuned to fail over in seconds (broker session 3 s, replica lag 4 s, quorum fetch 1.5 s). Kafka’s own defaults took about three times as long when both were tried on this lab.'
        : 'As Kafka ships them.',
    ],
    ['Fleet', fleetWords(drill.fleet, measurements.fleet.gateways)],
    [
      'Versions',
      Object.entries(header.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Commit', header.commit ?? 'not a checkout'],
    [
      'Machine',
      html`${machine.cpuModel}, ${count(machine.cpus)} CPUs, ${bytes(machine.memoryBytes)}, ${machine.os} ${machine.arch}, load ${machine.load1.toFixed(1)} at the start`,
    ],
    ['Load generator', loopWords(measurements.fleet)],
    ['Parts of this program above their limits', toolWords(measurements.tool)],
  ]
  // A run that was priced has it under what was used, by the better measure of memory.
  const brokerTable =
    cost === null &&
    html`<table><caption class="hidden">CPU and memory of the brokers</caption>
<thead><tr><th scope="col">Broker</th><th scope="col" class="n">CPU</th><th scope="col" class="n">Memory, peak (RSS)</th></tr></thead>
<tbody>${measurements.fleet.nodes.map(
      node =>
        html`<tr><th scope="row">${node.node} (${node.zone})</th><td class="n">${shown(node.cpuSeconds, seconds)}</td><td class="n">${shown(node.peakResidentBytes, bytes)}</td></tr>`,
    )}</tbody></table>`
  return html`<dl class="facts">${rows.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${brokerTable}`
}

/** One line that repeats the run, for whoever has its folder; and what it was, for whoever has this page alone. */
function againWords(header: ReportData['header']): Html {
  const { drill, driver, platform: name, seed, versions } = header
  // A run on another version than the shipped one repeats nothing.
  const isOfMaven = driver === 'local' && findPlatform(name)?.versions.from === 'maven'
  const platform = isOfMaven && versions.kafka !== undefined ? `${name}@${versions.kafka}` : name
  const line = `aftershock run --from FOLDER${driver === 'attach' ? ' --bootstrap HOST:PORT' : ''}`
  const words = ['aftershock run', shellWord(drill.drill), '--platform', platform, '--seed', shellWord(seed)]
  return html`${madeWords(header)}: <code>${line}</code>, with the folder of this page; or, by its words, <code>${words.join(' ')}</code>`
}

function softwareNotes({
  software,
  regionSoftware,
}: ReportData['header']): readonly (readonly [string, string])[] {
  const of = (notes: readonly string[] = [], label: string) =>
    notes.length === 0 ? [] : [[label, notes.join(' ')] as const]
  return [
    ...of(software?.notes, 'About that software'),
    ...(regionSoftware?.name === software?.name ? [] : of(regionSoftware?.notes, 'About that of region b')),
  ]
}

function fleetWords(fleet: ReportData['header']['drill']['fleet'], gateways: number): string {
  const { reconnect, edgeBuffer, telemetry } = fleet
  return (
    `${count(fleet.devices)} devices behind ${gateways} gateways; telemetry of ${telemetry.payloadBytes} B every ${ms(telemetry.intervalMs)}; ` +
    `batches of ${fleet.lingerMs} ms; acks=${fleet.acks}${fleet.idempotent ? ', idempotent producers' : ''}${fleet.compression === 'none' ? '' : `, compressed by ${fleet.compression}`}; reconnect ${reconnect.policy} from ${ms(reconnect.baseMs)} to ${ms(reconnect.maxMs)}; ` +
    `edge buffer of ${count(edgeBuffer.records)} records per device and topic, then ${edgeBuffer.whenFull}`
  )
}

function loopWords({ loopDelayMs, toolIsBottleneck }: ReportData['measurements']['fleet']): string {
  const worst = `its own worst delay was ${shown(loopDelayMs, ms)}`
  if (toolIsBottleneck === null) return `${worst}: whether it was the bottleneck is not known`
  return toolIsBottleneck
    ? `${worst}: more than ${BOTTLENECK_LOOP_DELAY_MS} ms, so latencies are in part its own`
    : `${worst}: it was not the bottleneck`
}

/** Of `samples/tool.jsonl`. */
function toolWords(tool: ReportData['measurements']['tool']): string {
  if (!tool) return 'not sampled'
  const bound = tool.parts.filter(({ boundSeconds }) => boundSeconds > 0)
  if (bound.length === 0) return 'none, at no time'
  return bound
    .map(({ part, boundSeconds, seconds: all }) => `${part} for ${seconds(boundSeconds)} of ${seconds(all)}`)
    .join('; ')
}

export const verifySection: Section<ReportData> = {
  id: 'verify',
  label: 'Verify',
  title: 'How to verify this report',
  body: renderVerify,
}

function renderVerify({ header, measurements }: ReportData): Html {
  return html`<p>Every number here comes from files in the run’s folder. With that folder and no network:</p>
<pre tabindex="0"><code>npx . verify runs/${header.run}
npx . audit runs/${header.run}
npx . score runs/${header.run}
npx . cost runs/${header.run}
npx . report runs/${header.run}</code></pre>
<p>The journal has ${count(measurements.evidence.journalLines)} lines, each carrying the SHA-256 of the one before it. The last one’s is
<code class="digest">${measurements.evidence.journalHead}</code>.</p>`
}
