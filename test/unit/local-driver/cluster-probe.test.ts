import assert from 'node:assert/strict'
import type { PartitionState } from '../../../chaos/core/partition-state.ts'
import { mergeAnswers } from '../../../chaos/drivers/cluster-probe.ts'
import {
  describeQuorumRequest,
  metadataRequest,
  readMetadata,
  readQuorum,
} from '../../../chaos/kafka/wire.ts'

const state = (leader: number, leaderEpoch: number, isr: number[]): PartitionState => ({
  leader,
  leaderEpoch,
  replicas: [1, 2, 3],
  isr,
})
const answer = (
  node: number,
  partition: PartitionState,
  quorum: { leader: number; epoch: number } | null,
) => ({
  node,
  view: { brokers: [1, 2, 3], partitions: { 't/0': partition } },
  quorum,
})

describe('one picture of the cluster from several', () => {
  it('takes the newest leader epoch: a node that was cut off keeps telling what it knew', () => {
    const reading = mergeAnswers([
      answer(3, state(3, 4, [1, 2, 3]), { leader: 3, epoch: 7 }),
      answer(1, state(1, 5, [1, 2]), { leader: 2, epoch: 8 }),
    ])
    assert.equal(reading.controller, 2)
    assert.deepEqual(reading.partitions['t/0'], state(1, 5, [1, 2]))
  })

  it('believes the active controller’s node about in-sync replicas within an epoch', () => {
    const reading = mergeAnswers([
      answer(1, state(1, 5, [1, 2, 3]), { leader: 2, epoch: 8 }),
      answer(2, state(1, 5, [1, 2]), { leader: 2, epoch: 8 }),
    ])
    assert.deepEqual(reading.partitions['t/0']?.isr, [1, 2])
  })

  it('names no controller when nobody does', () => {
    assert.equal(mergeAnswers([answer(1, state(1, 1, [1]), null)]).controller, null)
    assert.deepEqual(mergeAnswers([]), { answered: [], controller: null, partitions: {} })
  })
})

describe('Kafka’s protocol, as far as probes need it', () => {
  it('frames its requests by their length, with API, version and correlation in front', () => {
    for (const [frame, api, version] of [
      [metadataRequest(9), 3, 7],
      [describeQuorumRequest(9), 55, 0],
    ] as const) {
      assert.equal(frame.readInt32BE(0), frame.length - 4)
      assert.deepEqual([frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)], [api, version, 9])
    }
  })

  it('reads brokers and partitions, and leaves out internal topics, those of brokers and those of Connect', () => {
    const topic = (name: string) =>
      Buffer.concat([
        i16(0),
        text(name),
        Buffer.from([0]),
        i32(1),
        i16(0),
        i32(4),
        i32(2),
        i32(6),
        ints(2, 1, 3),
        ints(2, 1),
        ints(),
      ])
    const broker = Buffer.concat([i32(2), text('kafka-az-b.lab'), i32(9092), text('az-b')])
    const frame = Buffer.concat([
      i32(1),
      i32(0),
      i32(1),
      broker,
      text('cluster'),
      i32(2),
      i32(4),
      topic('telemetry'),
      topic('__consumer_offsets'),
      topic('connect-offsets'),
      topic('connect-status'),
    ])
    assert.deepEqual(readMetadata(frame), {
      brokers: [2],
      partitions: { 'telemetry/4': { leader: 2, leaderEpoch: 6, replicas: [2, 1, 3], isr: [2, 1] } },
    })
  })

  it('reads no leader of the quorum from an answer that carries an error', () => {
    assert.equal(readQuorum(Buffer.concat([i32(2), Buffer.from([0]), i16(41)])), null)
  })
})

function i16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}
function i32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
const ints = (...values: number[]) => Buffer.concat([i32(values.length), ...values.map(i32)])
const text = (value: string) => Buffer.concat([i16(value.length), Buffer.from(value)])
