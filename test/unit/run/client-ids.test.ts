import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { PLATFORM_NAMES } from '../../../chaos/platforms/index.ts'
import { clientIdsOf } from '../../../chaos/run/client-ids.ts'

describe('the names of a run’s clients', () => {
  it('say their zone on the platform that routes by it, and on no other', () => {
    const names = PLATFORM_NAMES.map(platform => [platform, clientIdsOf(platform)?.('az-b')])
    assert.deepEqual(Object.fromEntries(names), {
      kafka: undefined,
      'kafka-tiered': undefined,
      automq: undefined,
      'automq-router': 'automq_az=az-b',
    })
  })
})
