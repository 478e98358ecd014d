import { type Check, isVerdict } from '../record/scorecard.ts'
import { deedOfFault } from '../score/fault-words.ts'
import type { FaultMeasurement, Measurements } from '../record/measurements.ts'
import { decidingTable } from './deciding-section.ts'
import { reasonOf } from './deciding.ts'
import { bytes, clockTime, count, list, ms, plural, seconds, short, shown } from '../page/format.ts'
import { type Html, html, Html as HtmlText } from '../page/html.ts'
import type { ReportData } from './report-data.ts'
import { nonProduct, softwareName } from './software-words.ts'
import { chip } from '../page/verdict-chip.ts'

/** What a reader with ten seconds takes away: the verdict and its reason, what was broken, the numbers that matter. */
export function headline(data: ReportData): Html {
  const { scorecard, header, measurements } = data
  const { answer, pauses } = measurements.secondOutage
  const reason = reasonOf(scorecard)
  const isAnswered = reason === null && answer === 'no' && pauses.length === 0
  return html`<header class="top v-${scorecard.verdict}">
<p class="eyebrow">aftershock · ${header.drill.drill} on ${softwareName(header)} · ${date(header.startedAtWallMs)}</p>
${made(header)}<h1>${reason === null ? (scorecard.secondOutage.title ?? ANSWERS[answer]) : `${reason}.`}</h1>
<p class="judged">${chip(scorecard.verdict)} ${verdictSentence(data)}</p>
${decidingTable(scorecard)}
${!isAnswered && html`<p class="answer">${scorecard.secondOutage.sentence}</p>`}
${lateTool(scorecard)}${broken(data)}
<dl class="tiles">${tiles(data).map(tileBox)}</dl>
</header>`
}

const ANSWERS = {
  no: 'Recovery did not become a second outage.',
  yes: 'Recovery became a second outage.',
  unknown: 'Whether recovery became a second outage is not known.',
}

/** Times that the tool's own lateness is part of are marked before they are read. */
function lateTool({ rows }: ReportData['scorecard']): Html | null {
  const check = rows.flatMap(row => row.checks).find(one => one.check === 'load-generator-on-time')
  if (!check?.limit || check.value === null || check.value <= check.limit.value) return null
  return html`<p class="made"><b>The load generator was up to ${check.shown} late</b> (more than ${check.limit.value} ms): times are in part this machine’s, not the platform’s.</p>
`
}

/** Before the answer: whatever it is, it is not about a product. */
function made(header: ReportData['header']): Html | null {
  const mark = nonProduct(header)
  if (mark === null) return null
  return html`<p class="made"><b>${mark.label}.</b> ${mark.software.notes[0]}</p>
`
}

function date(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** More than this is a list: nobody reads eight faults in one sentence. */
const IN_A_SENTENCE = 4

function broken(data: ReportData): Html {
  const deeds = whatWasBroken(data.measurements)
  const load = loadSentence(data)
  if (deeds.length > IN_A_SENTENCE)
    return html`<ul class="broken">${deeds.map(deed => html`<li>${capitalized(deed)}</li>`)}</ul>
<p class="broken">${load}</p>`
  const text = deeds.length === 0 ? 'Nothing was broken' : capitalized(deeds.join('; '))
  return html`<p class="broken">${text}. ${load}</p>`
}

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

function whatWasBroken({ faults, replays, regions, upgrade }: Measurements): string[] {
  const deeds = faults
    .filter(fault => fault.injectedAt !== null)
    .map(fault => `${ofSeveral(deedOfFault(fault), fault.summary)}: ${fault.summary}`)
  const wholes = replays.filter(({ what }) => (what ?? null) === null).length
  const replay = [
    ...(wholes > 0 ? ['the whole history was replayed under load'] : []),
    ...(replays.length > wholes
      ? [`${wholes > 0 ? 'a part of it' : 'a part of the history'} was replayed under load`]
      : []),
  ]
  const planned = [...(regions?.moves ?? []), ...(upgrade?.actions ?? [])].map(plannedDeed)
  return [...deeds, ...planned, ...replay]
}

/** As it is told when it was done, and what it is called where it was not. */
const PLANNED: Readonly<Record<string, readonly [deed: string, name: string]>> = {
  'fail-over': ['devices and consumers failed over to region b', 'the fail-over to region b'],
  'fail-back': ['devices and consumers failed back to region a', 'the fail-back to region a'],
  migrate: ['devices and consumers migrated to region b', 'the migration to region b'],
  'roll-back': ['the migration was rolled back', 'the roll-back of the migration'],
  'rolling-upgrade': ['brokers were upgraded one after another', 'the upgrade of brokers'],
  finalize: ['the upgrade was finalized', 'finalizing the upgrade'],
  downgrade: ['brokers were given the older release again', 'the way back to the older release'],
}

function plannedDeed({ kind, ok }: { readonly kind: string; readonly ok: boolean | null }): string {
  const [deed, name] = PLANNED[kind] ?? [kind, kind]
  if (ok) return deed
  return ok === null ? `${name} was not seen to its end` : `${name} was not completed`
}

/** A fault says its deed of one broker; its summary says of how many it was. */
const ofSeveral = (deed: string, summary: string): string =>
  summary.startsWith('brokers ') ? deed.replace(/^a broker was\b/, 'brokers were') : deed

function loadSentence({ measurements, header }: ReportData): string {
  const { ackedPerSecond } = measurements.fleet
  const load = ackedPerSecond.value === null ? '' : ` sending ${count(ackedPerSecond.value)} records a second`
  return `Meanwhile ${plural(header.drill.fleet.devices, 'device')} in ${plural(header.zones.length, 'zone')} went on${load}.`
}

function verdictSentence({ scorecard }: ReportData): string {
  const checks = scorecard.rows.flatMap(row => row.checks).filter(check => isVerdict(check.verdict))
  const of = (verdict: Check['verdict']) => checks.filter(check => check.verdict === verdict).length
  const [failed, unknown] = [of('fail'), of('inconclusive')]
  const undecided = unknown === 0 ? '' : `, and ${unknown} could not be decided`
  if (failed > 0) return `${failed} of ${plural(checks.length, 'check')} failed${undecided}.`
  if (unknown > 0) return `No check failed, but ${unknown} of ${checks.length} could not be decided.`
  return `All ${plural(checks.length, 'check')} passed.`
}

interface Tile {
  readonly label: string
  readonly value: string
  readonly note: string
  /** The check that judges this number, if the drill has one. */
  readonly check?: Check | undefined
}

function tileBox({ label, value, note, check }: Tile): Html {
  const judged = check && isVerdict(check.verdict) ? check : null
  return html`<div${judged && new HtmlText(` class="v-${judged.verdict}"`)}><dt>${label}</dt><dd><b>${value}</b>${
    judged &&
    html`<span class="limit">${judged.verdict === 'fail' ? '✕' : judged.verdict === 'pass' ? '✓' : '?'} allowed ${judged.expected}</span>`
  }<span>${note}</span></dd></div>`
}

/** The check of one of these names, about this fault or replay; else the worst one. */
function judging(
  { scorecard }: ReportData,
  names: readonly string[],
  subject: string | null,
): Check | undefined {
  const order: readonly Check['verdict'][] = ['fail', 'inconclusive', 'pass', 'not-judged', 'not-applicable']
  return scorecard.rows
    .flatMap(row => row.checks)
    .filter(check => names.includes(check.check) && (subject === null || check.subject === subject))
    .toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))[0]
}

