import assert from 'node:assert/strict'
import { clockTime, list, plural, seconds, short, shown } from '../../../chaos/page/format.ts'
import { known, longerThan, notKnown } from '../../../chaos/record/measured.ts'

describe('numbers for people', () => {
  it('count time from the drill’s zero, also before it', () => {
    assert.deepEqual(
      [clockTime(65_400), clockTime(0), clockTime(-9_600), clockTime(-200)],
      ['1:05', '0:00', '−0:10', '0:00'],
    )
  })
  it('are short on axes', () => {
    assert.deepEqual(
      [short(0), short(1.25), short(999), short(1_250), short(46_200), short(3_400_000)],
      ['0', '1.3', '999', '1.3k', '46k', '3.4M'],
    )
  })
  it('agree with their nouns', () => {
    assert.deepEqual(
      [plural(1, 'record'), plural(2_500, 'record'), plural(0, 'entry', 'entries')],
      ['1 record', '2,500 records', '0 entries'],
    )
  })
  it('say what is certain when there is no value', () => {
    assert.equal(shown(known(3), seconds), '3 s')
    assert.equal(shown(longerThan(30, 'x'), seconds), 'at least 30 s')
    assert.equal(shown(notKnown('x'), seconds), 'not measured')
    assert.equal(shown(undefined, seconds), 'not measured')
  })
  it('make lists that read aloud', () => {
    assert.deepEqual(
      [list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])],
      ['', 'a', 'a and b', 'a, b and c'],
    )
  })
})
