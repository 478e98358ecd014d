import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { measureErrors } from '../../../chaos/score/measure-errors.ts'
import { errorClass, SendErrors } from '../../../chaos/score/send-errors.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const leader = (node: number) => ({ leader: node, leaderEpoch: 0, replicas: [1, 2, 3], isr: [1, 2, 3] })
const cluster = seriesOf('cluster', 250, [
  { t: 0, answered: [1, 2, 3], controller: 1, underReplicated: 0, offline: 0, changes: { 't/0': leader(2) } },
  {
    t: 5000,
    answered: [1, 3],
    controller: 1,
    underReplicated: 1,
    offline: 1,
    changes: { 't/0': leader(-1) },
  },
  { t: 8000, answered: [1, 3], controller: 1, underReplicated: 1, offline: 0, changes: { 't/0': leader(3) } },
])

function measured(fill: (errors: SendErrors) => void) {
  const errors = new SendErrors()
  fill(errors)
  return measureErrors(evidenceOf({ cluster, sendErrors: errors.sums }))
}

describe('what sends ended with', () => {
  it('is told by what was said, and by the broker that led when it was asked', () => {
    const found = measured(errors => {
      errors.add('NOT_LEADER_OR_FOLLOWER', 't/0', 4100, 4200, 3, true)
      errors.add('NOT_LEADER_OR_FOLLOWER', 't/0', 4900, 4950, 2, true)
      errors.add('no answer in 3000 ms', 't/0', 4500, 7500, 7, false)
      errors.add('no answer in 3000 ms', 't/0', 6500, 9500, 1, false)
      errors.add('NOT_LEADER_OR_FOLLOWER', 't/0', 9000, 9100, 4, true)
    })
    assert.deepEqual(
      found.map(({ error, broker, records, failedRecords, parts }) => [
        error,
        broker,
        records,
        failedRecords,
        parts,
      ]),
      [
        ['no answer in time', 2, 7, 0, 1],
        ['NOT_LEADER_OR_FOLLOWER', 2, 5, 5, 2],
        ['NOT_LEADER_OR_FOLLOWER', 3, 4, 4, 1],
        ['no answer in time', null, 1, 0, 1],
      ],
    )
    assert.deepEqual(found[0]?.perSecond, [[4000, 7]])
    assert.deepEqual([found[0]?.firstMs, found[0]?.lastMs], [4000, 7500])
  })

  it('is nothing where every send was acknowledged', () =>
    assert.deepEqual(
      measured(() => {}),
      [],
    ))

  it('tells Kafka’s codes as they are, and puts what clients say with what means the same', () => {
    assert.equal(errorClass('NOT_ENOUGH_REPLICAS'), 'NOT_ENOUGH_REPLICAS')
    for (const said of [
      'Request Produce(key: 0, version: 7) timed out',
      'Timeout while acquiring lock (2 waiting locks): "updating target topics"',
    ])
      assert.equal(errorClass(said), 'no answer in time')
    for (const said of ['Closed connection', 'Broker not connected', 'Connection error: write EPIPE'])
      assert.equal(errorClass(said), 'no connection, or it was lost')
    const election =
      'There is no leader for this topic-partition as we are in the middle of a leadership election'
    assert.equal(errorClass(election), 'LEADER_NOT_AVAILABLE')
    assert.equal(errorClass(`what nobody knows ${'y'.repeat(90)}`).length, 80)
    assert.match(errorClass(`what nobody knows ${'y'.repeat(90)}`), /y…$/)
    assert.equal(errorClass('the fleet was stopped'), 'given up by the drill itself')
    assert.equal(errorClass('something at 127.0.0.1:9092'), errorClass('something at 127.0.0.2:9093'))
  })
})
