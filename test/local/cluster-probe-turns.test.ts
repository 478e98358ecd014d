import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, it } from 'mocha'
import type { Clock } from '../../chaos/core/clock.ts'
import { clusterProbe } from '../../chaos/drivers/cluster-probe.ts'
import { ProbeConnection, ProbeFailure } from '../../chaos/kafka/probe-connection.ts'
import { VirtualClock } from '../unit/run/virtual-clock.ts'

/** Its key in Kafka's protocol. */
const METADATA = 3

/** A broker's end of a connection: it answers what `replies` has a body for, and nothing else. */
class BrokerSocket extends Duplex {
  private readonly replies: (api: number) => Buffer | null
  constructor(replies: (api: number) => Buffer | null) {
    super()
    this.replies = replies
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const body = this.replies(chunk.readInt16BE(4))
    if (body) this.push(Buffer.concat([int32(body.length), body]))
    done()
  }
  unref(): this {
    return this
  }
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

/** Metadata with neither brokers nor topics: correlation, throttle, brokers, cluster id (null), controller, topics. */
const EMPTY_METADATA = Buffer.concat([
  int32(1),
  int32(0),
  int32(0),
  Buffer.from([255, 255]),
  int32(1),
  int32(0),
])

const address = { host: 'none', port: 0 }
const connectionOf = (replies: (api: number) => Buffer | null) =>
  new ProbeConnection(address, new BrokerSocket(replies) as unknown as Socket)

describe('several who ask about the cluster at once', () => {
  it('see the brokers that answer, though nobody can say who leads the quorum', async () => {
    const clock = new VirtualClock()
    using probe = clusterProbe(new Map([[1, address]]), clock, 600, () =>
      connectionOf(api => (api === METADATA ? EMPTY_METADATA : null)),
    )
    const askAfter = async (ms: number) => {
      await clock.sleep(ms)
      return probe.describe()
    }
    const readings = await clock.run(Promise.all([0, 100, 200].map(askAfter)))
    assert.deepEqual(
      readings.map(reading => reading.answered),
      [[1], [1], [1]],
    )
    assert.deepEqual(
      readings.map(reading => reading.controller),
      [null, null, null],
    )
  })

  it('are not refused for the one question before theirs that was lost', async () => {
    const clock = new VirtualClock()
    let asked = 0
    using probe = clusterProbe(new Map([[1, address]]), clock, 600, () =>
      connectionOf(api => (api === METADATA && asked++ > 0 ? EMPTY_METADATA : null)),
    )
    const [first, second] = await clock.run(Promise.all([probe.describe(), probe.describe()]))
    assert.deepEqual([first?.answered, second?.answered], [[], [1]])
  })

  it('hear of a broker that answers nothing in bounded time', async () => {
    const clock = new VirtualClock()
    using probe = clusterProbe(new Map([[1, address]]), clock, 600, () => connectionOf(() => null))
    const askers = Array.from({ length: 4 }, () => probe.describe())
    const readings = await clock.run(Promise.all(askers))
    assert.ok(readings.every(reading => reading.answered.length === 0))
    assert.ok(clock.now() < 2000, `${clock.now()} ms`)
  })
})

describe('a reply that came while this process stood still', () => {
  it('is read before its time-out counts', async () => {
    // All timers are due when the process goes on; what the sockets have is read after those that are due already.
    const late: (() => void)[] = []
    const clock: Clock = {
      now: () => 0,
      wallMs: () => 0,
      sleep: () => new Promise(resolve => void late.push(resolve)),
    }
    const socket = new BrokerSocket(() => null)
    const connection = new ProbeConnection(address, socket as unknown as Socket)
    const reply = connection.request(Buffer.alloc(8), 600, clock).catch((error: unknown) => error)
    const turn = () => new Promise(resolve => setImmediate(resolve))
    await turn()
    for (const wake of late.splice(0)) wake()
    await turn()
    socket.push(Buffer.concat([int32(2), Buffer.from('ok')]))
    for (const wake of late.splice(0)) wake()
    const heard = await reply
    assert.ok(!(heard instanceof ProbeFailure), 'the time-out was taken first')
    assert.equal(String(heard), 'ok')
  })
})
