import { join } from 'node:path'
import { writeText } from '../record/bounded-files.ts'
import { type SectionList, renderPage } from '../page/page.ts'
import { missingSection, setupSection, verifySection } from './appendix.ts'
import { approvalsSection } from './approvals-section.ts'
import { auditSection } from './audit-section.ts'
import { availabilitySection } from './availability-section.ts'
import { brokersSection } from './brokers-section.ts'
import { costSection } from './cost-section.ts'
import { errorsSection } from './errors-section.ts'
import { faultsSection } from './faults-section.ts'
import { headline } from './headline.ts'
import { observabilitySection } from './observability-section.ts'
import { platformSection } from './platform-section.ts'
import { processorSection } from './processor-section.ts'
import { recoverySection } from './recovery-section.ts'
import { replaySections } from './replay-section.ts'
import { regionsSection } from './regions-section.ts'
import { type ReportData, readReportData } from './report-data.ts'
import { saidSection } from './said-section.ts'
import { scorecardSection } from './scorecard-section.ts'
import { sinksSection } from './sinks-section.ts'
import { sourcesSection } from './sources-section.ts'
import { softwareKey } from './software-words.ts'
import { stormSection } from './storm-section.ts'
import { timelineSection } from './timeline-section.ts'
import { trafficSection } from './traffic-section.ts'
import { upgradeSection } from './upgrade-section.ts'
import { wrongDevicesSection } from './wrong-devices-section.ts'

/** In the order of the page and of its contents. */
const SECTIONS: SectionList<ReportData> = [
  timelineSection,
  errorsSection,
  regionsSection,
  upgradeSection,
  recoverySection,
  platformSection,
  availabilitySection,
  stormSection,
  trafficSection,
  replaySections,
  approvalsSection,
  sinksSection,
  processorSection,
  sourcesSection,
  costSection,
  auditSection,
  wrongDevicesSection,
  observabilitySection,
  brokersSection,
  saidSection,
  scorecardSection,
  faultsSection,
  missingSection,
  setupSection,
  verifySection,
]

/**
 * One page that needs nothing else: no script, no request, no font. Reads the files of a scored run.
 * @throws AftershockError `input` when the folder is not a run's, or was not scored.
 */
export async function renderReport(runDir: string): Promise<string> {
  const data = await readReportData(runDir)
  const { scorecard, header } = data
  return renderPage({
    title: `${header.drill.drill} on ${softwareKey(header)}: ${scorecard.verdict} · aftershock`,
    top: headline(data),
    sections: SECTIONS,
    data,
    footer: `Written by aftershock from the files of run ${header.run}. Measured on one run; other machines and other loads differ.`,
  })
}

/** Writes `report.html` into the run's folder and resolves to its path. */
export async function writeReport(runDir: string): Promise<string> {
  const path = join(runDir, 'report.html')
  writeText(path, await renderReport(runDir))
  return path
}
