import type { FaultMeasurement } from '../record/measurements.ts'
import { between, bytes, count, list, ms, perSecond, plural, shown, times } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'

type Column = (fault: FaultMeasurement) => string | Html
type Row = readonly [label: string, note: string, value: Column]
type Returned = FaultMeasurement['returned']['p50Ms']

/** Recovery as clients measured it, and what it cost: a column for each fault. */
export const recoverySection: Section<ReportData> = {
  id: 'recovery',
  label: 'Recovery',
  title: 'Recovery, as clients measured it',
  when: ({ measurements }) => measurements.faults.length > 0,
  body: renderRecovery,
}

function renderRecovery({ measurements }: ReportData): Html {
  const { faults } = measurements
  const rows: readonly Row[] = [
    [
      'First success',
      'worst partition, of a send that began after the proven effect',
      fault => shown(fault.everyone.firstSuccessMs, ms),
    ],
    [
      'Sustained success',
      'everything acknowledged in time, until the next event',
      fault => shown(fault.everyone.sustainedMs, unbroken),
    ],
    ['… outside the faulted zone', 'its own clients left out', outsideShown],
    [
      'Last failed attempt',
      'also where a retry made up for it in time',
      fault => shown(fault.everyone.lastErrorMs, value => (value === 0 ? 'none' : ms(value))),
    ],
    [
      'Without service',
      'worst partition, in all',
      fault => shown(fault.everyone.unavailableMs, value => (value === 0 ? 'never' : ms(value))),
    ],
    [
      'Backlog at the edge gone',
      'after healing',
      fault =>
        fault.storm
          ? shown(fault.storm.drainMs, value => (value === 0 ? 'at once' : ms(value)))
          : 'not measured',
    ],
    [
      'Every replica in sync',
      'after healing',
      fault => shown(fault.inSyncMs, value => (value === 0 ? 'never out of it' : ms(value))),
    ],
    [
      'Under-replicated at worst',
      '',
      fault => shown(fault.peakUnderReplicated, value => (value === 0 ? 'none' : plural(value, 'partition'))),
    ],
    ['Leader moves', '', movesShown],
    [
      'Moved by recovery',
      'replication from healing to full sync, net of the steady rate',
      fault => shown(fault.recoveryBytes.net, bytes),
    ],
    ['… gross', '', fault => shown(fault.recoveryBytes.gross, bytes)],
    ['… into the healed zone', 'net', fault => shown(fault.recoveryBytes.intoHealedZonesNet, bytes)],
    ...storeRow(faults),
    backRow('Latency as before, p50', faults, fault => fault.returned.p50Ms),
    backRow('… p99', faults, fault => fault.returned.p99Ms),
    backRow('Throughput as before', faults, fault => fault.returned.ackedPerSecond),
    ['Produce requests, peak', '', fault => shown(fault.peaks.sendsPerSecond, perSecond)],
    ['Connections to brokers, peak', '', fault => shown(fault.peaks.brokerConnectsPerSecond, perSecond)],
    ['Device sessions, peak', '', fault => shown(fault.peaks.deviceConnectsPerSecond, perSecond)],
  ]
  return html`<p class="lead">From the proven effect of each fault until the next event. Sustained means: it held for at least 3 s, to the end of that span.</p>
${table({
  label: 'Recovery by fault',
  kind: 'matrix',
  rows,
  columns: [
    [null, ([label, note]) => html`${label}${note && html`<small>${note}</small>`}`],
    ...faults.map(fault => [fault.id, ([, , value]: Row) => value(fault), 'n'] as const),
  ],
})}
${notes(faults)}
<p class="source">measurements.json /faults: each number names the samples or the sends that it comes from</p>`
}

/** Only where there is a store: brokers ask it for what they lack, and bring it what waited. */
function storeRow(faults: readonly FaultMeasurement[]): readonly Row[] {
  const isThere = faults.some(({ recoveryBytes: { storeNet } }) => storeNet && storeNet.why !== NO_STORE)
  return isThere
    ? [
        [
          '… to and from the object store',
          'net, all brokers',
          fault => shown(fault.recoveryBytes.storeNet, bytes),
        ],
      ]
    : []
}

/** As scoring says it of a platform without one. */
const NO_STORE = 'there is no object store'

function outsideShown(fault: FaultMeasurement): string {
  if (fault.zones.length !== 1) return '–'
  return shown(fault.outsideOf[fault.zones[0] ?? '']?.sustainedMs, unbroken)
}

/** Service that was good from the first instant on was never lost. */
const unbroken = (value: number): string => (value === 0 ? 'never lost' : ms(value))

/** The whole interval must be within the margin for a yes, and beyond it for a no. */
function backShown({ answer, ...estimate }: Returned): Html {
  if (estimate.value === null) return html`not measured`
  const words = { yes: 'yes', no: 'no', unknown: 'unknown' }
  return html`${words[answer]}: ${times(estimate.value)}<br /><small>${between(estimate)}</small>`
}

/** The margins are the same for every fault. */
function backRow(
  label: string,
  faults: readonly FaultMeasurement[],
  pick: (fault: FaultMeasurement) => Returned,
): Row {
  const margin = faults[0] ? pick(faults[0]).margin : 1
  const note = `once all was well again; ${margin > 1 ? 'at most' : 'at least'} ${times(margin)}, all of the 95% interval`
  return [label, note, fault => backShown(pick(fault))]
}

function movesShown({ leaderMoves, partitionsMoved }: FaultMeasurement): string {
  if (leaderMoves.value === 0) return 'none'
  if (leaderMoves.value === null) return shown(leaderMoves, count)
  return `${shown(leaderMoves, count)} on ${shown(partitionsMoved, value => plural(value, 'partition'))}`
}

/** Why a cell has no number, once for each reason. */
function notes(faults: readonly FaultMeasurement[]): Html {
  const reasons = faults.flatMap(fault =>
    [
      fault.everyone.firstSuccessMs,
      fault.everyone.sustainedMs,
      fault.inSyncMs,
      fault.recoveryBytes.net,
    ].flatMap(measured => (measured.why === null ? [] : [`${fault.id}: ${measured.why}`])),
  )
  const untried = faults.flatMap(fault =>
    fault.everyone.untried.length === 0
      ? []
      : [
          `${fault.id}: nobody tried to write ${list(fault.everyone.untried)} in this span, so nothing is known of them`,
        ],
  )
  const all = [...new Set([...reasons, ...untried])]
  if (all.length === 0) return html``
  return html`<ul class="notes">${all.map(reason => html`<li>${reason}</li>`)}</ul>`
}
