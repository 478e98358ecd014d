import { html, Html } from '../../page/html.ts'
import { POLICY } from '../../report/report.ts'
import { STYLES } from '../../page/styles.ts'
import type { Comparison } from '../comparison.ts'
import { billSection } from './bill-section.ts'
import { breakEvenSection } from './break-even-section.ts'
import { columnsOf } from './columns.ts'
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

const CONTENTS: readonly (readonly [id: string, label: string])[] = [
  ['fairness', 'What differs'],
  ['verdicts', 'Verdicts'],
  ['timelines', 'Recovery'],
  ['replay', 'Replay'],
  ['recovery', 'Bytes moved'],
  ['zones', 'Zones'],
  ['store', 'Object store'],
  ['cost', 'Cost'],
  ['break-even', 'Break-even'],
  ['prices', 'Prices'],
  ['missing', 'Not run'],
  ['setup', 'Evidence'],
]

/**
 * Pure: `comparison.json` as one page that needs nothing else: no script, no request, no font. Its links lead into
 * the runs' folders, which are beside it.
 */
export function renderComparison(comparison: Comparison): string {
  const columns = columnsOf(comparison)
  const title = `${comparison.drill.drill} on ${columns.map(column => column.name).join(', ')}`
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · aftershock comparison</title>
<style>${new Html(STYLES)}${new Html(COMPARISON_STYLES)}</style>
</head>
<body>
<a class="skip" href="#main">To the results</a>
${topSection(comparison, columns)}
<nav aria-label="Contents"><ul>${CONTENTS.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
${fairnessSection(comparison, columns)}
${verdictSection(comparison, columns)}
${timelinesSection(comparison, columns)}
${replaySection(comparison, columns)}
${recoverySection(comparison, columns)}
${zonesSection(comparison, columns)}
${storeSection(comparison, columns)}
${billSection(comparison.cost, columns)}
${breakEvenSection(comparison.cost, columns)}
${pricesSection(comparison.cost, columns)}
${missingSection(comparison, columns)}
${setupSection(comparison, columns)}
</main>
<footer><p>Written by aftershock from ${columns.reduce((sum, column) => sum + column.compared.runs.length, 0)} runs of one drill with one seed. Measured on one machine; other machines and other loads differ.</p></footer>
</body>
</html>
`.text
}
