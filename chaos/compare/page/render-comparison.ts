import { renderPage, type SectionList } from '../../page/page.ts'
import type { Comparison } from '../comparison.ts'
import { billSection } from './bill-section.ts'
import { breakEvenSection } from './break-even-section.ts'
import { columnsOf, type ComparisonData } from './columns.ts'
import { fairnessSection } from './fairness-section.ts'
import { pricesSection } from './prices-section.ts'
import { recoverySection } from './recovery-section.ts'
import { replaySection } from './replay-section.ts'
import { missingSection, setupSection } from './setup-section.ts'
import { storeSection } from './store-section.ts'
import { COMPARISON_STYLES } from './comparison-styles.ts'
import { timelinesSection } from './timelines-section.ts'
import { topSection } from './top-section.ts'
import { verdictSection } from './verdict-section.ts'
import { zonesSection } from './zones-section.ts'

/** In the order of the page and of its contents. */
const SECTIONS: SectionList<ComparisonData> = [
  fairnessSection,
  verdictSection,
  timelinesSection,
  replaySection,
  recoverySection,
  zonesSection,
  storeSection,
  billSection,
  breakEvenSection,
  pricesSection,
  missingSection,
  setupSection,
]

/**
 * Pure: `comparison.json` as one page that needs nothing else: no script, no request, no font. Its links lead into
 * the runs' folders, which are beside it.
 */
export function renderComparison(comparison: Comparison): string {
  const columns = columnsOf(comparison)
  const runs = columns.reduce((sum, column) => sum + column.compared.runs.length, 0)
  return renderPage({
    title: `${comparison.drill.drill} on ${columns.map(column => column.name).join(', ')} · aftershock comparison`,
    styles: COMPARISON_STYLES,
    top: topSection(comparison, columns),
    sections: SECTIONS,
    data: { comparison, columns },
    footer: `Written by aftershock from ${runs} runs of one drill with one seed. Measured on one machine; other machines and other loads differ.`,
  })
}
