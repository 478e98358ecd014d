import assert from 'node:assert/strict'
import type { Write, WriterLine } from '../../../chaos/record/processor-evidence.ts'
import { auditWriter } from '../../../chaos/score/writer-audit.ts'

const TOPIC = 'telemetry'
const RECORDS = Array.from({ length: 25 }, (_, offset) => ({
  topic: TOPIC,
  partition: 0,
  offset,
  id: `d1/1/${offset}`,
}))

describe('the audit of writers', () => {
  const writer = (changes: Partial<WriterLine> = {}): WriterLine => ({
    kind: 'writer',
    fencing: 'none',
    partitions: [[TOPIC, 0, 0, 25, 25]],
    claims: [
      [1, 0, 1, 31],
      [20, 0, 2, 32],
    ],
    refusals: [],
    ...changes,
  })
  const write = (arrival: number, offset: number, epoch: number): Write => [
    arrival,
    0,
    offset,
    `d1/1/${offset}`,
    epoch,
    30 + epoch,
  ]
  /** All of them, the first ten by the first writer. */
  const ALL = RECORDS.map(({ offset }) =>
    offset < 10 ? write(offset + 2, offset, 1) : write(offset + 20, offset, 2),
  )
  const counts = (writes: readonly Write[], line = writer()) => {
    const { late, setBack, missing, uncommitted, refused } = auditWriter(line, writes, RECORDS)
    return { late, setBack, missing, uncommitted, refused }
  }
  const NONE = { late: 0, setBack: 0, missing: 0, uncommitted: 0, refused: 0 }

  it('finds nothing where one follows the other, also where he writes again what was not committed', () => {
    assert.deepEqual(counts(ALL), NONE)
    assert.deepEqual(counts([...ALL, write(21, 9, 2)]), NONE)
  })

  it('finds what the first one wrote after the second had claimed the partition, and whom that set back', () => {
    const found = auditWriter(writer(), [...ALL, write(50, 10, 1)], RECORDS)
    assert.deepEqual([found.late, found.setBack], [1, 1])
    assert.deepEqual(found.examples.late, [{ id: 'd1/1/10', partition: 0, offset: 10, epoch: 1, newest: 2 }])
    // Before the second one wrote anything it is late as well, and sets nobody back.
    assert.deepEqual(counts([...ALL, write(21, 10, 1)]), { ...NONE, late: 1 })
  })

  it('does not take a claim of another partition for one of this', () => {
    const claims = [...writer().claims, [22, 1, 9, 31]] as const
    assert.deepEqual(counts(ALL, writer({ claims })), NONE)
  })

  it('names what was committed and never written, apart from what was not committed', () => {
    const some = ALL.filter(([, , offset]) => offset !== 7 && offset < 20)
    const line = writer({ partitions: [[TOPIC, 0, 0, 25, 20]] })
    assert.deepEqual(counts(some, line), { ...NONE, missing: 1, uncommitted: 5 })
  })

  it('counts the records of every batch that was refused', () => {
    assert.equal(counts(ALL, writer({ refusals: [[0, 1, 2, 31, 12]] })).refused, 12)
  })
})
