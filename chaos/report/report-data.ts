import { AftershockError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { type CostFile, readCost } from '../record/cost-file.ts'
import { type Evidence, readEvidence } from '../score/evidence.ts'
import { type AuditFile, readAudit } from '../record/audit-file.ts'
import { type Measurements, readMeasurements } from '../record/measurements.ts'
import { type SaidByBrokers, saidByBrokers } from './said.ts'
import { readScorecard, type Scorecard } from '../record/scorecard.ts'

/** What the page is made from: the results of scoring, the audit, and the samples for the charts. */
export interface ReportData {
  readonly header: Evidence['header']
  readonly samples: Pick<Evidence, 'fleet' | 'cluster' | 'consumers'> &
    Partial<Pick<Evidence, 'connectors' | 'nodes' | 'brokerMetrics' | 'machine'>> & {
      readonly processor?: Evidence['processorSamples']
    }
  readonly measurements: Measurements
  readonly scorecard: Scorecard
  readonly audit: AuditFile | null
  /** Of the brokers’ own logs, where they are in the folder. */
  readonly said?: SaidByBrokers
  /** null in a run that was not priced. */
  readonly cost: CostFile | null
  /** The time of the drill's own zero, so that the page counts as its timeline does. */
  readonly zero: number
  readonly from: number
  readonly to: number
}

/** @throws AftershockError `input` when the run was not scored yet. */
export async function readReportData(runDir: string): Promise<ReportData> {
  const evidence = await readEvidence(runDir, { histories: false })
  const measured = readMeasurements(runDir)
  const card = readScorecard(runDir)
  if (!measured || !card) {
    const missing = card ? 'measurements.json' : 'scorecard.json'
    throw new AftershockError('input', `${runDir} has no ${missing}`, {
      hint: `\`aftershock score ${shellWord(runDir)}\` measures and judges it.`,
    })
  }
  const {
    fleet,
    cluster,
    consumers,
    connectors,
    processorSamples,
    journal,
    header,
    nodes,
    brokerMetrics,
    machine,
  } = evidence
  const started = journal.events.find(({ event }) => event.kind === 'timeline.started')?.event
  const zero = started?.t ?? measured.steady?.fromMs ?? 0
  const times = fleet.rows.map(row => row.t)
  const from = measured.steady?.fromMs ?? times[0] ?? zero
  const to = Math.max(
    measured.endsAt ?? 0,
    times.findLast(t => t <= (measured.endsAt ?? Infinity)) ?? 0,
    zero + 1000,
  )
  const { startedAtWallMs } = header
  return {
    header,
    said: await saidByBrokers(runDir, header.nodes, { startedAtWallMs, from, to }),
    samples: {
      fleet,
      cluster,
      consumers,
      connectors,
      nodes,
      brokerMetrics,
      machine,
      processor: processorSamples,
    },
    measurements: measured,
    scorecard: card,
    audit: readAudit(runDir),
    cost: readCost(runDir),
    zero,
    from,
    to,
  }
}
