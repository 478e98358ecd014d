import { combineVerdicts } from '../core/verdict.ts'
import { readEvidence } from './evidence.ts'
import { readAudit } from '../record/audit-file.ts'
import { type Measurements, writeMeasurements } from '../record/measurements.ts'
import type { HeaderFile } from '../record/run-header.ts'
import type { Judged } from '../numbers/reading.ts'
import { measureEvidence } from './measure.ts'
import { buildRows } from './rows.ts'
import { outageGate, secondOutageWords } from './second-outage-words.ts'
import { awayWords } from './storm-checks.ts'
import { isVerdict, type Scorecard, writeScorecard } from '../record/scorecard.ts'

/**
 * Measures and judges a run from its files, and writes `measurements.json` and `scorecard.json` beside them.
 * @throws AftershockError `input` when the folder is not a run's.
 */
export async function scoreRun(runDir: string): Promise<Scorecard> {
  return judgeRun(runDir, await measureRun(runDir))
}

export interface MeasuredRun {
  readonly header: HeaderFile
  readonly measurements: Measurements
}

/**
 * The first part of scoring, which needs no audit: writes `measurements.json`.
 * @throws AftershockError as `scoreRun` does
 */
export async function measureRun(runDir: string): Promise<MeasuredRun> {
  const evidence = await readEvidence(runDir)
  const measurements = measureEvidence(evidence)
  writeMeasurements(runDir, measurements)
  return { header: evidence.header, measurements }
}

/** The second part, once `audit.json` is there: writes `scorecard.json`. */
export function judgeRun(runDir: string, { header, measurements }: MeasuredRun): Scorecard {
  const scorecard = judge({ measurements, audit: readAudit(runDir) }, header)
  writeScorecard(runDir, scorecard)
  return scorecard
}

/** Pure: the scorecard of measurements and an audit. */
export function judge(judged: Judged, header: HeaderFile): Scorecard {
  const rows = buildRows(judged, header)
  const words = secondOutageWords(judged.measurements, outageGate(rows.flatMap(row => row.checks)))
  const away = awayWords(judged.measurements)
  return {
    format: 1,
    run: header.run,
    drill: header.drill.drill,
    title: header.drill.title,
    platform: header.platform,
    ...(header.software && { software: header.software }),
    ...(header.regionSoftware && { regionSoftware: header.regionSoftware }),
    verdict: combineVerdicts(rows.map(row => row.verdict).filter(isVerdict)),
    secondOutage: {
      answer: judged.measurements.secondOutage.answer,
      ...words,
      ...(away !== null && { sentence: `${words.sentence} ${away}` }),
    },
    rows,
  }
}
