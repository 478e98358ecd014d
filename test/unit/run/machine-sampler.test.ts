import assert from 'node:assert/strict'
import { machineSampler } from '../../../chaos/run/machine-sampler.ts'

describe('samples of the machine', () => {
  const after = (...times: readonly (readonly [idle: number, total: number])[]) => {
    const left = [...times]
    const look = machineSampler(
      () => {
        const [idle, total] = left.shift() ?? [0, 0]
        return { idle, total }
      },
      () => 1.5,
    )
    return times.map((_, index) => look(index * 1000))
  }

  it('tell what part of the CPUs was in use since the sample before', () => {
    assert.deepEqual(after([100, 1000], [150, 1200], [150, 1400]), [
      { t: 0, busy: null, load1: 1.5 },
      { t: 1000, busy: 0.75, load1: 1.5 },
      { t: 2000, busy: 1, load1: 1.5 },
    ])
  })

  it('tell nothing where no time has passed', () => {
    assert.equal(after([100, 1000], [100, 1000])[1]?.busy, null)
  })
})
