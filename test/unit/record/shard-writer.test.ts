import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'mocha'
import type { ShardHeader } from '../../../chaos/record/history.ts'
import { type ShardSink, ShardWriter } from '../../../chaos/record/shard-writer.ts'

const header: ShardHeader = {
  kind: 'header',
  format: 1,
  process: 'gw-az-a-1',
  role: 'gateway',
  zone: 'az-a',
}

describe('the writer of a shard', () => {
  it('ends with the count and the digest of everything before the end', async () => {
    const { sink, text } = memory()
    const writer = new ShardWriter({ header, sink, onError: assert.fail })
    writer.append({ kind: 'drop', t: 5, topic: 'telemetry', records: ['d1/1/1', 'dé/1/2'] })
    await writer.flush()
    writer.append({ kind: 'drop', t: 6, topic: 'telemetry', records: [] })
    await writer.end(7.4)
    const { before, end } = splitEnd(text())
    assert.deepEqual(end, { kind: 'end', t: 7, lines: 3, sha256: sha256(before) })
  })

  it('counts and digests a line that came while others were being written', async () => {
    const { sink, text } = memory()
    const writer = new ShardWriter({ header, sink, onError: assert.fail })
    const flushed = writer.flush()
    writer.append({ kind: 'drop', t: 1, topic: 'telemetry', records: [] })
    await Promise.all([flushed, writer.end(2), writer.end(3)])
    const { before, end } = splitEnd(text())
    assert.deepEqual(end, { kind: 'end', t: 2, lines: 2, sha256: sha256(before) })
  })

  it('has written everything when it returns, where the sink can, and ends with the same digest', async () => {
    let text = ''
    const sink: ShardSink = {
      write: () => Promise.reject(new Error('not asked')),
      writeNow: more => {
        text += more
      },
      close: () => Promise.resolve(),
    }
    const writer = new ShardWriter({ header, sink, onError: assert.fail })
    writer.append({ kind: 'drop', t: 5, topic: 'telemetry', records: ['d1/1/1'] })
    writer.writeNow()
    assert.equal(text.split('\n').length, 3)
    writer.append({ kind: 'drop', t: 6, topic: 'telemetry', records: [] })
    void writer.flush()
    writer.append({ kind: 'drop', t: 6, topic: 'telemetry', records: ['d1/1/2'] })
    writer.writeNow()
    await writer.end(7)
    const { before, end } = splitEnd(text)
    assert.deepEqual(end, { kind: 'end', t: 7, lines: 4, sha256: sha256(before) })
  })

  it('says once that it could not write at once, and writes no end', async () => {
    const errors: string[] = []
    const sink: ShardSink = {
      write: () => Promise.resolve(),
      writeNow: () => {
        throw new Error('no space left')
      },
      close: () => Promise.resolve(),
    }
    const writer = new ShardWriter({ header, sink, onError: message => errors.push(message) })
    writer.writeNow()
    await writer.end(2)
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /gw-az-a-1: no space left/)
  })

  it('writes no end when anything before it could not be written, and says so once', async () => {
    const written: string[] = []
    const errors: string[] = []
    const sink: ShardSink = {
      write: () => Promise.reject(new Error('no space left')),
      close: () => Promise.resolve(),
    }
    const writer = new ShardWriter({ header, sink, onError: message => errors.push(message) })
    await writer.flush()
    await writer.end(2)
    assert.deepEqual(written, [])
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /gw-az-a-1: no space left/)
  })
})

function memory(): { sink: ShardSink; text: () => string } {
  let text = ''
  const sink: ShardSink = {
    write: more => {
      text += more
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
  return { sink, text: () => text }
}

function splitEnd(text: string): { before: string; end: unknown } {
  const at = text.lastIndexOf('\n', text.length - 2) + 1
  return { before: text.slice(0, at), end: JSON.parse(text.slice(at)) }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
