import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  deleteTopicsRequest,
  readDeletedTopics,
  readTopicIds,
  topicIdsRequest,
} from '../../../chaos/kafka/topic-ids-wire.ts'

/** Written by kafka-clients 4.3.1: Metadata v12 of two brokers, one topic with a partition, and one that is unknown. */
const METADATA =
  '00000007000000000003000000010a3132372e302e302e3100004a9403723100000000020a3132372e302e302e3100004a950000174d6b55334f4556424e5463774e544a454e444d3251670000000103000017616674657273686f636b2e612e74656c656d65747279000102030405060708090a0b0c0d0e0f0002000000000000000000010000000303000000010000000202000000010200000002008000000000000307616273656e74000000000000000000000000000000000001800000000000'
/** The same of DeleteTopics v6: one that was deleted, and one that might not be. */
const DELETED =
  '0000000700000000000317616674657273686f636b2e612e74656c656d65747279000102030405060708090a0b0c0d0e0f00000000000f0e0d0c0b0a09080706050403020100001d1c546f70696320617574686f72697a6174696f6e206661696c65642e0000'
const ID = '000102030405060708090a0b0c0d0e0f'
const OTHER = '0f0e0d0c0b0a09080706050403020100'

describe('topics by their ids', () => {
  it('are read as Kafka’s own library writes them; one that is unknown has none', () => {
    assert.deepEqual(readTopicIds(Buffer.from(METADATA, 'hex')), { 'aftershock.a.telemetry': ID })
  })

  it('are told to be deleted, or why not', () => {
    assert.deepEqual(readDeletedTopics(Buffer.from(DELETED, 'hex')), {
      [ID]: '',
      [OTHER]: 'Topic authorization failed.',
    })
  })

  it('are asked for and deleted in words that Kafka’s own library reads, with nothing left over', () => {
    const body = (frame: Buffer) => {
      assert.equal(frame.readInt32BE(0), frame.length - 4)
      return frame.subarray(4 + 10 + 'aftershock-probe'.length).toString('hex')
    }
    const name = Buffer.from('ab').toString('hex')
    assert.equal(body(topicIdsRequest(1, ['ab'])), `0002${'00'.repeat(16)}03${name}00000000`)
    assert.equal(body(deleteTopicsRequest(1, [ID, OTHER])), `000300${ID}0000${OTHER}000000271000`)
  })
})
