import assert from 'node:assert/strict'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { storedFor } from '../../../chaos/score/stored-replay.ts'

const read = (over: object) => [{ kind: 'final-read', ...over } as unknown as JournalLine]

describe('what is stored of what a replay should have read', () => {
  it('is that of its own range, where two were read', () => {
    const one = { sha256: { 'a/0': 'aa' }, records: { 'a/0': 5 } }
    const two = { sha256: { 'a/0': 'bb' }, records: { 'a/0': 3 } }
    const lines = read({ replayed: { one, two }, storedSha256: { 'a/0': 'cc' } })
    assert.deepEqual(storedFor(lines, 'one', false), one)
    assert.deepEqual(storedFor(lines, 'two', true), two)
    assert.deepEqual(storedFor(lines, 'three', true), { sha256: {}, records: {} })
  })

  it('is that of the last one in older journals, and of no other', () => {
    const lines = read({ storedSha256: { 'a/0': 'cc' }, storedRecords: { 'a/0': 4 } })
    assert.deepEqual(storedFor(lines, 'one', false), { sha256: {}, records: {} })
    assert.deepEqual(storedFor(lines, 'two', true), { sha256: { 'a/0': 'cc' }, records: { 'a/0': 4 } })
    assert.deepEqual(storedFor([], 'two', true), { sha256: {}, records: {} })
  })
})
