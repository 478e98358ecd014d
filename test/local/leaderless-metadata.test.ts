import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { FetchSize } from '../../chaos/replay/fetch-size.ts'
import { GROUP_RETRIES, groupConsumer } from '../../chaos/replay/group-consumer.ts'
import { KafkaSession } from '../../chaos/replay/kafka-session.ts'

const [METADATA, API_VERSIONS] = [3, 18]
const LEADER_NOT_AVAILABLE = 5
const TOPIC = 'telemetry'

const int16 = (value: number) => bytes(2, buffer => buffer.writeInt16BE(value))
const int32 = (value: number) => bytes(4, buffer => buffer.writeInt32BE(value))
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)])
const list = (...items: readonly Buffer[]) => Buffer.concat([int32(items.length), ...items])
function bytes(size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size)
  write(buffer)
  return buffer
}

/** A broker of one topic with two partitions, the second of which has no leader for the first so many questions. */
class LeaderlessBroker implements AsyncDisposable {
  asked = 0
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  readonly #times: number

  constructor(times: number) {
    this.#times = times
    this.#server = createServer(socket => this.#accept(socket))
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return this.#port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  get #port(): number {
    return (this.#server.address() as { port: number }).port
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    let rest = Buffer.alloc(0)
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const size = rest.readInt32BE(0)
        const [key, correlation] = [rest.readInt16BE(4), rest.readInt32BE(8)]
        rest = rest.subarray(4 + size)
        const answer = Buffer.concat([int32(correlation), this.#answer(key)])
        socket.write(Buffer.concat([int32(answer.length), answer]))
      }
    })
  }

  /** Both in their version 0, which is all that it says it has. */
  #answer(key: number): Buffer {
    const versions = [METADATA, API_VERSIONS].map(api => Buffer.concat([int16(api), int16(0), int16(0)]))
    if (key === API_VERSIONS) return Buffer.concat([int16(0), list(...versions)])
    assert.equal(key, METADATA)
    const led = this.asked++ >= this.#times
    const partition = (id: number, error: number) =>
      Buffer.concat([int16(error), int32(id), int32(error === 0 ? 1 : -1), list(int32(1)), list(int32(1))])
    const partitions = list(partition(0, 0), partition(1, led ? 0 : LEADER_NOT_AVAILABLE))
    const brokers = list(Buffer.concat([int32(1), text('127.0.0.1'), int32(this.#port)]))
    return Buffer.concat([brokers, list(Buffer.concat([int16(0), text(TOPIC), partitions]))])
  }
}

describe('a reader whose brokers say that a partition has no leader', () => {
  it('asks them again for longer than kafkajs would by itself, and goes on with the same client', async () => {
    await using broker = new LeaderlessBroker(20)
    const port = await broker.listen()
    const topology = {
      zones: ['az-a'],
      nodes: [{ id: 1, zone: 'az-a', host: '127.0.0.1' }],
      links: [],
    }
    const place = { zone: 'az-a', topology, dial: () => ({ host: '127.0.0.1', port }) }
    const session = new KafkaSession(place, 'test', 0, GROUP_RETRIES)
    const consumer = groupConsumer(session, 'test', new FetchSize(1024, 1), 2)
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [TOPIC] })
      assert.ok(broker.asked > 20, `asked ${broker.asked} times`)
    } finally {
      await consumer.disconnect()
      session.destroy()
    }
  }).timeout(60_000)
})
