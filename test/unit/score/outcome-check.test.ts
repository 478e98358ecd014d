import assert from 'node:assert/strict'
import { outcomeCheck } from '../../../chaos/score/outcome-check.ts'
import type { Judged } from '../../../chaos/numbers/reading.ts'

/** An audit that counted this. */
const audited = (counts: Readonly<Record<string, number>>) =>
  ({ audit: { counts } }) as unknown as Pick<Judged, 'audit'>

describe('the six outcomes in a scorecard', () => {
  const NONE = {
    lost: 0,
    expiredByTime: 0,
    expiredBySize: 0,
    expiredByCompaction: 0,
    refused: 0,
    unknownStored: 0,
    unknownNotStored: 0,
    unread: 0,
    storedTwice: 0,
    repeatedOnPurpose: 0,
    repeatedByFirmware: 0,
  }
  const shown = (counts: Readonly<Record<string, number>>) => outcomeCheck(audited(counts))[0]?.shown

  it('stand beside each other, each with its causes', () => {
    assert.equal(
      shown({
        lost: 1,
        expiredByTime: 2000,
        expiredBySize: 3,
        expiredByCompaction: 0,
        refused: 4,
        unknownStored: 5,
        unknownNotStored: 6,
        unread: 7,
        storedTwice: 8,
        repeatedOnPurpose: 0,
        repeatedByFirmware: 9,
      }),
      'lost 1, expired 2,003 (2,000 by time, 3 by size), refused 4, unknown 11 (5 stored, 6 not stored), unread 7, repeated 17 (8 by clients or brokers, 9 by wrong firmware)',
    )
  })

  const OUTCOME: Readonly<Record<string, string>> = {
    lost: 'lost 1',
    expiredByTime: 'expired 1 (1 by time)',
    expiredBySize: 'expired 1 (1 by size)',
    expiredByCompaction: 'expired 1 (1 by compaction)',
    refused: 'refused 1',
    unknownStored: 'unknown 1 (1 stored)',
    unknownNotStored: 'unknown 1 (1 not stored)',
    unread: 'unread 1',
    storedTwice: 'repeated 1 (1 by clients or brokers)',
    repeatedOnPurpose: 'repeated 1 (1 on purpose)',
    repeatedByFirmware: 'repeated 1 (1 by wrong firmware)',
  }
  for (const name of Object.keys(NONE))
    it(`have ${name} in one of them and no other`, () => {
      assert.equal(shown({ ...NONE, [name]: 1 }), OUTCOME[name])
    })

  it('are none where none was counted', () => {
    assert.equal(shown(NONE), 'none')
  })

  it('are told and not judged, with the count of each as proof', () => {
    const [check] = outcomeCheck(audited(NONE))
    assert.equal(check?.verdict, 'not-judged')
    assert.deepEqual(
      check?.proof.map(({ selector }) => selector),
      Object.keys(NONE).map(name => `/counts/${name}`),
    )
  })

  it('are not counted where an audit is from before, which is not none', () => {
    const { unread: _, ...older } = NONE
    assert.equal(shown(older), 'unread not counted')
    assert.deepEqual(outcomeCheck({ audit: null }), [])
  })
})
