import { known, type Measured, notKnown } from '../record/measured.ts'
import type { DrainedLine, SinkEvidence } from '../record/sink-evidence.ts'
import type { SinkEnd, SinkMeasurement, SinkUnderFault } from '../record/sink-measurement.ts'
import type { Evidence } from './evidence.ts'
import { auditMovedSink } from './moved-sink-audit.ts'
import { auditSink, type Finding, type SinkAudit } from './sink-audit.ts'
import {
  betweenThem,
  committedAt,
  firstRowAfter,
  peakRows,
  rebalancesIn,
  runningAfter,
} from './sink-progress.ts'
import type { StoredRecords } from './stored-records.ts'
import type { FaultLife, RunTimeline, Span } from './timeline.ts'

/** Each sink of the drill, against what is stored. A file that is not whole proves nothing, and nothing is guessed. */
export function measureSinks(evidence: Evidence, timeline: RunTimeline): SinkMeasurement[] {
  const { header, sinks } = evidence
  return (header.drill.connectors?.sinks ?? []).map(({ name, topics, mode, tasks }) => {
    const kept = sinks?.sinks.find(({ header: head }) => head?.connector === name)
    const evidenceOf = kept ?? missingEvidence(name)
    const own = (of: StoredRecords | null | undefined) =>
      (of?.records ?? []).filter(({ topic }) => topics.includes(topic))
    const inB = hasGone(evidence) ? sinks?.storedInB : null
    const stored = own(sinks?.stored)
    const audit = inB
      ? auditMovedSink(evidenceOf, stored, own(inB))
      : auditSink(evidenceOf, stored, sinks?.repairs)
    const trouble = troubleOf(evidenceOf, sinks?.stored) ?? (inB ? movedTrouble(evidenceOf, inB) : null)
    const count = (value: number, what: string): Measured =>
      trouble === null ? known(value, { file: evidenceOf.file, selector: what, value }) : notKnown(trouble)
    const found = (finding: Finding, what: string) => count(finding.count, what)
    const repairsTrouble = sinks?.repairs.trouble ?? null
    const samples = evidence.connectors.rows.filter(({ connector }) => connector === name)
    const all = { fromMs: samples[0]?.t ?? 0, toMs: samples.at(-1)?.t ?? 0 }
    return {
      connector: name,
      mode,
      file: evidenceOf.file,
      partitions: partitionsOf(evidenceOf, audit),
      stored: count(audit.stored, 'records of the final read'),
      committed: count(audit.committed, 'offsets'),
      rows: count(evidenceOf.rows.length, 'rows'),
      deadLetters: count(evidenceOf.dead.length, 'dead'),
      missing: found(audit.missing, 'committed records without a row'),
      undelivered:
        evidenceOf.drained?.how === 'moving' && audit.undelivered.count > 0
          ? notKnown(stillMoving(evidenceOf.drained, audit))
          : found(audit.undelivered, 'records that are not committed'),
      end: evidenceOf.drained && endOf(evidenceOf.drained),
      repeated: found(audit.repeated, 'rows'),
      reordered: found(audit.reordered, 'rows by arrival'),
      unexplained: found(audit.unexplained, 'rows that no stored record explains'),
      doubled: found(audit.doubled, 'rows with an id that another has'),
      wronglyAside: found(audit.wronglyAside, 'dead letters about sound records'),
      unrepaired:
        repairsTrouble === null
          ? found(audit.unrepaired, 'dead letters without a repaired record')
          : notKnown(repairsTrouble),
      rebalances: rebalancesIn(evidence.connectors.file, samples, all),
      examples: {
        missing: [...audit.missing.examples],
        undelivered: [...audit.undelivered.examples],
        repeated: [...audit.repeated.examples],
        reordered: [...audit.reordered.examples],
        unexplained: [...audit.unexplained.examples],
        doubled: [...audit.doubled.examples],
        wronglyAside: [...audit.wronglyAside.examples],
        unrepaired: [...audit.unrepaired.examples],
      },
      faults: timeline.faults.map(fault =>
        underFault(evidence, fault, { evidence: evidenceOf, audit, trouble, samples, tasks }),
      ),
    }
  })
}

