import type { Check } from '../score/scorecard.ts'
import type { FaultMeasurement, Measurements } from '../score/measurements.ts'
import { bytes, clockTime, count, list, ms, plural, seconds, short, shown } from './format.ts'
import { type Html, html } from './html.ts'
import type { ReportData } from './report-data.ts'
import { madeMark, softwareName } from './software-words.ts'
import { chip } from './verdict-chip.ts'

/** What a reader with ten seconds takes away: the answer, what was broken, and the numbers that matter. */
export function headline(data: ReportData): Html {
  const { scorecard, header, measurements } = data
  const { answer } = measurements.secondOutage
  const words = {
    no: 'Recovery did not become a second outage.',
    yes: 'Recovery became a second outage.',
    unknown: 'Whether recovery became a second outage is not known.',
  }
  return html`<header class="top v-${scorecard.verdict}">
<p class="eyebrow">aftershock · ${header.drill.drill} on ${softwareName(header)} · ${date(header.startedAtWallMs)}</p>
${made(header)}<h1>${words[answer]}</h1>
<p class="broken">${whatWasBroken(measurements)} ${loadSentence(data)}</p>
<p class="judged">${chip(scorecard.verdict)} ${verdictSentence(data)}</p>
${(answer !== 'no' || measurements.secondOutage.pauses.length > 0) && html`<p class="answer">${scorecard.secondOutage.sentence}</p>`}
<dl class="tiles">${tiles(data).map(
    tile => html`<div><dt>${tile.label}</dt><dd><b>${tile.value}</b><span>${tile.note}</span></dd></div>`,
  )}</dl>
</header>`
}

/** Before the answer: whatever it is, it is not about a product. */
function made(header: ReportData['header']): Html | null {
  const mark = madeMark(header)
  if (mark === null || header.software === undefined) return null
  return html`<p class="made"><b>${mark}.</b> ${header.software.notes[0]}</p>
`
}

function date(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const DEEDS: Readonly<Record<string, string>> = {
  'broker-kill': 'a broker was killed',
  'broker-stop': 'a broker was stopped',
  'broker-hang': 'a broker was frozen',
  'broker-replace': 'a broker was replaced by an empty one',
  'link-latency': 'links were delayed',
  'link-bandwidth': 'links were narrowed',
  'link-reset': 'connections were reset',
  'zone-cut': 'a zone was cut off',
  'clients-crash': 'gateways crashed',
  's3-outage': 'the object store was out of reach',
  's3-throttle': 'the object store refused requests',
  's3-latency': 'the object store answered late',
  's3-error-once': 'requests to the object store failed',
}

function whatWasBroken({ faults, replays }: Measurements): string {
  const deeds = faults
    .filter(fault => fault.injectedAt !== null)
    .map(fault => `${DEEDS[fault.kind] ?? fault.kind}: ${fault.summary}`)
  const replay = replays.length > 0 ? ['the whole history was replayed under load'] : []
  if (deeds.length + replay.length === 0) return 'Nothing was broken.'
  const text = [...deeds, ...replay].join('; ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function loadSentence({ measurements, header }: ReportData): string {
  const { ackedPerSecond } = measurements.fleet
  const load = ackedPerSecond.value === null ? '' : ` sending ${count(ackedPerSecond.value)} records a second`
  return `Meanwhile ${plural(header.drill.fleet.devices, 'device')} in ${plural(header.zones.length, 'zone')} went on${load}.`
}

function verdictSentence({ scorecard }: ReportData): string {
  const checks = scorecard.rows.flatMap(row => row.checks).filter(check => check.verdict !== 'not-judged')
  const of = (verdict: Check['verdict']) => checks.filter(check => check.verdict === verdict)
  const failed = of('fail')
  const unknown = of('inconclusive')
  if (failed.length > 0) {
    const names = failed
      .map(check => (check.subject === null ? check.check : `${check.check} after ${check.subject}`))
      .slice(0, 3)
    return `${failed.length} of ${plural(checks.length, 'check')} failed: ${list(names)}.`
  }
  if (unknown.length > 0) {
    return `No check failed, but ${unknown.length} of ${checks.length} could not be decided: ${unknown[0]?.why ?? 'evidence is missing'}.`
  }
  return `All ${plural(checks.length, 'check')} passed.`
}

interface Tile {
  readonly label: string
  readonly value: string
  readonly note: string
}

function tiles(data: ReportData): Tile[] {
  return [recoveryTile(data), lossTile(data), outageTile(data), bytesTile(data), replayTile(data)].filter(
    tile => tile !== null,
  )
}

const size = (fault: FaultMeasurement): number =>
  fault.everyone.sustainedMs.value ?? fault.everyone.sustainedMs.atLeast ?? -1

/** Of clients that the fault did not lock in: those in a cut zone can only wait for healing. */
function recoveryTile({ measurements }: ReportData): Tile | null {
  const judged = measurements.faults.map(fault => {
    const zone = fault.kind === 'zone-cut' ? fault.zones[0] : undefined
    const outside = zone === undefined ? undefined : fault.outsideOf[zone]
    return { fault: outside ? { ...fault, everyone: outside } : fault, zone: outside ? zone : undefined }
  })
  const worst = judged.toSorted((a, b) => size(b.fault) - size(a.fault))[0]
  if (!worst) return null
  return {
    label: 'Slowest recovery',
    value: shown(worst.fault.everyone.sustainedMs, ms),
    note: `until service was good and stayed so, after ${worst.fault.id}${worst.zone ? `, outside ${worst.zone}` : ''}`,
  }
}

function lossTile({ scorecard, audit }: ReportData): Tile | null {
  const check = scorecard.rows.flatMap(row => row.checks).find(one => one.check === 'acked-loss')
  if (!check) return null
  const acked = audit?.counts.acked
  return {
    label: 'Acknowledged records lost',
    value: check.value === null ? check.shown : count(check.value),
    note: typeof acked === 'number' ? `of ${count(acked)} acknowledged` : (check.why ?? 'by the audit'),
  }
}

function outageTile({ measurements, zero }: ReportData): Tile | null {
  const worst = measurements.outages.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))[0]
  if (!worst) {
    return measurements.evidence.shards.length === 0
      ? null
      : {
          label: 'Longest unavailability',
          value: 'none',
          note: `nowhere more than ${ms(measurements.slowAfterMs)} without service`,
        }
  }
  return {
    label: 'Longest unavailability',
    value: ms(worst.toMs - worst.fromMs),
    note: `${worst.partition}, clients in ${worst.zone}, from ${clockTime(worst.fromMs - zero)}`,
  }
}

function bytesTile({ measurements }: ReportData): Tile | null {
  const moved = measurements.faults.flatMap(fault =>
    fault.recoveryBytes.net.value === null ? [] : [fault.recoveryBytes.net.value],
  )
  if (moved.length === 0) return null
  return {
    label: 'Moved by recovery itself',
    value: bytes(moved.reduce((sum, value) => sum + value, 0)),
    note: `between brokers, beyond the steady rate, after ${plural(moved.length, 'fault')}`,
  }
}

function replayTile({ measurements }: ReportData): Tile | null {
  const replay = measurements.replays[0]
  if (!replay) return null
  const lag = shown(replay.tailLagSeconds, seconds)
  return {
    label: 'Replay of the history',
    value: shown(replay.seconds, seconds),
    note: `${replay.records.value === null ? '' : `${short(replay.records.value)} records; `}live dashboards ${lag} behind at worst`,
  }
}
