import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Judged } from '../../../chaos/numbers/reading.ts'
import { SOURCE_NUMBERS } from '../../../chaos/numbers/sources.ts'
import {
  type OutboxRow,
  readSourceEvidence,
  type SourceRecord,
  writeSourceEvidence,
} from '../../../chaos/record/source-evidence.ts'
import { auditSource } from '../../../chaos/score/source-audit.ts'
import { bySecond, measureSources } from '../../../chaos/score/sources.ts'

/** In the order in which they were committed, a tenth of a second after one another. */
const rows = (...ids: readonly number[]): OutboxRow[] =>
  ids.map((id, at) => [id, 'order-1', at, 1000 + 100 * at])
const records = (...ids: readonly (number | null)[]): SourceRecord[] =>
  ids.map((id, offset) => [0, offset, id, 1150 + 100 * offset])

describe('the audit of a source', () => {
  const found = (of: OutboxRow[], to: SourceRecord[]) => {
    const audit = auditSource({ rows: of, records: to })
    const { missing, repeated, reordered, unexplained, lateCommits, missingLate } = audit
    const counts = [missing, repeated, reordered, unexplained].map(({ count }) => count)
    return [...counts, lateCommits, missingLate]
  }

  it('finds nothing where each row is one record, also of rows that were committed late', () => {
    assert.deepEqual(found(rows(1, 2, 3), records(1, 2, 3)), [0, 0, 0, 0, 0, 0])
    assert.deepEqual(found(rows(2, 3, 1, 4), records(2, 3, 1, 4)), [0, 0, 0, 0, 1, 0])
  })

  it('finds the late commit that a poll by id passed over, where the totals are the same', () => {
    assert.deepEqual(found(rows(2, 3, 1, 4), records(2, 3, 3, 4)), [1, 1, 0, 0, 1, 1])
    const { missing, repeated } = auditSource({ rows: rows(2, 3, 1, 4), records: records(2, 3, 3, 4) })
    assert.deepEqual(missing.examples, [{ id: 1, aggregate: 'order-1', partition: null, offset: null }])
    assert.deepEqual(repeated.examples, [{ id: 3, aggregate: 'order-1', partition: 0, offset: 2 }])
  })

  it('finds what a poll by time passes over: rows of the same time as the last it read', () => {
    const together: OutboxRow[] = [1, 2, 3].map(id => [id, `order-${id}`, 0, 1000])
    assert.deepEqual(found(together, records(1, 2)), [1, 0, 0, 0, 0, 0])
  })

  it('finds records again, out of order and of no row', () => {
    assert.deepEqual(found(rows(1, 2), records(1, 1, 2)), [0, 1, 0, 0, 0, 0])
    assert.deepEqual(found(rows(1, 2), records(2, 1)), [0, 0, 1, 0, 0, 0])
    assert.deepEqual(found(rows(1, 2), records(1, 2, 9, null)), [0, 0, 0, 2, 0, 0])
    // Aggregates have an order of their own, and none among each other.
    const two: OutboxRow[] = [
      [1, 'order-1', 0, 1000],
      [2, 'order-2', 0, 1100],
    ]
    assert.deepEqual(found(two, records(2, 1)), [0, 0, 0, 0, 0, 0])
  })

  it('takes the first record of a row for when it came', () => {
    const of = rows(1, 2)
    const to = records(1, 2, 1)
    assert.deepEqual(auditSource({ rows: of, records: to }).longestDelay, { ms: 150, id: 1 })
    assert.equal(auditSource({ rows: of, records: [] }).longestDelay, null)
  })
})

describe('the rows of a source that wait', () => {
  it('are those committed by the end of a second and without a record then', () => {
    const times = [
      [1100, 1900],
      [1200, 4100],
      [2500, null],
      [4200, 4300],
    ] as const
    assert.deepEqual(bySecond(times, 0), [
      [2000, 2, 1, 1],
      [3000, 1, 0, 2],
      [4000, 0, 0, 2],
      [5000, 1, 2, 1],
    ])
    assert.deepEqual(bySecond([], 0), [])
    assert.deepEqual(bySecond([[1000, 1000]], 500), [[1000, 1, 1, 0]])
  })
})

describe('the evidence of a source', () => {
  let dir: string
  const path = () => join(dir, 'sources', 'outbox.jsonl')
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-source-'))
    mkdirSync(join(dir, 'sources'))
    writeSourceEvidence(dir, [
      { kind: 'header', format: 1, source: 'outbox', topic: 'outbox-outbox', exactlyOnce: true },
      { kind: 'rows', rows: rows(1, 2) },
      { kind: 'records', records: records(1) },
    ])
  })
  const measured = async () => {
    const [source] = measureSources([{ name: 'outbox' }], [await readSourceEvidence(dir, 'outbox')], 0)
    assert.ok(source)
    return source
  }
  const gate = async (name: keyof typeof SOURCE_NUMBERS) => {
    const judged = { measurements: { sources: [await measured()] } } as unknown as Judged
    const [reading] = SOURCE_NUMBERS[name].read(judged, { gate: name } as never)
    return reading
  }

  it('is what gates judge, with the row to look at', async () => {
    const reading = await gate('source-missing-rows')
    assert.equal(reading?.value, 1)
    assert.ok(reading?.proof.some(({ value }) => value === 'row 2 of order-1'))
    assert.equal((await gate('source-longest-delay-seconds'))?.value, 0.15)
  })

  it('says nothing when it is not whole, not even that nothing is missing', async () => {
    const whole = readFileSync(path(), 'utf8')
    const lines = whole.trimEnd().split('\n')
    const broken: Readonly<Record<string, string>> = {
      'no end line': `${lines.slice(0, -1).join('\n')}\n`,
      'claims 3': `${[...lines.slice(0, 2), lines.at(-1)].join('\n')}\n`,
      'digest is not that': whole.replace('order-1', 'order-2'),
      'none of a source': whole.replace('"rows":[[1', '"rows":[["1"'),
      'line 4 is none': whole.slice(0, -20),
    }
    for (const [why, text] of Object.entries(broken)) {
      writeFileSync(path(), text)
      const { missing, longestDelayMs, repeated } = await measured()
      assert.deepEqual([missing.value, longestDelayMs.value, repeated.value], [null, null, null], why)
      assert.match(missing.why ?? '', new RegExp(why))
      assert.equal((await gate('source-missing-rows'))?.value, null)
    }
    writeFileSync(path(), whole)
    appendFileSync(path(), `${lines[1]}\n`)
    assert.equal((await measured()).missing.value, null)
  })

  it('says nothing when nothing was written, and when it is of another source', async () => {
    const header = { kind: 'header', format: 1, topic: 't', exactlyOnce: true } as const
    writeSourceEvidence(dir, [{ ...header, source: 'outbox' }])
    assert.match((await measured()).missing.why ?? '', /nothing was written/)
    writeSourceEvidence(dir, [
      { ...header, source: 'other' },
      { kind: 'rows', rows: rows(1) },
    ])
    writeFileSync(path(), readFileSync(join(dir, 'sources', 'other.jsonl')))
    assert.match((await measured()).missing.why ?? '', /no header of outbox/)
  })

  it('of a run without sources is absent, and a gate on it does not apply', () => {
    const judged = { measurements: {} } as unknown as Judged
    for (const [name, { read }] of Object.entries(SOURCE_NUMBERS)) {
      const [reading] = read(judged, { gate: name } as never)
      assert.deepEqual([reading?.value, reading?.applies], [null, false], name)
    }
  })
})
