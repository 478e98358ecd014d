import assert from 'node:assert/strict'
import { regionsBytes } from '../../../chaos/core/regions.ts'
import { availableBytes, refuseShortMemory } from '../../../chaos/drivers/local/regions/short-memory.ts'

describe('the memory that two regions need', () => {
  it('is refused as unavailable, with both numbers, where the machine has less', () => {
    assert.throws(() => refuseShortMemory(3.3e9, 1.2e9), {
      code: 'unavailable',
      message: 'two regions need 3.30 GB of memory, and this machine has 1.20 GB left',
    })
  })

  it('is enough where it is just there, and grows with the brokers', () => {
    refuseShortMemory(regionsBytes({ brokers: 1 }), regionsBytes({ brokers: 1 }))
    assert.ok(regionsBytes({ brokers: 3 }) > regionsBytes({ brokers: 1 }))
    assert.ok(availableBytes() > 0)
  })
})
