import assert from 'node:assert/strict'
import { parseCheckpoint } from '../../../chaos/drivers/local/nodes/cleaner-checkpoint.ts'

describe('the checkpoint of a log cleaner', () => {
  it('says of each partition up to where it is compacted; Kafka’s own topics are left out', () => {
    const text = '0\n3\n__consumer_offsets 12 40\ndevice-state 0 1234\ndevice.state-2 11 7\n'
    assert.deepEqual(parseCheckpoint(text), { 'device-state/0': 1234, 'device.state-2/11': 7 })
  })

  it('is empty before a cleaner has run, and half of one says only what it has', () => {
    assert.deepEqual(parseCheckpoint('0\n0\n'), {})
    assert.deepEqual(parseCheckpoint('0\n2\ndevice-state 0 12\ndevice-st'), { 'device-state/0': 12 })
  })
})
