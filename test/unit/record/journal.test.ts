import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../chaos/core/clock.ts'
import { GENESIS } from '../../../chaos/record/journal-events.ts'
import { Journal, lineDigest } from '../../../chaos/record/journal.ts'
import { readJournal } from '../../../chaos/record/journal-reader.ts'

const clock: Clock = { now: () => 1500.4, wallMs: () => 1_700_000_000_000, sleep: async () => {} }

describe('the journal', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'))
    path = join(folder, 'journal.jsonl')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('carries in each line the digest of the line before it, from a fixed beginning', () => {
    using journal = Journal.create(path, clock)
    journal.append({ kind: 'timeline.started' })
    journal.append({ kind: 'timeline.ended' })
    const [first, second] = readFileSync(path, 'utf8').trim().split('\n') as [string, string]
    assert.equal(JSON.parse(first).prev, GENESIS)
    assert.equal(JSON.parse(second).prev, lineDigest(first))
    assert.deepEqual([JSON.parse(first).seq, JSON.parse(second).seq], [0, 1])
  })

  it('is on the disk when append returns', () => {
    using journal = Journal.create(path, clock)
    journal.append({ kind: 'fault.injected', id: 'cut' })
    assert.match(readFileSync(path, 'utf8'), /"kind":"fault.injected","id":"cut"/)
  })

  it('is never written over: a second run in the same folder is refused', () => {
    Journal.create(path, clock)[Symbol.dispose]()
    assert.throws(() => Journal.create(path, clock), /EEXIST/)
  })

  it('goes on where a dead run stopped, and the chain stays whole', async () => {
    const journal = Journal.create(path, clock)
    journal.append({ kind: 'timeline.started' })
    journal[Symbol.dispose]()
    using resumed = Journal.resume(path, clock)
    resumed.append({ kind: 'heal.started', by: 'guardian' })
    const reading = await readJournal(path)
    assert.equal(reading.broken, null)
    assert.deepEqual(
      reading.events.map(({ event }) => event.kind),
      ['timeline.started', 'heal.started'],
    )
  })

  it('drops a last line that its death tore, and nothing else', async () => {
    const journal = Journal.create(path, clock)
    journal.append({ kind: 'timeline.started' })
    journal[Symbol.dispose]()
    appendFileSync(path, '{"seq":1,"t":2000,"kind":"fault.inj')
    using resumed = Journal.resume(path, clock)
    resumed.append({ kind: 'heal.started', by: 'heal-command' })
    const reading = await readJournal(path)
    assert.equal(reading.broken, null)
    assert.equal(reading.lines, 2)
  })

  it('can be resumed when nothing was ever written', () => {
    Journal.create(path, clock)[Symbol.dispose]()
    using resumed = Journal.resume(path, clock)
    assert.equal(resumed.append({ kind: 'timeline.started' }).prev, GENESIS)
  })
})
