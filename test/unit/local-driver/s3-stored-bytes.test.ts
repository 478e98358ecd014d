import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../chaos/core/wait.ts'
import { StoredBytes } from '../../../chaos/drivers/local/store/s3-proxy/stored-bytes.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const soon = { clock: systemClock, deadlineMs: 5000, everyMs: 1 }

describe('the bytes that the object store keeps', () => {
  let folder: string
  let now = 0
  const clock = { now: () => now, wallMs: () => now, sleep: async () => {} }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-stored-'))
    now = 0
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('are the sizes of all objects, without parts of uploads that are not complete', async () => {
    mkdirSync(join(folder, 'data', 'deep'), { recursive: true })
    mkdirSync(join(folder, 'data', '.sgwtmp', 'multipart'), { recursive: true })
    writeFileSync(join(folder, 'data', 'one'), 'x'.repeat(10))
    writeFileSync(join(folder, 'data', 'deep', 'two'), 'x'.repeat(200))
    writeFileSync(join(folder, 'data', '.sgwtmp', 'multipart', 'part'), 'x'.repeat(5000))
    assert.equal(await new StoredBytes(folder, clock).read(), 210)
  })

  it('are looked up at most every ten seconds', async () => {
    const stored = new StoredBytes(folder, clock)
    assert.equal(await stored.read(), 0)
    writeFileSync(join(folder, 'one'), 'xyz')
    now = 9999
    assert.equal(await stored.read(), 0)
    now = 10_000
    await waitFor('a new look', async () => (await stored.read()) === 3, soon)
  })

  it('are not known when they cannot be looked up, even when they were before', async () => {
    const stored = new StoredBytes(folder, clock)
    await stored.read()
    rmSync(folder, { recursive: true })
    now = 20_000
    await waitFor('a new look', async () => (await stored.read()) === null, soon)
  })
})
