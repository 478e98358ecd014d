import assert from 'node:assert/strict'
import type { MirrorReading } from '../../../chaos/drivers/driver.ts'
import { faultOf } from '../../../chaos/faults/index.ts'

const RUNNING: MirrorReading = {
  worker: { state: 'running', process: { pid: 1, startedAt: 'x' }, answer: 'answered' },
  connectors: { 'mirror-source': 'RUNNING' },
  cameInA: 30,
  cameInB: 29,
}
const PAUSED: MirrorReading = { ...RUNNING, connectors: { 'mirror-source': 'PAUSED' }, cameInB: 0 }
const GONE: MirrorReading = {
  ...PAUSED,
  worker: { state: 'absent', process: null, answer: 'refused' },
  connectors: {},
}
const TARGET = { summary: 'the mirror', zones: [], nodes: [], links: [] }
const isEffective = (kind: string, now: MirrorReading, before = RUNNING) =>
  faultOf(kind).isEffective(now, before, TARGET)

describe('a fault of the mirror', () => {
  it('is no effect while records still come to region b, whatever the worker says', () => {
    assert.equal(isEffective('mirror-pause', PAUSED), true)
    assert.equal(isEffective('mirror-pause', { ...PAUSED, cameInB: 1 }), false)
    assert.equal(isEffective('mirror-kill', GONE), true)
    assert.equal(isEffective('mirror-kill', { ...GONE, cameInB: 1 }), false)
  })

  it('is no effect where nothing came to region a either, or brokers did not answer', () => {
    for (const cameInA of [0, null]) {
      assert.equal(isEffective('mirror-pause', { ...PAUSED, cameInA }), false)
      assert.equal(isEffective('mirror-kill', { ...GONE, cameInA }), false)
    }
    assert.equal(isEffective('mirror-pause', { ...PAUSED, cameInB: null }), false)
  })

  it('does not take a worker that died for one that was paused', () => {
    assert.equal(isEffective('mirror-pause', GONE), false)
    assert.equal(isEffective('mirror-kill', PAUSED), false)
  })

  it('says beforehand that a mirror which copied nothing cannot be seen to stop', () => {
    assert.equal(faultOf('mirror-pause').doubt?.(RUNNING, TARGET), null)
    assert.match(
      faultOf('mirror-pause').doubt?.({ ...RUNNING, cameInB: 0 }, TARGET) ?? '',
      /did not copy before/,
    )
  })

  it('is over where the mirror ended with its run', () => {
    assert.equal(faultOf('mirror-kill').isHealed(null, RUNNING, TARGET), true)
    assert.equal(faultOf('mirror-kill').isHealed(PAUSED, RUNNING, TARGET), false)
    assert.deepEqual(faultOf('mirror-kill').describe(null, RUNNING, TARGET, 'after'), [
      { what: 'the mirror', value: 'ended with its run' },
    ])
  })
})
