import assert from 'node:assert/strict'
import {
  groupRightsRequest,
  readGroupRights,
  readTopicRights,
  topicRightsRequest,
} from '../../../chaos/kafka/own-rights.ts'

const int16 = (value: number) => [(value >> 8) & 0xff, value & 0xff]
const int32 = (value: number) => [
  (value >> 24) & 0xff,
  (value >> 16) & 0xff,
  (value >> 8) & 0xff,
  value & 0xff,
]
const text = (value: string) => [...int16(value.length), ...Buffer.from(value)]
const NULL = int16(-1)
const bits = (...set: readonly number[]) => int32(set.reduce((sum, bit) => sum | (1 << bit), 0))
const NOT_SAID = int32(-(2 ** 31))

const partition = [
  ...int16(0),
  ...int32(0),
  ...int32(1),
  ...int32(4),
  ...int32(1),
  ...int32(1),
  ...int32(1),
  ...int32(1),
  ...int32(0),
]
const topic = (error: number, name: string, rights: readonly number[], partitions = 1) => [
  ...int16(error),
  ...text(name),
  0,
  ...int32(partitions),
  ...Array.from({ length: partitions }, () => partition).flat(),
  ...rights,
]
const metadata = (...topics: readonly (readonly number[])[]) =>
  Buffer.from([
    ...int32(1),
    ...int32(0),
    ...int32(1),
    ...int32(1),
    ...text('kafka-1'),
    ...int32(9092),
    ...NULL,
    ...text('cluster'),
    ...int32(1),
    ...int32(topics.length),
    ...topics.flat(),
    ...NOT_SAID,
  ])
const member = [...text('m'), ...text('c'), ...text('/h'), ...int32(1), 7, ...int32(0)]
const group = (error: number, name: string, rights: readonly number[], members = 0) => [
  ...int16(error),
  ...text(name),
  ...text('Stable'),
  ...text('consumer'),
  ...text('range'),
  ...int32(members),
  ...Array.from({ length: members }, () => member).flat(),
  ...rights,
]
const groups = (...all: readonly (readonly number[])[]) =>
  Buffer.from([...int32(1), ...int32(0), ...int32(all.length), ...all.flat()])

describe('what a broker says that somebody may do', () => {
  it('is read of topics, and is nothing where it refuses to say more', () => {
    const said = metadata(
      topic(0, 'telemetry', bits(4, 8)),
      topic(29, 'operations', NOT_SAID, 0),
      topic(3, 'integration', NOT_SAID, 0),
      topic(0, 'device-state', bits(3, 8, 10), 2),
    )
    assert.deepEqual(readTopicRights(said), {
      telemetry: ['WRITE', 'DESCRIBE'],
      operations: [],
      integration: null,
      'device-state': ['READ', 'DESCRIBE', 'DESCRIBE_CONFIGS'],
    })
  })

  it('is read of groups, and not from who does not coordinate them', () => {
    const said = groups(
      group(0, 'tail', bits(3, 8), 2),
      group(30, 'connect-rows', NOT_SAID),
      group(16, 'elsewhere', NOT_SAID),
    )
    assert.deepEqual(readGroupRights(said), {
      tail: ['READ', 'DESCRIBE'],
      'connect-rows': [],
      elsewhere: null,
    })
  })

  it('is asked for in the versions that tell it', () => {
    const asked = topicRightsRequest(['t'], 7)
    assert.deepEqual([asked.readInt16BE(4), asked.readInt16BE(6)], [3, 8])
    assert.deepEqual([...asked.subarray(-10)], [...int32(1), ...text('t'), 0, 0, 1])
    const ofGroups = groupRightsRequest(['g'], 7)
    assert.deepEqual([ofGroups.readInt16BE(4), ofGroups.readInt16BE(6)], [15, 3])
    assert.deepEqual([...ofGroups.subarray(-8)], [...int32(1), ...text('g'), 1])
  })
})
