import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { withinWidth } from '../../../chaos/core/wrapped.ts'

describe('a text of lines that fit', () => {
  it('leaves what fits as it is, and breaks the rest at spaces', () => {
    assert.equal(withinWidth('one two\n\n  three\n', 10), 'one two\n\n  three\n')
    assert.equal(withinWidth('one two three four', 10), 'one two\n  three\n  four')
  })

  it('goes on under what a label is of, and under the words of an indented line', () => {
    assert.equal(withinWidth('Makes    one two three', 18), 'Makes    one two\n         three')
    assert.equal(withinWidth('    one two three', 13), '    one two\n      three')
  })

  it('keeps every word, also one that is longer than a line', () => {
    const text = 'a averyveryverylongword b'
    assert.equal(withinWidth(text, 8), 'a\n  averyveryverylongword\n  b')
    assert.equal(withinWidth('averyveryverylongword', 8), 'averyveryverylongword')
  })
})
