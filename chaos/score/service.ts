import { isReleaseMove } from '../core/upgrade.ts'
import type { CellIndex } from './cells.ts'
import type { Evidence } from './evidence.ts'
import { measurePeaks } from './fleet-load.ts'
import { known, notKnown, type Outage } from '../record/measured.ts'
import { SUSTAINED_FOR_MS } from './recovery.ts'
import { refusedBatches } from './wrong-devices.ts'
import { ACKED, at, type SendLog } from './send-log.ts'
import type { ServiceMeasurement, TroubledStretch } from '../record/service-measurement.ts'
import { withoutSession } from './storm.ts'
import type { RunTimeline, Span } from './timeline.ts'

/**
 * What acknowledgements alone never tell. A stretch without service belongs to a fault from its intent until the next
 * thing happens, and to an action while that runs, or until the next thing happens where it changes releases: the gates
 * about those judge it. Whatever began at another time has no such excuse. Nor has a partition that is not back when the
 * load ends, whatever took it away.
 */
export function measureService(
  evidence: Evidence,
  timeline: RunTimeline,
  outages: readonly Outage[],
  cells: CellIndex,
): ServiceMeasurement {
  const zeroMs = evidence.journal.events.find(({ event }) => event.kind === 'timeline.started')?.event.t
  const trouble = (outage: Outage): TroubledStretch => ({
    ...outage,
    failedAttempts: failedAttempts(evidence.sends, cells, outage),
    loopDelayMs: measurePeaks(evidence, outage).loopDelayMs.value,
  })
  const judged = outages.filter(({ toMs }) => zeroMs !== undefined && toMs > zeroMs)
  const unexplained = judged.filter(outage => {
    const alone = untilFault({ ...outage, fromMs: Math.max(outage.fromMs, zeroMs ?? 0) }, timeline)
    return alone.toMs - alone.fromMs >= SUSTAINED_FOR_MS && !isExplained(alone.fromMs, timeline)
  })
  return {
    zeroMs: zeroMs ?? null,
    leftAtEdge: leftAtEdge(evidence),
    ...withoutSession(evidence, timeline),
    ...refusedBatches(evidence),
    unexplained: unexplained.map(trouble),
    neverBack: judged.filter(({ open }) => open).map(trouble),
  }
}

function leftAtEdge({ journal }: Evidence): ServiceMeasurement['leftAtEdge'] {
  const drained = journal.events.findLast(({ event }) => event.kind === 'fleet.drained')
  if (drained?.event.kind !== 'fleet.drained') {
    return notKnown('the journal does not say what the fleet could not deliver')
  }
  const { buffered } = drained.event
  return known(buffered, { file: 'journal.jsonl', selector: `line ${drained.line}`, value: buffered })
}

/** What was due a moment before a fault, and fails with it, is the fault's. */
function untilFault(outage: Outage, { faults }: RunTimeline): Span {
  const begins = faults.flatMap(({ intendedAt }) => intendedAt ?? [])
  return { fromMs: outage.fromMs, toMs: Math.min(outage.toMs, ...begins.filter(t => t > outage.fromMs)) }
}

function isExplained(t: number, { faults, actions, endsAt }: RunTimeline): boolean {
  const begins = [
    ...actions.map(({ startedAt }) => startedAt),
    ...faults.flatMap(one => one.intendedAt ?? []),
  ]
  // A broker that is back with another release is felt for a while: that is its last step's, and judged with it.
  const goesOn = (from: number) => Math.min(...begins.filter(begun => begun > from), endsAt ?? Infinity)
  const spans = [
    ...faults.flatMap(({ intendedAt, windowEndsAt }) =>
      intendedAt === null ? [] : [{ fromMs: intendedAt, toMs: windowEndsAt ?? Infinity }],
    ),
    ...actions.map(({ kind, startedAt, finishedAt }) => ({
      fromMs: startedAt,
      toMs: isReleaseMove(kind) ? goesOn(startedAt) : (finishedAt ?? endsAt ?? Infinity),
    })),
  ]
  return spans.some(span => t >= span.fromMs && t < span.toMs)
}

function failedAttempts(log: SendLog, cells: CellIndex, { partition, zone, fromMs, toMs }: Outage): number {
  const cell = log.partitions.indexOf(partition) * log.zones.length + log.zones.indexOf(zone)
  let failed = 0
  for (const row of cells.rows[cell] ?? []) {
    const doneT = at(log.doneT, row)
    if (at(log.outcome, row) !== ACKED && doneT >= fromMs && doneT <= toMs) failed++
  }
  return failed
}

/** Partitions that some zone's clients could not write at a moment at which all was said to be well. */
export function unservedAt(
  outages: readonly Outage[],
  { fromMs, toMs }: Span,
  slowAfterMs: number,
): string[] {
  const hit = outages.filter(
    outage => outage.fromMs < toMs && outage.toMs > fromMs && outage.toMs - outage.fromMs > slowAfterMs,
  )
  return [...new Set(hit.map(({ partition }) => partition))].toSorted()
}
