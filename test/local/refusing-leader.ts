import { createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../chaos/core/network.ts'
import { Frames } from '../../chaos/kafka/produce-wire.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/** The only broker of a cluster, as far as a kafkajs producer can tell. It stores nothing but what it was told. */
export interface RefusingLeader extends AsyncDisposable {
  readonly address: Address
  /** Ids of the records that it took, in order. */
  readonly stored: string[]
  /** Of all produce requests: what was asked for as acks. */
  readonly acks: Set<number>
  /** Batches that it refused. */
  refused: number
  /** Produce requests in the order in which they came. */
  readonly requests: SeenRequest[]
}

export interface SeenRequest {
  /** -1 where the producer has none. */
  readonly producerId: number
  readonly batches: readonly SeenBatch[]
  /** Requests of the same producer that had no answer yet when this one came. */
  readonly beside: number
  /** `silent`: the connection was closed in place of an answer. */
  ended: 'answered' | 'refused' | 'silent' | null
}

export interface SeenBatch {
  readonly topic: string
  readonly partition: number
  readonly firstSequence: number
  readonly ids: readonly string[]
}

/** The error code with which a batch is answered, 0 if it is to be stored; `silence` for its whole request. */
export type Decide = (batch: SeenBatch, request: number) => number | 'silence' | Promise<number>

const [PRODUCE, METADATA, API_VERSIONS, INIT_PRODUCER_ID] = [0, 3, 18, 22]
const [INVALID_TIMESTAMP, OUT_OF_ORDER_SEQUENCE_NUMBER] = [32, 45]

/** Refuses a batch with a record that is more than `limitMs` ahead of the wall, whole, as Kafka does. */
export async function refusingLeader(
  topics: Readonly<Record<string, number>>,
  limitMs: number,
  decide: Decide = () => 0,
): Promise<RefusingLeader> {
  let producers = 100
  /** By producer and partition: where each of its batches begins, in numbers and offsets, and the next number. */
  const known = new Map<string, { next: number; readonly offsets: Map<number, number> }>()
  const server: Server = createServer()
  const sockets = new Set<Socket>()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const leader: RefusingLeader = {
    address: { host: '127.0.0.1', port },
    stored: [],
    acks: new Set(),
    refused: 0,
    requests: [],
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    const frames = new Frames()
    socket.on('data', chunk =>
      frames.push(chunk, frame => {
        const [api, correlation] = [frame.readInt16BE(0), frame.readInt32BE(4)]
        const body = frame.subarray(10 + Math.max(0, frame.readInt16BE(8)))
        const reply = (answer: Buffer) =>
          socket.write(Buffer.concat([int32(answer.length + 4), int32(correlation), answer]))
        if (api === API_VERSIONS) reply(versions())
        else if (api === METADATA) reply(metadata(topics, port))
        else if (api === INIT_PRODUCER_ID)
          reply(Buffer.concat([int32(0), int16(0), int64(producers++), int16(0)]))
        else void produce(body).then(answer => (answer ? reply(answer) : socket.destroy()))
      }),
    )
  })

  /** null: no answer. */
  async function produce(body: Buffer): Promise<Buffer | null> {
    let at = 2 + Math.max(0, body.readInt16BE(0))
    leader.acks.add(body.readInt16BE(at))
    at += 6
    const parts: { readonly seen: SeenBatch; readonly bytes: Buffer }[] = []
    const count = body.readInt32BE(at)
    at += 4
    for (let i = 0; i < count; i++) {
      const length = body.readInt16BE(at)
      const topic = body.toString('utf8', at + 2, at + 2 + length)
      at += 2 + length
      const partitions = body.readInt32BE(at)
      at += 4
      for (let j = 0; j < partitions; j++) {
        const [partition, size] = [body.readInt32BE(at), body.readInt32BE(at + 4)]
        const bytes = body.subarray(at + 8, at + 8 + size)
        const ids = [...bytes.toString('latin1').matchAll(/\{"id":"(d\d+\/\d+\/\d+)"/g)].map(
          ([, id]) => id as string,
        )
        parts.push({ seen: { topic, partition, firstSequence: bytes.readInt32BE(53), ids }, bytes })
        at += 8 + size
      }
    }
    const producerId = Number(parts[0]?.bytes.readBigInt64BE(43))
    const beside = leader.requests.filter(
      other => other.producerId === producerId && other.ended === null,
    ).length
    const request: SeenRequest = { producerId, batches: parts.map(({ seen }) => seen), beside, ended: null }
    const number = leader.requests.push(request) - 1
    const codes = await Promise.all(parts.map(async ({ seen }) => decide(seen, number)))
    if (codes.includes('silence')) {
      request.ended = 'silent'
      return null
    }
    const answers = parts.map(({ seen, bytes }, i) =>
      Buffer.concat([
        text(seen.topic),
        int32(1),
        int32(seen.partition),
        take(producerId, seen, bytes, Number(codes[i])),
      ]),
    )
    const isRefused = answers.some(answer => answer.readInt16BE(answer.length - 26) !== 0)
    request.ended = isRefused ? 'refused' : 'answered'
    return Buffer.concat([int32(answers.length), ...answers, int32(0)])
  }

  /** Error code, base offset, log append time and log start offset (produce response, version 7). */
  function take(producerId: number, seen: SeenBatch, bytes: Buffer, code: number): Buffer {
    // The greatest timestamp of a batch stands in its header (record batch, version 2).
    const isAhead = Number(bytes.readBigInt64BE(35)) > systemClock.wallMs() + limitMs
    const [error, offset] = isAhead
      ? [INVALID_TIMESTAMP, -1]
      : code !== 0
        ? [code, -1]
        : append(`${producerId}/${seen.topic}/${seen.partition}`, producerId, seen)
    if (error !== 0) leader.refused += 1
    return Buffer.concat([int16(error), int64(offset), int64(-1), int64(0)])
  }

  /** As Kafka: what a producer has sent before is acknowledged where it was stored then, and not stored again. */
  function append(key: string, producerId: number, { firstSequence, ids }: SeenBatch): [number, number] {
    const state = known.get(key) ?? { next: firstSequence, offsets: new Map<number, number>() }
    const isNumbered = producerId >= 0
    const repeated = state.offsets.get(firstSequence)
    if (isNumbered && repeated !== undefined) return [0, repeated]
    if (isNumbered && firstSequence !== state.next) return [OUT_OF_ORDER_SEQUENCE_NUMBER, -1]
    const offset = leader.stored.length
    leader.stored.push(...ids)
    state.offsets.set(firstSequence, offset)
    state.next = firstSequence + ids.length
    known.set(key, state)
    return [0, offset]
  }

  return leader
}

function versions(): Buffer {
  const apis = [
    [PRODUCE, 3, 7],
    [METADATA, 1, 1],
    [API_VERSIONS, 0, 0],
    [INIT_PRODUCER_ID, 0, 1],
  ] as const
  return Buffer.concat([int16(0), int32(apis.length), ...apis.flat().map(int16)])
}

function metadata(topics: Readonly<Record<string, number>>, port: number): Buffer {
  const entries = Object.entries(topics).map(([topic, partitions]) =>
    Buffer.concat([
      int16(0),
      text(topic),
      Buffer.from([0]),
      int32(partitions),
      ...Array.from({ length: partitions }, (_, partition) =>
        Buffer.concat([int16(0), int32(partition), int32(1), int32(1), int32(1), int32(1), int32(1)]),
      ),
    ]),
  )
  const broker = [int32(1), text('127.0.0.1'), int32(port), int16(-1)]
  return Buffer.concat([int32(1), ...broker, int32(1), int32(entries.length), ...entries])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
}
