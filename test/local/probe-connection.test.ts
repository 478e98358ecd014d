import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, it } from 'mocha'
import type { Clock } from '../../chaos/core/clock.ts'
import { ProbeConnection, ProbeFailure } from '../../chaos/kafka/probe-connection.ts'

/** Time that only passes when it is told to. */
class StandingClock implements Clock {
  readonly #sleepers = new Set<() => void>()
  now = () => 0
  wallMs = () => 0
  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => resolve()
      this.#sleepers.add(wake)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(wake)
        reject(signal.reason as Error)
      })
    })
  }
  pass(): void {
    const due = [...this.#sleepers]
    this.#sleepers.clear()
    for (const wake of due) wake()
  }
}

/** A broker's end: it keeps what it was asked, and answers with the same text when told. */
class FakeSocket extends Duplex {
  readonly asked: string[] = []
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.asked.push(chunk.toString())
    done()
  }
  unref(): this {
    return this
  }
  answer(text: string): void {
    const length = Buffer.alloc(4)
    length.writeInt32BE(text.length)
    this.push(Buffer.concat([length, Buffer.from(text)]))
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

function open() {
  const socket = new FakeSocket()
  const clock = new StandingClock()
  const connection = new ProbeConnection({ host: 'none', port: 0 }, socket as unknown as Socket)
  const ask = (text: string) => connection.request(Buffer.from(text), 600, clock).then(String)
  return { socket, clock, ask }
}

describe('a connection to a broker that several ask at once', () => {
  it('gives everybody the reply to their own question, and asks the next when it came', async () => {
    const { socket, ask } = open()
    const replies = Promise.all([ask('metadata'), ask('quorum'), ask('metadata again')])
    for (const expected of ['metadata', 'quorum', 'metadata again']) {
      await settled()
      assert.equal(socket.asked.at(-1), expected)
      socket.answer(`of ${expected}`)
    }
    assert.deepEqual(await replies, ['of metadata', 'of quorum', 'of metadata again'])
  })

  it('fails for all who wait when nothing comes, since a late reply would be taken for the next one’s', async () => {
    const { socket, clock, ask } = open()
    const replies = Promise.allSettled([ask('metadata'), ask('quorum')])
    for (let piece = 0; piece < 8; piece++) {
      await settled()
      clock.pass()
    }
    const [first, second] = await replies
    assert.deepEqual(socket.asked, ['metadata'])
    for (const reply of [first, second])
      assert.ok(reply?.status === 'rejected' && reply.reason instanceof ProbeFailure)
  })
})
