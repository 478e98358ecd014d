import { createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../chaos/drivers/local/probe-connection.ts'
import { Frames } from '../../chaos/fleet/produce-wire.ts'
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
}

const [PRODUCE, METADATA, API_VERSIONS] = [0, 3, 18]
const INVALID_TIMESTAMP = 32

/** Refuses a batch with a record that is more than `limitMs` ahead of the wall, whole, as Kafka does. */
export async function refusingLeader(
  topics: Readonly<Record<string, number>>,
  limitMs: number,
): Promise<RefusingLeader> {
  const server: Server = createServer()
  const sockets = new Set<Socket>()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const leader: RefusingLeader = {
    address: { host: '127.0.0.1', port },
    stored: [],
    acks: new Set(),
    refused: 0,
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
        const answer =
          api === API_VERSIONS ? versions() : api === METADATA ? metadata(topics, port) : produce(body)
        socket.write(Buffer.concat([int32(answer.length + 4), int32(correlation), answer]))
      }),
    )
  })

  function produce(body: Buffer): Buffer {
    let at = 2 + Math.max(0, body.readInt16BE(0))
    leader.acks.add(body.readInt16BE(at))
    at += 6
    const answers: Buffer[] = []
    const count = body.readInt32BE(at)
    at += 4
    for (let i = 0; i < count; i++) {
      const length = body.readInt16BE(at)
      const topic = body.subarray(at, at + 2 + length)
      at += 2 + length
      const partitions = body.readInt32BE(at)
      at += 4
      const each: Buffer[] = []
      for (let j = 0; j < partitions; j++) {
        const [partition, size] = [body.readInt32BE(at), body.readInt32BE(at + 4)]
        each.push(int32(partition), take(body.subarray(at + 8, at + 8 + size)))
        at += 8 + size
      }
      answers.push(topic, int32(partitions), ...each)
    }
    return Buffer.concat([int32(count), ...answers, int32(0)])
  }

  /** Error code, base offset, log append time and log start offset (produce response, version 7). */
  function take(batch: Buffer): Buffer {
    // The greatest timestamp of a batch stands in its header (record batch, version 2).
    const isAhead = Number(batch.readBigInt64BE(35)) > systemClock.wallMs() + limitMs
    if (isAhead) leader.refused += 1
    const offset = isAhead ? -1 : leader.stored.length
    if (!isAhead)
      for (const [, id] of batch.toString('latin1').matchAll(/\{"id":"(d\d+\/\d+\/\d+)"/g))
        leader.stored.push(id as string)
    return Buffer.concat([int16(isAhead ? INVALID_TIMESTAMP : 0), int64(offset), int64(-1), int64(0)])
  }

  return leader
}

function versions(): Buffer {
  const apis = [
    [PRODUCE, 3, 7],
    [METADATA, 1, 1],
    [API_VERSIONS, 0, 0],
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
