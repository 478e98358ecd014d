import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { type CostFile, costFile } from '../cost/cost-file.ts'
import { type Evidence, readEvidence, readJson } from '../score/evidence.ts'
import { type AuditFile, auditFile } from '../score/evidence-schemas.ts'
import { type Measurements, measurements } from '../score/measurements.ts'
import { type Scorecard, scorecard } from '../score/scorecard.ts'

/** What the page is made from: the results of scoring, the audit, and the samples for the charts. */
export interface ReportData {
  readonly header: Evidence['header']
  readonly samples: Pick<Evidence, 'fleet' | 'cluster' | 'consumers'>
  readonly measurements: Measurements
  readonly scorecard: Scorecard
  readonly audit: AuditFile | null
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
  const measured = readJson(join(runDir, 'measurements.json'), measurements)
  const card = readJson(join(runDir, 'scorecard.json'), scorecard)
  if (!measured || !card) {
    const missing = card ? 'measurements.json' : 'scorecard.json'
    throw new AftershockError('input', `${runDir} has no ${missing}`, {
      hint: `\`aftershock score ${shellWord(runDir)}\` measures and judges it.`,
    })
  }
  const { fleet, cluster, consumers, journal, header } = evidence
  const started = journal.events.find(({ event }) => event.kind === 'timeline.started')?.event
  const zero = started?.t ?? measured.steady?.fromMs ?? 0
  const times = fleet.rows.map(row => row.t)
  return {
    header,
    samples: { fleet, cluster, consumers },
    measurements: measured,
    scorecard: card,
    audit: readJson(join(runDir, 'audit.json'), auditFile),
    cost: readJson(join(runDir, 'cost.json'), costFile),
    zero,
    from: measured.steady?.fromMs ?? times[0] ?? zero,
    to: Math.max(
      measured.endsAt ?? 0,
      times.findLast(t => t <= (measured.endsAt ?? Infinity)) ?? 0,
      zero + 1000,
    ),
  }
}
