import assert from 'node:assert/strict'
import { fleetSchema } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { RecordText } from '../../../chaos/fleet/record-text.ts'
import { recordIdOf } from '../../../chaos/replay/record-id.ts'
import { mendRecord } from '../../../chaos/run/mend-record.ts'

describe('mending a record of the next version', () => {
  const topics = ['telemetry', 'device-state', 'operations', 'integration'] as const
  const text = new RecordText(
    fleetSchema.parse({ devices: 1 }),
    topics.map(dataClass => ({ topic: dataClass, dataClass, partitions: 1 })),
    seededRandom(1),
    1_700_000_000_000,
  )

  it('makes of it what its device would have sent, to the byte', () => {
    // Of telemetry only the padding is shorter, by what the other name is longer.
    for (const stream of [1, 3, 4]) {
      const today = text.render('d1/2/3', stream, 50, 3)
      const next = text.render('d1/2/3', stream, 50, 3, undefined, true)
      assert.match(recordIdOf(Buffer.from(next)), /^\?/)
      assert.deepEqual(mendRecord(Buffer.from(next)), { id: 'd1/2/3', value: today })
    }
  })

  it('leaves alone what it cannot tell the meaning of, and what needs no mending', () => {
    for (const value of [
      '',
      'nothing',
      '{"id":"d1/2/3"}',
      '{"recordId":"d1/2/3"',
      '{"recordId":"somebody"}',
      '{"recordId":3}',
      '[]',
    ])
      assert.equal(mendRecord(Buffer.from(value)), null, value)
    assert.equal(mendRecord(null), null)
  })
})
