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

  it('is enough where it is just there, and grows with the brokers and a mirror back', () => {
    refuseShortMemory(
      regionsBytes({ brokers: 1, wayBack: false }),
      regionsBytes({ brokers: 1, wayBack: false }),
    )
    assert.ok(regionsBytes({ brokers: 3, wayBack: false }) > regionsBytes({ brokers: 1, wayBack: false }))
    const back = regionsBytes({ brokers: 1, wayBack: true })
    assert.ok(back > regionsBytes({ brokers: 1, wayBack: false }))
    assert.ok(availableBytes() > 0)
  })
})
