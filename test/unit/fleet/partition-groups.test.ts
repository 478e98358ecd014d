import assert from 'node:assert/strict'
import { planRequests } from '../../../chaos/fleet/partition-groups.ts'

const queue = (partition: number, suspect = false) => ({ topic: 'telemetry', partition, suspect })
const shape = (plans: ReturnType<typeof planRequests>) =>
  plans.map(({ leader, suspect, queues }) => [leader, suspect, queues.map(q => q.partition)])

describe('the plan of requests', () => {
  it('puts all healthy partitions of one leader into one request', () => {
    const plans = planRequests([queue(0), queue(1), queue(2), queue(3)], (_, p) => (p % 2) + 1)
    assert.deepEqual(shape(plans), [
      [1, false, [0, 2]],
      [2, false, [1, 3]],
    ])
  })

  it('sends each suspect partition alone, so that it takes no other into doubt', () => {
    const plans = planRequests([queue(0), queue(1, true), queue(2, true), queue(3)], () => 1)
    assert.deepEqual(shape(plans), [
      [1, false, [0, 3]],
      [1, true, [1]],
      [1, true, [2]],
    ])
  })

  it('keeps partitions apart whose leader nobody knows', () => {
    const plans = planRequests([queue(0), queue(1)], (_, p) => (p === 0 ? null : 3))
    assert.deepEqual(shape(plans), [
      [null, false, [0]],
      [3, false, [1]],
    ])
  })
})
