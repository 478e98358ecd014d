import { join } from 'node:path'
import { writeText } from '../record/bounded-files.ts'
import { appendix } from './appendix.ts'
import { auditSection } from './audit-section.ts'
import { availabilitySection } from './availability-section.ts'
import { costSection } from './cost-section.ts'
import { faultsSection } from './faults-section.ts'
import { headline } from './headline.ts'
import { html, Html } from '../page/html.ts'
import { observabilitySection } from './observability-section.ts'
import { platformSection } from './platform-section.ts'
import { recoverySection } from './recovery-section.ts'
import { replaySections } from './replay-section.ts'
import { type ReportData, readReportData } from './report-data.ts'
import { scorecardSection } from './scorecard-section.ts'
import { softwareKey } from './software-words.ts'
import { STYLES } from '../page/styles.ts'
import { stormSection, timelineSection } from './timeline-section.ts'
import { trafficSection } from './traffic-section.ts'

/**
 * One page that needs nothing else: no script, no request, no font. Reads the files of a scored run.
 * @throws AftershockError `input` when the folder is not a run's, or was not scored.
 */
export async function renderReport(runDir: string): Promise<string> {
  return page(await readReportData(runDir))
}

/** Writes `report.html` into the run's folder and resolves to its path. */
export async function writeReport(runDir: string): Promise<string> {
  const path = join(runDir, 'report.html')
  writeText(path, await renderReport(runDir))
  return path
}

/** No script may run and nothing may be fetched, whatever a string from the evidence tries. */
export const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

function page(data: ReportData): string {
  const { scorecard, header } = data
  const title = `${header.drill.drill} on ${softwareKey(header)}: ${scorecard.verdict}`
  const replay = data.measurements.replays[0]
  const contents: readonly (readonly [id: string, label: string])[] = [
    ['timeline', 'Timeline'],
    ...(data.measurements.faults.length > 0 ? [['recovery', 'Recovery'] as const] : []),
    ['availability', 'Availability'],
    ['storm', 'Reconnects'],
    ['traffic', 'Traffic'],
    ...(replay ? [[`replay-${replay.id}`, 'Replay'] as const] : []),
    ['cost', 'Cost'],
    ['audit', 'Audit'],
    ['signals', 'Signals'],
    ['scorecard', 'Scorecard'],
    ...(data.measurements.faults.length > 0 ? [['faults', 'Faults'] as const] : []),
    ['missing', 'Not measured'],
    ['setup', 'Set-up'],
    ['verify', 'Verify'],
  ]
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · aftershock</title>
<style>${new Html(STYLES)}</style>
</head>
<body>
<a class="skip" href="#main">To the results</a>
${headline(data)}
<nav aria-label="Contents"><ul>${contents.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>
<main id="main">
${timelineSection(data)}
${recoverySection(data)}
${platformSection(data)}
${availabilitySection(data)}
${stormSection(data)}
${trafficSection(data)}
${replaySections(data)}
${costSection(data)}
${auditSection(data)}
${observabilitySection(data)}
${scorecardSection(data)}
${faultsSection(data)}
${appendix(data)}
</main>
<footer><p>Written by aftershock from the files of run ${header.run}. Measured on one run; other machines and other loads differ.</p></footer>
</body>
</html>
`.text
}
