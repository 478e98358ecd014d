import assert from 'node:assert/strict'
import { availableBytes, refuseShortMemory } from '../../../chaos/drivers/local/regions/short-memory.ts'
import { secondRegion } from '../../../chaos/platforms/second-region.ts'

const onKafka = (brokers: 1 | 3, wayBack = false) => secondRegion({ brokers, wayBack }, 'kafka').memoryBytes

describe('the memory that two regions need', () => {
  it('is refused as unavailable, with both numbers, where the machine has less', () => {
    assert.throws(() => refuseShortMemory(3.3e9, 1.2e9), {
      code: 'unavailable',
      message: 'two regions need 3.30 GB of memory, and this machine has 1.20 GB left',
    })
  })

  it('is enough where it is just there, and grows with the brokers and a mirror back', () => {
    refuseShortMemory(onKafka(1), onKafka(1))
    assert.ok(onKafka(3) > onKafka(1))
    assert.ok(onKafka(1, true) > onKafka(1))
    assert.ok(availableBytes() > 0)
  })

  it('is that of the platform which region b is of', () => {
    const there = { platform: 'automq', brokers: 3, wayBack: false } as const
    assert.ok(secondRegion(there, 'kafka').memoryBytes > 2 * onKafka(3))
    assert.deepEqual(secondRegion({ brokers: 3, wayBack: false }, 'automq'), secondRegion(there, 'kafka'))
  })
})