function tiles(data: ReportData): Tile[] {
  const general = [recoveryTile(data), lossTile(data), outageTile(data), bytesTile(data), replayTile(data)]
  return [...regionTiles(data), ...upgradeTiles(data), ...general].filter(tile => tile !== null)
}

/** Of two regions these are the numbers that are asked for first. */
function regionTiles(data: ReportData): Tile[] {
  const { regions } = data.measurements
  if (!regions || (regions.moves.length === 0 && regions.cut === null)) return []
  const { lost, lostMs, recoveryMs, moves } = regions
  const all = list(moves.map(({ id }) => id))
  const point = {
    label: 'Recovery point',
    value: shown(lostMs, ms),
    note: `${shown(lost, count)} records that one region had acknowledged and the other lacked${all === '' ? '' : `, over ${all}`}`,
    check: judging(data, ['region-lost-seconds'], null) ?? judging(data, ['region-lost-records'], null),
  }
  if (moves.length === 0) return [point]
  return [
    point,
    {
      label: 'Recovery time',
      value: shown(recoveryMs, ms),
      note: 'until devices and consumers were at work in the other region, the slowest move',
      check: judging(data, ['region-recovery-seconds'], null),
    },
  ]
}

/** Of an upgrade and of the way back. */
function upgradeTiles(data: ReportData): Tile[] {
  const { upgrade } = data.measurements
  if (!upgrade) return []
  const { unavailable, action, actions, steps } = upgrade
  const stopped = steps.find(({ ok }) => !ok)
  return [
    {
      label: 'Worst step',
      value: shown(unavailable, ms),
      note: 'without service on the worst partition, of all steps of the upgrade and of the way back',
      check: judging(data, ['upgrade-unavailable-seconds'], null),
    },
    {
      label: 'Longest action',
      value: shown(action, ms),
      note: stopped
        ? `${stopped.id} stopped at the step ${stopped.step}`
        : `the longest of ${list(actions.map(({ id }) => id))}`,
      check:
        judging(data, ['upgraded', 'finalized', 'downgraded'], stopped?.id ?? null) ??
        judging(data, ['upgrade-action-seconds'], null),
    },
  ]
}

const size = (fault: FaultMeasurement): number =>
  fault.everyone.sustainedMs.value ?? fault.everyone.sustainedMs.atLeast ?? -1

/** Of clients that the fault did not lock in: those in a cut zone can only wait for healing. */
function recoveryTile(data: ReportData): Tile | null {
  const { measurements } = data
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
    check: judging(data, ['sustained-recovery-seconds'], worst.fault.id),
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
    check,
  }
}

function outageTile(data: ReportData): Tile | null {
  const { measurements, zero } = data
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
    check: judging(data, ['unavailable-seconds'], null),
  }
}

function bytesTile(data: ReportData): Tile | null {
  const { measurements } = data
  const moved = measurements.faults.flatMap(fault =>
    fault.recoveryBytes.net.value === null ? [] : [fault.recoveryBytes.net.value],
  )
  if (moved.length === 0) return null
  return {
    label: 'Moved by recovery itself',
    value: bytes(moved.reduce((sum, value) => sum + value, 0)),
    note: `between brokers, beyond the steady rate, after ${plural(moved.length, 'fault')}`,
    check: judging(data, ['recovery-bytes-moved'], null),
  }
}

function replayTile(data: ReportData): Tile | null {
  const replay = data.measurements.replays[0]
  if (!replay) return null
  const lag = shown(replay.tailLagSeconds, seconds)
  return {
    label: replay.what ? 'Replay of a part' : 'Replay of the history',
    value: shown(replay.seconds, seconds),
    note: `${replay.records.value === null ? '' : `${short(replay.records.value)} records; `}live dashboards ${lag} behind at worst`,
    check: judging(data, ['replay-seconds'], replay.id),
  }
}
