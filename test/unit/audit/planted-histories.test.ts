import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_WEIGHTS } from '../../../chaos/audit/anomalies.ts'
import { ANOMALIES, type Anomaly } from '../../../chaos/record/audit-file.ts'
import { auditHistoryFile } from '../../../chaos/audit/audit-history.ts'

const FOLDER = join(import.meta.dirname, '../../fixtures/histories')
/** Only a run has a final read that can show it. */
const ONLY_IN_RUNS: readonly Anomaly[] = [
  'failed-but-stored',
  'removed-in-window',
  'retention-not-effective',
  'sequence-restarted',
]

const names = readdirSync(FOLDER)
  .filter(name => name.endsWith('.jsonl') && !name.endsWith('.twin.jsonl'))
  .map(name => name.replace(/\.jsonl$/, ''))
const anomalyOf = (name: string) => name.split('.')[0] as Anomaly

describe('planted histories', () => {
  it('has one for each anomaly that an open history can show', () => {
    const planted = new Set(names.map(anomalyOf))
    deepEqual(
      ANOMALIES.filter(anomaly => !planted.has(anomaly)),
      ONLY_IN_RUNS,
    )
  })

  for (const name of names) {
    const anomaly = anomalyOf(name)

    it(`finds ${anomaly} in ${name}.jsonl, and shows the lines that prove it`, async () => {
      const result = await auditHistoryFile(join(FOLDER, `${name}.jsonl`))
      ok(result.anomalyCounts[anomaly] > 0, `no ${anomaly}`)
      const [example] = result.anomalies[anomaly] ?? []
      ok(example && example.events.length > 0, 'no event proves it')
      for (const event of example.events) equal(event.index, event.line - 1)
      if (DEFAULT_WEIGHTS[anomaly] === 'fails') equal(result.verdict, 'fail')
      if (DEFAULT_WEIGHTS[anomaly] === 'inconclusive') equal(result.verdict, 'inconclusive')
    })

    it(`finds no ${anomaly} in ${name}.twin.jsonl, which passes`, async () => {
      const result = await auditHistoryFile(join(FOLDER, `${name}.twin.jsonl`))
      equal(result.anomalyCounts[anomaly], 0)
      equal(result.verdict, 'pass')
    })
  }
})
