import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { otherProgram } from '../../../chaos/judge/other-program.ts'

const BUILD = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
const tool = 'aftershock' as const

describe('the program that sealed a run', () => {
  it('is this one when version and build are the same, or no build is told', () => {
    const mine = { version: '1.0.0', build: BUILD }
    assert.equal(otherProgram({ tool, version: '1.0.0', build: BUILD }, mine), null)
    assert.equal(otherProgram({ tool, version: '1.0.0' }, mine), null)
    assert.equal(otherProgram({ tool, version: '1.0.0', build: BUILD }, { ...mine, build: null }), null)
  })

  it('is another one with another version, or another build of it', () => {
    const mine = { version: '1.0.0', build: BUILD }
    assert.deepEqual(otherProgram({ tool, version: '0.9.0', build: BUILD }, mine), {
      was: 'version 0.9.0',
      is: 'version 1.0.0',
    })
    assert.deepEqual(otherProgram({ tool, version: '1.0.0', build: OTHER }, mine), {
      was: 'another build of version 1.0.0 (bbbbbbbbbbbb)',
      is: 'this build (aaaaaaaaaaaa)',
    })
  })
})
