import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { GENESIS } from '../../../chaos/record/journal-events.ts'
import { readJournal } from '../../../chaos/record/journal-reader.ts'

const EVENTS = [
  { kind: 'timeline.started' },
  { kind: 'fault.injected', id: 'zone-cut-1' },
  { kind: 'fault.healed', id: 'zone-cut-1' },
  { kind: 'timeline.ended' },
]

function chained(events: readonly object[]): string[] {
  let prev = GENESIS
  return events.map((event, seq) => {
    const text = JSON.stringify({ seq, t: seq * 1000, at: '2026-01-01T00:00:00.000Z', ...event, prev })
    prev = createHash('sha256').update(text).digest('hex')
    return text
  })
}

describe('the journal as read back', () => {
  let directory = ''
  const path = () => join(directory, 'journal.jsonl')
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-journal-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const read = (lines: readonly string[], end = '\n') => {
    writeFileSync(path(), lines.join('\n') + end)
    return readJournal(path())
  }

  it('gives the events in order, with their lines, when the chain is whole', async () => {
    const reading = await read(chained(EVENTS))
    assert.equal(reading.broken, null)
    assert.deepEqual(
      reading.events.map(({ line, event }) => [line, event.kind]),
      EVENTS.map((event, index) => [index + 1, event.kind]),
    )
  })

  it('ends with the digest of the last line', async () => {
    const lines = chained(EVENTS)
    const last = lines.at(-1) ?? ''
    assert.equal((await read(lines)).head, createHash('sha256').update(last).digest('hex'))
  })

  it('breaks at the line after one that was altered', async () => {
    const lines = chained(EVENTS)
    lines[1] = lines[1]?.replace('zone-cut-1', 'zone-cut-2') ?? ''
    const reading = await read(lines)
    assert.equal(reading.broken?.line, 3)
    assert.equal(reading.events.length, 2)
  })

  it('breaks where a line was taken out', async () => {
    const lines = chained(EVENTS)
    lines.splice(1, 1)
    assert.equal((await read(lines)).broken?.line, 2)
  })

  it('breaks at its beginning when the first line does not start the chain', async () => {
    assert.equal((await read(chained(EVENTS).slice(1))).broken?.line, 1)
  })

  it('breaks at a last line that was cut short', async () => {
    const lines = chained(EVENTS)
    lines[3] = lines[3]?.slice(0, 20) ?? ''
    assert.equal((await read(lines, '')).broken?.line, 4)
  })

  it('breaks at a last line without its newline, although it is whole JSON', async () => {
    const { broken } = await read(chained(EVENTS), '')
    assert.match(broken?.reason ?? '', /cut short/)
  })

  it('breaks at an event of a known kind in the wrong shape', async () => {
    const { broken } = await read(chained([{ kind: 'fault.injected', id: 7 }]))
    assert.match(broken?.reason ?? '', /fault\.injected: id/)
  })

  it('skips kinds that it does not know and keeps the chain', async () => {
    const reading = await read(chained([{ kind: 'something.new' }, ...EVENTS]))
    assert.equal(reading.broken, null)
    assert.deepEqual(reading.skipped, [1])
    assert.equal(reading.events.length, EVENTS.length)
  })

  it('says which folder to name when there is no journal', async () => {
    await assert.rejects(
      readJournal(path()),
      (error: unknown) => error instanceof AftershockError && error.code === 'input',
    )
  })
})
