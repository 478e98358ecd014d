import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { notSteady } from '../../../chaos/run/not-steady.ts'

describe('a drill that could not begin', () => {
  const state = {
    verdict: 'fail',
    probes: [
      { probe: 'produce-p99-ms', value: 21_631, holds: 'fail', expected: 'at most 15000 for 5 s' },
      { probe: 'nodes-answering', value: 3, holds: 'pass', expected: 'exactly 3' },
      { probe: 'tail-lag-seconds', value: null, holds: 'inconclusive', expected: 'at most 5' },
    ],
  } as const

  it('says what did not hold, and nothing of what did', () => {
    const error = notSteady(state, { busy: 0.4, load1: 1 })
    assert.equal(error.code, 'unavailable')
    assert.equal(
      error.message,
      'the steady state could not be shown: produce-p99-ms was last 21631, and did not stay at most 15000 for 5 s; tail-lag-seconds was last unknown, and did not stay at most 5',
    )
  })

  it('names the machine where it had no CPU left, with what it had', () => {
    const { hint } = notSteady(state, { busy: 0.998, load1: 27.82 })
    assert.equal(
      hint,
      'a drill begins with a healthy system, and 100% of this machine’s CPU was taken meanwhile (load 27.8): end other work on it, or give the drill fewer devices or a longer warmUp',
    )
  })

  it('blames no machine that had CPU to spare, nor one that told nothing', () => {
    const logs =
      'a drill begins with a healthy system: look at logs/ in the folder of the run, or lower the drill’s steadyState'
    assert.equal(notSteady(state, { busy: 0.4, load1: 30 }).hint, logs)
    assert.equal(notSteady(state, { busy: null, load1: 30 }).hint, logs)
  })
})
