import assert from 'node:assert/strict'
import { fileMemory, machineSampler } from '../../../chaos/run/machine-sampler.ts'

const MEMINFO = `MemTotal:        4000 kB
Buffers:           10 kB
Cached:           300 kB
Shmem:             60 kB
Dirty:              5 kB
Writeback:          2 kB
`
const OF_FILES = { pageCacheBytes: 250 * 1024, dirtyBytes: 7 * 1024 }

describe('samples of the machine', () => {
  const after = (...times: readonly (readonly [idle: number, total: number])[]) => {
    const left = [...times]
    const look = machineSampler(
      () => {
        const [idle, total] = left.shift() ?? [0, 0]
        return { idle, total }
      },
      () => 1.5,
      () => MEMINFO,
    )
    return times.map((_, index) => look(index * 1000))
  }

  it('tell what part of the CPUs was in use since the sample before', () => {
    assert.deepEqual(after([100, 1000], [150, 1200], [150, 1400]), [
      { t: 0, busy: null, load1: 1.5, ...OF_FILES },
      { t: 1000, busy: 0.75, load1: 1.5, ...OF_FILES },
      { t: 2000, busy: 1, load1: 1.5, ...OF_FILES },
    ])
  })

  it('do not know what the kernel keeps of files where it does not tell', () => {
    assert.deepEqual(fileMemory(''), { pageCacheBytes: null, dirtyBytes: null })
  })

  it('tell nothing where no time has passed', () => {
    assert.equal(after([100, 1000], [100, 1000])[1]?.busy, null)
  })
})
