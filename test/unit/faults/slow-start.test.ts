import assert from 'node:assert/strict'
import { faultOf } from '../../../chaos/faults/index.ts'

describe('faults that start brokers again', () => {
  it('wait for them as long as a lab does when it starts, so that a slow start is no failed healing', () => {
    for (const kind of ['broker-kill', 'broker-stop', 'broker-replace'])
      assert.equal(faultOf(kind).deadlines?.healMs, 180_000, kind)
  })
})
