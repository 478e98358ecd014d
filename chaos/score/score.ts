import { join } from 'node:path'
import { combineVerdicts } from '../core/verdict.ts'
import { readEvidence, readJson } from './evidence.ts'
import { type HeaderFile, auditFile } from './evidence-schemas.ts'
import type { Judged } from './gate-reading.ts'
import { measureEvidence } from './measure.ts'
import { buildRows } from './rows.ts'
import { outageGate, secondOutageWords } from './second-outage-words.ts'
import { isVerdict, type Scorecard } from './scorecard.ts'
import { writeDocument } from '../record/bounded-files.ts'

/**
 * Measures and judges a run from its files, and writes `measurements.json` and `scorecard.json` beside them.
 * @throws AftershockError `input` when the folder is not a run's.
 */
export async function scoreRun(runDir: string): Promise<Scorecard> {
  const evidence = await readEvidence(runDir)
  const measurements = measureEvidence(evidence)
  const audit = readJson(join(runDir, 'audit.json'), auditFile)
  const scorecard = judge({ measurements, audit }, evidence.header)
  writeDocument(join(runDir, 'measurements.json'), measurements)
  writeDocument(join(runDir, 'scorecard.json'), scorecard)
  return scorecard
}

/** Pure: the scorecard of measurements and an audit. */
export function judge(judged: Judged, header: HeaderFile): Scorecard {
  const rows = buildRows(judged, header)
  return {
    format: 1,
    run: header.run,
    drill: header.drill.drill,
    title: header.drill.title,
    platform: header.platform,
    ...(header.software && { software: header.software }),
    verdict: combineVerdicts(rows.map(row => row.verdict).filter(isVerdict)),
    secondOutage: {
      answer: judged.measurements.secondOutage.answer,
      ...secondOutageWords(judged.measurements, outageGate(rows.flatMap(row => row.checks))),
    },
    rows,
  }
}
