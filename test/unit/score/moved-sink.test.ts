import assert from 'node:assert/strict'
import type { SinkEvidence, SinkRow } from '../../../chaos/record/sink-evidence.ts'
import { auditMovedSink } from '../../../chaos/score/moved-sink-audit.ts'
import { auditSink } from '../../../chaos/score/sink-audit.ts'
import type { StoredRecord } from '../../../chaos/score/stored-records.ts'

const TOPIC = 'integration'
const log = (...ids: readonly (string | null)[]): StoredRecord[] =>
  ids.flatMap((id, offset) => (id === null ? [] : [{ topic: TOPIC, partition: 0, offset, id }]))
/** Rows in the order in which they came: of an id and the offset that its record had. */
const rowsOf = (...rows: readonly (readonly [id: string, offset: number])[]): SinkRow[] =>
  rows.map(([id, offset], arrival) => [id, TOPIC, 0, offset, arrival, 0])
const upTo = (committed: number | null): never =>
  ({ kind: 'offsets', t: 0, partitions: [[TOPIC, 0, 0, 99, committed]] }) as never

interface Case {
  readonly a?: StoredRecord[]
  readonly b?: StoredRecord[]
  readonly left?: number | null
  readonly offsets?: number | null
  readonly rows?: SinkRow[]
}
/** Region a had three records; two of them were copied behind a mark, and two more came to region b. */
const A = log('d1/1/1', 'd1/1/2', 'd1/1/3')
const B = log('d1/1/1', 'd1/1/2', null, 'd1/1/4', 'd1/1/5')
const WRITTEN = rowsOf(['d1/1/1', 0], ['d1/1/2', 1], ['d1/1/4', 3], ['d1/1/5', 4])

function audited({ a = A, b = B, left = 2, offsets = 5, rows = WRITTEN }: Case) {
  const of: Pick<SinkEvidence, 'offsets' | 'left' | 'rows'> = {
    offsets: upTo(offsets),
    left: upTo(left),
    rows,
  }
  const { missing, undelivered, repeated, doubled, reordered, unexplained, stored, committed } =
    auditMovedSink(of, a, b)
  return {
    stored,
    committed,
    missing: missing.examples.map(({ id }) => id),
    undelivered: undelivered.examples.map(({ id }) => id),
    repeated: repeated.count,
    doubled: doubled.count,
    reordered: reordered.count,
    unexplained: unexplained.count,
  }
}

describe('a sink that went to region b', () => {
  it('has written each record that either region has once, but for what was lost with region a', () => {
    assert.deepEqual(audited({}), {
      stored: 5,
      committed: 4,
      missing: [],
      // Neither copied nor read: it is in region a alone.
      undelivered: ['d1/1/3'],
      repeated: 0,
      doubled: 0,
      reordered: 0,
      unexplained: 0,
    })
  })

  it('misses what stands before the place at which it began and was written by nobody', () => {
    // Its place was translated too far: 2 was not committed in region a, and is passed over in region b.
    const rows = rowsOf(['d1/1/1', 0], ['d1/1/4', 3], ['d1/1/5', 4])
    assert.deepEqual(audited({ left: 1, rows }).missing, ['d1/1/2'])
    // The same where region a's workers said that they had written it.
    assert.deepEqual(audited({ left: 2, offsets: null, rows }).missing, ['d1/1/2'])
  })

  it('has rows twice where it inserts what it had written in region a', () => {
    const again = rowsOf(['d1/1/1', 0], ['d1/1/2', 1], ['d1/1/1', 0], ['d1/1/2', 1], ['d1/1/4', 3])
    const { doubled, repeated } = audited({ rows: again })
    assert.equal(doubled, 2)
    // Here its copy has the place that it had: that is the same row again, too.
    assert.equal(repeated, 2)
  })

  it('does not take two records for one because both regions have their places', () => {
    const b = log('d1/1/2', 'd1/1/4')
    const rows = rowsOf(['d1/1/1', 0], ['d1/1/2', 0], ['d1/1/4', 1])
    const { repeated, doubled, unexplained } = audited({ b, rows, left: 1, offsets: 2 })
    assert.deepEqual([repeated, doubled, unexplained], [0, 0, 0])
  })

  it('keeps the order of devices: that of region a, and then that of region b', () => {
    const late = rowsOf(['d1/1/1', 0], ['d1/1/4', 3], ['d1/1/2', 1], ['d1/1/5', 4])
    assert.equal(audited({ rows: late }).reordered, 1)
  })

  it('has rows that nothing explains where no region has their record', () => {
    assert.equal(audited({ rows: [...WRITTEN, ...rowsOf(['d9/1/1', 7])] }).unexplained, 1)
  })

  it('is audited as in one cluster where region b is empty', () => {
    const rows = rowsOf(['d1/1/1', 0], ['d1/1/1', 0], ['d1/1/3', 2])
    const one = auditSink({ offsets: upTo(2), rows, dead: [] }, A)
    const two = auditMovedSink({ offsets: upTo(null), left: upTo(2), rows }, A, [])
    assert.deepEqual(two, one)
  })
})
