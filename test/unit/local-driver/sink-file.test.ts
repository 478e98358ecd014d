import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SinkFile } from '../../../chaos/drivers/local/connect/sink-file.ts'

describe('the file of a sink', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-sink-'))
  const path = join(dir, 'sink.txt')
  after(() => rmSync(dir, { recursive: true }))

  it('has no lines before it is there, then as many as were ended, over all looks', () => {
    const sink = new SinkFile(path)
    assert.deepEqual(sink.look(), { lines: 0, bytes: 0 })
    appendFileSync(path, 'one\ntwo\nthr')
    assert.deepEqual(sink.look(), { lines: 2, bytes: 11 })
    assert.deepEqual(sink.look(), { lines: 2, bytes: 11 })
    appendFileSync(path, `ee\n${'x'.repeat(200_000)}\n`)
    assert.deepEqual(sink.look(), { lines: 4, bytes: 200_015 })
  })
})
