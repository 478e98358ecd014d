import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeText } from '../record/bounded-files.ts'
import { type Comparison, comparison as comparisonFile } from './comparison.ts'
import { comparisonCsv } from './csv.ts'

/** Writes `comparison.json`, `comparison.csv` and `report.html`, each whole or not at all. */
export function writeComparison(
  outDir: string,
  comparison: Comparison,
  render: (comparison: Comparison) => string,
): void {
  mkdirSync(outDir, { recursive: true })
  const put = (file: string, text: string): void => {
    writeText(join(outDir, file), text)
  }
  put('comparison.json', `${JSON.stringify(comparisonFile.parse(comparison), null, 2)}\n`)
  put('comparison.csv', comparisonCsv(comparison))
  put('report.html', render(comparison))
}
