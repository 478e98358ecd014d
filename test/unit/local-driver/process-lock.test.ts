import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { withProcessLock } from '../../../chaos/machine/process-lock.ts'
import { identityOf } from '../../../chaos/machine/process-table.ts'

describe('a lock that one process holds', () => {
  let dir: string
  let path: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-lock-'))
    path = join(dir, 'work.lock')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const locked = <T>(work: () => T) =>
    withProcessLock(
      path,
      pid => ({ message: `process ${pid} is at work`, hint: 'wait for it' }),
      async () => work(),
    )
  const held = () => JSON.parse(readFileSync(path, 'utf8')) as unknown
  const mine = identityOf(process.pid)

  it('says who is at work, and is gone when the work is done or has failed', async () => {
    assert.deepEqual(await locked(held), mine)
    assert.equal(existsSync(path), false)
    const fail = () => {
      throw new Error('no luck')
    }
    await assert.rejects(locked(fail), /no luck/)
    assert.equal(existsSync(path), false)
  })

  it('refuses a second one while the first holds it, and leaves it to the first', async () => {
    await locked(async () => {
      await assert.rejects(locked(held), (error: unknown) => {
        assert.ok(error instanceof AftershockError)
        assert.deepEqual([error.code, error.hint], ['refused', 'wait for it'])
        assert.equal(error.message, `process ${process.pid} is at work`)
        return true
      })
      assert.equal(existsSync(path), true)
    })
  })

  const left = {
    'whose process is gone': JSON.stringify({ pid: 2 ** 30, startedAt: 'long ago' }),
    'whose process id belongs to another process now': JSON.stringify({ ...mine, startedAt: 'long ago' }),
    'that was torn when its author died': '{"pid":',
  }
  for (const [what, text] of Object.entries(left))
    it(`takes over one ${what}`, async () => {
      writeFileSync(path, text)
      assert.deepEqual(await locked(held), mine)
    })
})
