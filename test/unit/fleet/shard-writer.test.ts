import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type ShardSink, ShardWriter } from '../../../chaos/record/shard-writer.ts'

const header = { kind: 'header', format: 1, process: 'gw', role: 'gateway', zone: 'az-a' } as const

function writer(options: { highWater?: number; write?: ShardSink['write'] } = {}) {
  const seen = { text: '', closed: 0, errors: [] as string[] }
  const sink: ShardSink = {
    write:
      options.write ??
      (async text => {
        seen.text += text
      }),
    close: async () => {
      seen.closed += 1
    },
  }
  const onError = (message: string) => seen.errors.push(message)
  const { highWater } = options
  const shard = new ShardWriter({ header, sink, onError, ...(highWater ? { highWater } : {}) })
  return { shard, seen }
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { kind: string; lines?: number; sha256?: string })

describe('the writer of a shard', () => {
  it('begins with the header and ends with the number and the digest of the lines before the end', async () => {
    const { shard, seen } = writer()
    shard.append({ kind: 'info', op: 0, t: 5, error: 'no answer' })
    await shard.flush()
    shard.appendText('{"kind":"ok","op":1,"t":6,"offsets":[3]}')
    await shard.end(7.6)
    const written = lines(seen.text)
    assert.deepEqual(
      written.map(line => line.kind),
      ['header', 'info', 'ok', 'end'],
    )
    const end = written.at(-1)
    assert.equal(end?.lines, 3)
    const before = seen.text.slice(0, seen.text.lastIndexOf('{"kind":"end"'))
    assert.equal(end?.sha256, createHash('sha256').update(before).digest('hex'))
    assert.equal(seen.closed, 1)
  })

  it('writes nothing after its end', async () => {
    const { shard, seen } = writer()
    await shard.end(1)
    shard.append({ kind: 'info', op: 0, t: 2, error: 'late' })
    await shard.flush()
    await shard.end(3)
    assert.deepEqual(
      lines(seen.text).map(line => line.kind),
      ['header', 'end'],
    )
  })

  it('keeps the order of lines while the sink is slow, and never writes twice at once', async () => {
    const release: (() => void)[] = []
    let text = ''
    const { shard } = writer({
      write: async piece => {
        assert.equal(release.length, 0)
        await new Promise<void>(resolve => release.push(resolve))
        release.pop()
        text += piece
      },
    })
    const flushes = [shard.flush()]
    for (let op = 0; op < 3; op++) {
      shard.append({ kind: 'info', op, t: op, error: 'x' })
      flushes.push(shard.flush())
    }
    for (let i = 0; i < 4; i++) {
      while (release.length === 0) await Promise.resolve()
      release[0]?.()
      await flushes[i]
    }
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map(line => (JSON.parse(line) as { op?: number }).op),
      [undefined, 0, 1, 2],
    )
  })

  it('is full while more waits than memory should hold', async () => {
    let release = () => {}
    const { shard } = writer({ highWater: 100, write: () => new Promise(resolve => (release = resolve)) })
    assert.equal(shard.isFull, false)
    shard.append({ kind: 'info', op: 0, t: 0, error: 'e'.repeat(100) })
    assert.equal(shard.isFull, true)
    const flushed = shard.flush()
    await Promise.resolve()
    assert.equal(shard.isFull, true)
    release()
    await flushed
    assert.equal(shard.isFull, false)
  })

  it('leaves a shard without its end when the sink failed, and says so once', async () => {
    let text = ''
    const { shard, seen } = writer({
      write: async piece => {
        if (piece.includes('"op":1')) throw new Error('no space left on device')
        text += piece
      },
    })
    await shard.flush()
    for (const op of [1, 2]) {
      shard.append({ kind: 'info', op, t: 0, error: 'x' })
      await shard.flush()
    }
    await shard.end(9)
    assert.deepEqual(
      lines(text).map(line => line.kind),
      ['header'],
    )
    assert.equal(seen.errors.length, 1)
    assert.match(seen.errors[0] ?? '', /history of gw.*no space left/)
  })
})
