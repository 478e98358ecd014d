import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SinkRow } from '../../../chaos/record/sink-evidence.ts'
import { readRepairs } from '../../../chaos/score/repairs.ts'
import { auditSink } from '../../../chaos/score/sink-audit.ts'

const UNREADABLE = `?${'a'.repeat(64)}`
const offsets = {
  kind: 'offsets' as const,
  t: 0,
  partitions: [['integration', 0, 0, 10, 10]] as const,
}
const stored = (...ids: readonly string[]) =>
  ids.map((id, offset) => ({ topic: 'integration', partition: 0, offset, id }))
const row = (id: string, offset: number, arrival = offset): SinkRow => [
  id,
  'integration',
  0,
  offset,
  arrival,
  0,
]
const made = (offset: number, id: string) => ({
  idsOf: new Map([[`integration/0/${offset}`, new Set([id])]]),
})

/** d1/1/1 was written as something that nobody can read, is put aside, and its repaired record follows. */
const LOG = stored('d1/1/0', UNREADABLE, 'd1/1/2', 'd1/1/1')
const ROWS = [row('d1/1/0', 0), row('d1/1/2', 2), row('d1/1/1', 3)]
const ASIDE = [['integration', 0, 1]] as const
const counts = ({
  missing,
  wronglyAside,
  unrepaired,
  doubled,
  unexplained,
}: ReturnType<typeof auditSink>) => ({
  missing: missing.count,
  wronglyAside: wronglyAside.count,
  unrepaired: unrepaired.count,
  doubled: doubled.count,
  unexplained: unexplained.count,
})
const GOOD = { missing: 0, wronglyAside: 0, unrepaired: 0, doubled: 0, unexplained: 0 }

describe('what a sink puts aside, and what is made of it', () => {
  it('is as it must be where all that is unreadable, and nothing else, was put aside and repaired', () => {
    const audit = auditSink({ offsets, rows: ROWS, dead: ASIDE }, LOG, made(1, 'd1/1/1'))
    assert.deepEqual(counts(audit), GOOD)
  })

  it('is missing where what is unreadable was passed over and not put aside', () => {
    const audit = auditSink({ offsets, rows: ROWS, dead: [] }, LOG, made(1, 'd1/1/1'))
    assert.deepEqual(counts(audit), { ...GOOD, missing: 1 })
  })

  it('is wrong where a sound record was put aside', () => {
    const dead = [...ASIDE, ['integration', 0, 2]] as const
    const audit = auditSink(
      { offsets, rows: ROWS.filter(([id]) => id !== 'd1/1/2'), dead },
      LOG,
      made(1, 'd1/1/1'),
    )
    assert.deepEqual(counts(audit), { ...GOOD, wronglyAside: 1 })
  })

  it('is not repaired where no job made a record of it, nor where that record is not stored', () => {
    const nobody = auditSink({ offsets, rows: ROWS, dead: ASIDE }, LOG)
    assert.deepEqual(counts(nobody), { ...GOOD, unrepaired: 1 })
    const gone = auditSink(
      { offsets, rows: ROWS.slice(0, 2), dead: ASIDE },
      LOG.slice(0, 3),
      made(1, 'd1/1/1'),
    )
    assert.deepEqual(counts(gone), { ...GOOD, unrepaired: 1 })
  })

  it('has two effects where a record that was published again is one more row', () => {
    const again = [...LOG, ...stored('', '', '', '', 'd1/1/1').slice(4)]
    const twice = auditSink(
      { offsets, rows: [...ROWS, row('d1/1/1', 4)], dead: ASIDE },
      again,
      made(1, 'd1/1/1'),
    )
    assert.deepEqual(counts(twice), { ...GOOD, doubled: 1 })
    const once = auditSink({ offsets, rows: ROWS, dead: ASIDE }, again, made(1, 'd1/1/1'))
    assert.deepEqual(counts(once), GOOD)
  })
})

describe('the histories of repair jobs', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-repairs-'))
    mkdirSync(join(dir, 'history'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const write = (name: string, lines: readonly object[]) =>
    writeFileSync(join(dir, 'history', name), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  const header = { kind: 'header', format: 3, process: 'repair', role: 'repair', zone: 'az-a' }
  const line = {
    kind: 'repair',
    t: 1,
    topic: 'integration',
    records: ['d1/1/1', 'd2/1/0'],
    of: [
      [0, 1],
      [2, 7],
    ],
  }

  it('say of each place which records were made of it, over all jobs', async () => {
    write('repair.jsonl', [header, line, { kind: 'end', t: 2, lines: 2 }])
    write('repair-2.jsonl', [
      header,
      { ...line, records: ['d1/1/9', 'd2/1/0'] },
      { kind: 'end', t: 2, lines: 2 },
    ])
    write('repair-read.jsonl', [header])
    const { idsOf, trouble } = await readRepairs(dir)
    assert.deepEqual([...(idsOf.get('integration/0/1') ?? [])].toSorted(), ['d1/1/1', 'd1/1/9'])
    assert.deepEqual([...(idsOf.get('integration/2/7') ?? [])], ['d2/1/0'])
    assert.equal(trouble, null)
  })

  it('prove nothing when one is not whole', async () => {
    write('repair.jsonl', [header, line])
    assert.equal((await readRepairs(dir)).trouble, 'history/repair.jsonl is not whole')
    write('repair.jsonl', [header, line, { kind: 'end', t: 2, lines: 7 }])
    assert.equal((await readRepairs(dir)).trouble, 'history/repair.jsonl is not whole')
  })

  it('are none where no job ran', async () => {
    assert.deepEqual(await readRepairs(dir), { idsOf: new Map(), files: [], trouble: null })
  })
})
