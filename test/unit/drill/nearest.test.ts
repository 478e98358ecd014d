import assert from 'node:assert/strict'
import { editDistance, nearest } from '../../../chaos/drill/nearest.ts'

describe('the nearest word', () => {
  const words = ['target', 'zone', 'delayMs', 'jitterMs', 'at', 'for']

  it('is found behind a typing mistake', () => {
    assert.equal(nearest('tragets', words), 'target')
    assert.equal(nearest('zoen', words), 'zone')
    assert.equal(nearest('DelayMS', words), 'delayMs')
  })
  it('is found by its beginning', () => assert.equal(nearest('jit', words), 'jitterMs'))
  it('is none when nothing is near', () => assert.equal(nearest('colour', words), undefined))
  it('is none when two are equally near', () => {
    assert.equal(nearest('az-d', ['az-a', 'az-b', 'az-c']), undefined)
  })
  it('counts letters inserted, removed, replaced and swapped', () => {
    assert.equal(editDistance('abc', 'abc'), 0)
    assert.equal(editDistance('', 'abc'), 3)
    assert.equal(editDistance('abc', 'axc'), 1)
    assert.equal(editDistance('abc', 'acb'), 1)
    assert.equal(editDistance('kitten', 'sitting'), 3)
  })
})