/** How fast it is was not asked: all that is left may come. */
const stillMoving = ({ tasks }: DrainedLine, { undelivered }: SinkAudit): string =>
  `the sink was still committing when its time was over, with ${undelivered.count} records to go (tasks: ${tasks.map(([, state]) => state).join(', ') || 'not reported'})`

const endOf = ({ how, idleMs, state, tasks }: DrainedLine): SinkEnd => ({
  how,
  idleMs,
  state,
  tasks: tasks.map(([id, said, worker, why]) => ({ id, state: said, worker, why })),
})

interface SinkOfRun {
  readonly evidence: SinkEvidence
  readonly audit: SinkAudit
  readonly trouble: string | null
  readonly samples: Evidence['connectors']['rows']
  readonly tasks: number
}

function underFault(evidence: Evidence, fault: FaultLife, sink: SinkOfRun): SinkUnderFault {
  const { connectors, header } = evidence
  const { samples, audit, trouble, tasks } = sink
  const span = spanOf(fault)
  if (!span) {
    const why = notKnown(`${fault.id} was never proven`)
    return {
      fault: fault.id,
      committedBefore: null,
      committedAfter: null,
      runningMs: why,
      firstRowMs: why,
      runningToRowMs: why,
      worstPartition: null,
      peakRowsPerSecond: why,
      rebalances: why,
    }
  }
  const late = new Set([...audit.undelivered.partitions, ...audit.missing.partitions])
  const runningMs = runningAfter(connectors, samples, span, tasks)
  const { measured, partition } = firstRowAfter(
    sink.evidence.file,
    sink.evidence.rows,
    span,
    header.startedAtWallMs,
    late,
  )
  const firstRowMs = trouble === null ? measured : notKnown(trouble)
  return {
    fault: fault.id,
    committedBefore: committedAt(samples, span.fromMs),
    committedAfter: committedAt(samples, span.toMs),
    runningMs,
    firstRowMs,
    runningToRowMs: betweenThem(runningMs, firstRowMs),
    worstPartition: partition,
    peakRowsPerSecond: peakRows(connectors.file, samples, span),
    rebalances: rebalancesIn(connectors.file, samples, span),
  }
}

function spanOf({ provenAt, windowEndsAt }: FaultLife): Span | null {
  return provenAt === null || windowEndsAt === null ? null : { fromMs: provenAt, toMs: windowEndsAt }
}

const missingEvidence = (connector: string): SinkEvidence => ({
  file: `connectors/${connector}.jsonl`,
  header: null,
  drained: null,
  offsets: null,
  left: null,
  rows: [],
  dead: [],
  trouble: 'the file is missing',
})

/** Why nothing is known of a sink; null: everything is. */
function troubleOf(
  { file, trouble, offsets }: SinkEvidence,
  stored: StoredRecords | undefined,
): string | null {
  if (trouble !== null) return `${file}: ${trouble}`
  if (!offsets) return `${file} has no offsets: no broker reported them`
  if (!stored) return 'the histories were not read'
  return stored.trouble === null ? null : `${stored.file}: ${stored.trouble}`
}

/** Whether workers began in region b. */
const hasGone = ({ journal }: Evidence): boolean =>
  journal.events.some(({ event }) => event.kind === 'region.step' && event.step === 'connectors' && event.ok)

function movedTrouble({ file, left }: SinkEvidence, inB: StoredRecords): string | null {
  if (!left) return `${file} does not say how far the sink came in region a`
  return inB.trouble === null ? null : `${inB.file}: ${inB.trouble}`
}

const partitionsOf = ({ offsets }: SinkEvidence, audit: SinkAudit): SinkMeasurement['partitions'] =>
  (offsets?.partitions ?? []).map(([topic, number, low, high, committed]) => {
    const partition = `${topic}/${number}`
    return { partition, low, high, committed, missing: audit.missingBy.get(partition) ?? 0 }
  })
