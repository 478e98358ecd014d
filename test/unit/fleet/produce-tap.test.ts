import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { ProduceTap } from '../../../chaos/fleet/produce-tap.ts'
import { Frames, readProduceRequest } from '../../../chaos/kafka/produce-wire.ts'

interface Encoded {
  readonly buffer: Buffer
}
const require = createRequire(import.meta.url)
const encodeRequest = require('kafkajs/src/protocol/request') as (options: {
  correlationId: number
  clientId: string
  request: unknown
}) => Promise<Encoded>
const produceV7 = require('kafkajs/src/protocol/requests/produce/v7/request') as (options: unknown) => unknown

/** A produce request as kafkajs itself would write it. */
async function written(correlationId: number, parts: readonly [string, number, number][]): Promise<Buffer> {
  const topicData = parts.map(([topic, partition, records]) => ({
    topic,
    partitions: [
      { partition, messages: Array.from({ length: records }, (_, i) => ({ key: 'd1', value: `v${i}` })) },
    ],
  }))
  const request = produceV7({ acks: -1, timeout: 1000, topicData })
  return (await encodeRequest({ correlationId, clientId: 'gw', request })).buffer
}

/** A version 7 response without its length. */
function response(
  correlation: number,
  parts: readonly [string, number, number, number][],
  throttledMs = 0,
): Buffer {
  const pieces: Buffer[] = [int32(correlation), int32(parts.length)]
  for (const [topic, partition, code, offset] of parts) {
    const rest = Buffer.alloc(2 + 8 + 8 + 8)
    rest.writeInt16BE(code, 0)
    rest.writeBigInt64BE(BigInt(offset), 2)
    pieces.push(Buffer.from([0, topic.length]), Buffer.from(topic), int32(1), int32(partition), rest)
  }
  return Buffer.concat([...pieces, int32(throttledMs)])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const PARTS = [
  { topic: 'telemetry', partition: 3 },
  { topic: 'operations', partition: 0 },
]

describe('the tap on a producer', () => {
  it('reads from the wire which partitions kafkajs wrote', async () => {
    const frame = await written(77, [
      ['telemetry', 3, 40],
      ['operations', 0, 1],
    ])
    assert.deepEqual(readProduceRequest(frame), {
      correlation: 77,
      version: 7,
      partitions: [
        ['telemetry', 3],
        ['operations', 0],
      ],
    })
  })

  it('gives every part its own answer, with the base offset that comes beside an error', async () => {
    const tap = new ProduceTap()
    const exchange = tap.begin(PARTS)
    const versions = new Map<number, number>()
    tap.sees(
      await written(5, [
        ['telemetry', 3, 2],
        ['operations', 0, 1],
      ]),
      versions,
    )
    tap.hears(
      response(5, [
        ['telemetry', 3, 0, 100],
        ['operations', 0, 6, 55],
      ]),
      versions,
    )
    await exchange.answered
    assert.deepEqual(exchange.answers, [
      { errorCode: 0, baseOffset: 100 },
      { errorCode: 6, baseOffset: 55 },
    ])
  })

  it('stays incomplete when a part was never written, and says which', async () => {
    const tap = new ProduceTap()
    const exchange = tap.begin(PARTS)
    const versions = new Map<number, number>()
    tap.sees(await written(5, [['telemetry', 3, 2]]), versions)
    tap.hears(response(5, [['telemetry', 3, 0, 100]]), versions)
    assert.equal(exchange.isComplete, false)
    assert.deepEqual(exchange.wrote, [true, false])
    assert.equal(exchange.answers[1], undefined)
  })

  it('does not take an answer to something else for an answer to a produce request', async () => {
    const tap = new ProduceTap()
    const exchange = tap.begin(PARTS.slice(0, 1))
    const versions = new Map<number, number>()
    tap.sees(await written(5, [['telemetry', 3, 2]]), versions)
    tap.hears(response(6, [['telemetry', 3, 0, 100]]), versions)
    assert.equal(exchange.isComplete, false)
  })

  it('tells how long a broker holds the connection back, and nothing where it does not', async () => {
    const told: number[] = []
    const tap = new ProduceTap(ms => void told.push(ms))
    const versions = new Map<number, number>()
    for (const [correlation, throttledMs] of [0, 250].entries()) {
      tap.begin(PARTS.slice(0, 1))
      tap.sees(await written(correlation, [['telemetry', 3, 2]]), versions)
      tap.hears(response(correlation, [['telemetry', 3, 0, 100]], throttledMs), versions)
    }
    assert.deepEqual(told, [250])
  })

  it('counts a produce request that it cannot read as written, for all that is open', () => {
    const tap = new ProduceTap()
    const exchange = tap.begin(PARTS)
    const frame = Buffer.alloc(20)
    frame.writeInt16BE(0, 4)
    frame.writeInt16BE(42, 6)
    tap.sees(frame, new Map())
    assert.deepEqual(exchange.wrote, [true, true])
  })
})

describe('the frames of a byte stream', () => {
  it('come out whole however the stream was cut', () => {
    const frames = ['alpha', '', 'a longer one'].map(text => Buffer.from(text))
    const stream = Buffer.concat(frames.flatMap(frame => [int32(frame.length), frame]))
    for (let size = 1; size <= stream.length; size++) {
      const seen: string[] = []
      const reader = new Frames()
      for (let at = 0; at < stream.length; at += size) {
        reader.push(stream.subarray(at, at + size), frame => seen.push(frame.toString()))
      }
      assert.deepEqual(seen, ['alpha', '', 'a longer one'])
    }
  })
})
