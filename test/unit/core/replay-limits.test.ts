import assert from 'node:assert/strict'
import { decidesBefore, limitConditions } from '../../../chaos/core/replay-limits.ts'

describe('what a contract lets a replay do to others', () => {
  it('is said in the words of a drill, of what is limited and of nothing else', () => {
    assert.deepEqual(
      limitConditions({ tailLagSeconds: 20, produceP99Ms: 5000, liveGroups: ['dashboards'] }),
      [
        { probe: 'tail-lag-seconds', above: 20 },
        { probe: 'produce-p99-ms', above: 5000 },
      ],
    )
    assert.deepEqual(limitConditions({ produceP99Ms: 5000 }), [{ probe: 'produce-p99-ms', above: 5000 }])
    assert.deepEqual(limitConditions(undefined), [])
  })

  it('decides before a condition that allows more, and before no stricter one or one about something else', () => {
    const limits = { tailLagSeconds: 20 }
    assert.deepEqual(decidesBefore({ probe: 'tail-lag-seconds', above: 30 }, limits), {
      key: 'tailLagSeconds',
      limit: 20,
    })
    assert.equal(decidesBefore({ probe: 'tail-lag-seconds', above: 20 }, limits), null)
    assert.equal(decidesBefore({ probe: 'tail-lag-seconds', atLeast: 5 }, limits), null)
    assert.equal(decidesBefore({ probe: 'edge-dropped-records', above: 30 }, limits), null)
    assert.equal(decidesBefore({ probe: 'tail-lag-seconds', above: 30 }, undefined), null)
  })
})
