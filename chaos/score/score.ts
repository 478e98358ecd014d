import { join } from 'node:path'
import { formatDuration } from '../core/units.ts'
import { combineVerdicts } from '../core/verdict.ts'
import { readEvidence, readJson } from './evidence.ts'
import { type HeaderFile, auditFile } from './evidence-schemas.ts'
import type { Judged } from './gate-reading.ts'
import { measureEvidence } from './measure.ts'
import type { Measurements } from './measurements.ts'
import { buildRows } from './rows.ts'
import { isVerdict, type Scorecard } from './scorecard.ts'
import { writeDocument } from '../evidence/bounded-files.ts'

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
      sentence: secondOutageSentence(judged.measurements),
    },
    rows,
  }
}

function secondOutageSentence({ secondOutage, slowAfterMs }: Measurements): string {
  const { answer, cases, pauses, longestMs, why } = secondOutage
  if (answer === 'unknown') return `Whether recovery became a second outage is not known: ${why}.`
  const slow = formatDuration(slowAfterMs)
  const stretches = answer === 'yes' ? cases : pauses
  const causes = [...new Set(stretches.map(outage => outage.after))].join(' and ')
  const partitions = new Set(stretches.map(outage => outage.partition)).size
  const which = `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`
  if (answer === 'yes') {
    return `Recovery became a second outage: after ${causes}, ${which} lost service anew, for up to ${formatDuration(longestMs)}.`
  }
  const calm = 'Recovery did not become a second outage'
  return pauses.length === 0
    ? `${calm}: after healing, no partition was without service for more than ${slow} anew.`
    : `${calm}, but it was felt: after ${causes}, ${which} paused for more than ${slow}, for up to ${formatDuration(longestMs)}.`
}
