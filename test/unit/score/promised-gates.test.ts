import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import type { GateFile, HeaderFile } from '../../../chaos/record/run-header.ts'
import type { Check } from '../../../chaos/record/scorecard.ts'
import { readEvidence } from '../../../chaos/score/evidence.ts'
import { measureEvidence } from '../../../chaos/score/measure.ts'
import { buildRows } from '../../../chaos/score/rows.ts'
import { makeRun, passingAudit } from '../../fixtures/run/make-run.ts'
import type { Case, Plant } from './gate-case.ts'
import { PROCESSOR_CASES } from './processor-cases.ts'
import { CONNECTOR_CASES } from './sink-cases.ts'

const CASES: Readonly<Record<string, Case>> = { ...CONNECTOR_CASES, ...PROCESSOR_CASES }
const SINKS = {
  zones: ['az-a'],
  sinks: [{ name: 'rows', topics: ['integration'], mode: 'upsert', tasks: 2 }],
}
const PROCESSOR = {
  zones: ['az-a'],
  topic: 'telemetry',
  guarantee: 'at_least_once',
  standbys: 0,
  every: 10,
}

/** What a drill has, and what of it is judged although no gate asks. */
const PROMISES: readonly [name: string, drill: object][] = [
  ['sink-missing-records', { connectors: SINKS }],
  ['sink-undelivered-records', { connectors: SINKS }],
  ['source-missing-rows', { connectors: { ...SINKS, sources: [{ name: 'outbox' }] } }],
  ['commands-repeated', { processor: PROCESSOR }],
  ['commands-missing', { processor: PROCESSOR }],
  ['processor-unprocessed-records', { processor: PROCESSOR }],
]

describe('what connectors and a processor owe', () => {
  let directory = ''
  let header: HeaderFile
  let measured: ReturnType<typeof measureEvidence>
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-promised-'))
    makeRun(directory, { devices: 200, tickMs: 1000 })
    const evidence = await readEvidence(directory)
    header = evidence.header
    measured = measureEvidence(evidence)
  })
  after(() => rmSync(directory, { recursive: true }))

  const judged = (name: string, drill: object, gates: readonly GateFile[], plant?: Plant): Check[] => {
    const measurements = structuredClone(measured)
    const audit = structuredClone(passingAudit(200)) as unknown as AuditFile
    CASES[name]?.good?.(measurements, audit)
    plant?.(measurements, audit)
    const of = { ...header, drill: { ...header.drill, ...drill, gates: [...gates] } }
    const rows = buildRows({ measurements, audit }, of)
    return rows.flatMap(({ checks }) => checks).filter(({ check }) => check === name)
  }
  const verdicts = (...of: Parameters<typeof judged>) => judged(...of).map(({ verdict }) => verdict)

  for (const [name, drill] of PROMISES) {
    it(`is judged by ${name} where the drill has no gate for it`, () => {
      assert.deepEqual(verdicts(name, drill, []), ['pass'])
      assert.deepEqual(verdicts(name, drill, [], CASES[name]?.fail), ['fail'])
      assert.deepEqual(verdicts(name, drill, [], CASES[name]?.lose), ['inconclusive'])
    })

    it(`is judged by the drill’s own word on ${name} where it has one`, () => {
      const fail = CASES[name]?.fail
      assert.deepEqual(verdicts(name, drill, [{ gate: name, atMost: 5_000_000 }], fail), ['pass'])
      assert.deepEqual(verdicts(name, drill, [{ gate: name, reportOnly: true }], fail), ['not-judged'])
    })
  }

  it('is nothing in a drill that has neither', () => {
    for (const [name] of PROMISES) assert.deepEqual(judged(name, {}, []), [])
  })
})
