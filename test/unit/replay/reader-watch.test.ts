import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Clock } from '../../../chaos/core/clock.ts'
import { ASK_AFTER_MS, BrokerLiveness } from '../../../chaos/replay/broker-liveness.ts'
import { ConnectionWatch } from '../../../chaos/replay/connection-watch.ts'
import {
  ASKS_NOTHING_MS,
  CONNECTION_LOST_MS,
  FETCH_LOST_MS,
  ReaderWatch,
} from '../../../chaos/replay/reader-watch.ts'

const LOOK_MS = 250
const MINUTE = 60_000

interface Network {
  readonly clock: Clock & { at: number }
  readonly watch: ReaderWatch
  readonly connection: ConnectionWatch
  readonly asked: number[]
  /** Lets time pass, with what the network does at each look; the first reason ends it. */
  readonly pass: (ms: number, act?: (t: number) => void) => Promise<ReturnType<ReaderWatch['check']>>
}

/** @param says what a fresh connection to the broker gets */
function network(says: () => Promise<string | null>): Network {
  const clock = { at: 0, now: () => clock.at, wallMs: () => clock.at, sleep: async () => {} }
  const asked: number[] = []
  const liveness = new BrokerLiveness(clock, () => {
    asked.push(clock.at)
    return says()
  })
  const watch = new ReaderWatch({ clock, liveness, hostOf: node => `kafka-${node}` })
  const connection = new ConnectionWatch('kafka-1', 0)
  return {
    clock,
    watch,
    connection,
    asked,
    pass: async (ms, act) => {
      for (const end = clock.at + ms; clock.at < end; clock.at += LOOK_MS) {
        act?.(clock.at)
        const reason = watch.check([connection])
        if (reason) return reason
        await new Promise(resolve => setImmediate(resolve))
      }
      return null
    },
  }
}

const answers = async () => null
const silent = async () => 'a fresh connection got no answer'

describe('the watch over a reader', () => {
  it('leaves it alone while an answer trickles in, however long that takes, and asks nobody', async () => {
    const { pass, connection, asked } = network(silent)
    connection.sent(0)
    const length = Buffer.alloc(4)
    length.writeInt32BE(1_000_000)
    connection.received(length, 0)
    assert.equal(await pass(10 * MINUTE, t => connection.received(Buffer.alloc(10), t)), null)
    assert.deepEqual(asked, [])
  })

  it('leaves it alone while its broker owes an answer for minutes and answers others', async () => {
    const { pass, connection, asked } = network(answers)
    connection.sent(0)
    assert.equal(await pass(MINUTE), null)
    assert.ok(asked.length > 10)
  })

  it('has it replaced when its broker owes an answer and does not answer others either', async () => {
    const { pass, connection } = network(silent)
    connection.sent(0)
    const reason = await pass(MINUTE)
    assert.deepEqual([reason?.cause, reason?.since], ['broker-dead', 0])
    assert.match(reason?.why ?? '', /kafka-1 owed an answer .*; a fresh connection got no answer/)
  })

  it('asks a broker only once it is silent, and not while it gives bytes on another connection', async () => {
    const { clock, watch, connection, asked } = network(silent)
    const other = new ConnectionWatch('kafka-1', 0)
    connection.sent(0)
    for (; clock.at < MINUTE; clock.at += LOOK_MS) {
      other.sent(clock.at)
      other.received(Buffer.from([0, 0, 0, 1, 7]), clock.at)
      assert.equal(watch.check([connection, other]), null)
    }
    assert.deepEqual(asked, [])
    clock.at += ASK_AFTER_MS
    watch.check([connection, other])
    assert.equal(asked.length, 1)
  })

  it('does not hold an old answer of a probe against a broker that has given bytes since', async () => {
    let says: string | null = 'a fresh connection was refused'
    const { pass, connection } = network(async () => says)
    connection.sent(0)
    assert.equal((await pass(MINUTE))?.cause, 'broker-dead')
    says = null
    connection.received(Buffer.from([0, 0, 0, 9, 1]), ASK_AFTER_MS + LOOK_MS)
    assert.equal(await pass(MINUTE / 2), null)
  })

  it('has it replaced when its client asks nobody for anything', async () => {
    const { pass, clock } = network(answers)
    const reason = await pass(MINUTE)
    assert.deepEqual([reason?.cause, clock.at], ['client-stuck', ASKS_NOTHING_MS])
  })

  it('has it replaced when its client waits for a broker with which it has no connection', async () => {
    const { pass, watch, clock, connection } = network(answers)
    watch.fetchStarted(2)
    const busy = (t: number) => {
      connection.sent(t)
      connection.received(Buffer.from([0, 0, 0, 1, 7]), t)
    }
    const reason = await pass(MINUTE, busy)
    assert.deepEqual([reason?.cause, clock.at], ['client-stuck', FETCH_LOST_MS])
    assert.match(reason?.why ?? '', /kafka-2/)
  })

  it('names a connection on which a broker that is alive has been silent for too long, before the reader suffers', async () => {
    const { pass, watch, connection } = network(answers)
    connection.sent(0)
    assert.equal(await pass(CONNECTION_LOST_MS), null)
    assert.deepEqual(watch.lost([connection]), [connection])
    connection.received(Buffer.from([0, 0, 0, 9, 1]), CONNECTION_LOST_MS)
    assert.deepEqual(watch.lost([connection]), [])
  })
})
