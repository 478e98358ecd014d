import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { handsOf } from '../../chaos/run/hands.ts'
import { systemClock } from '../../chaos/system-clock.ts'

describe('the hands of a run', () => {
  let runDir = ''
  beforeEach(() => {
    runDir = mkdtempSync(join(tmpdir(), 'aftershock-hands-'))
  })
  afterEach(() => rmSync(runDir, { recursive: true }))
  const told: string[] = []
  const hands = () =>
    handsOf({
      clock: systemClock,
      runDir,
      replay: async () => ({ ok: true, result: null }),
      repair: async () => ({ ok: true, result: null }),
      governedReplay: async () => ({ ok: true, result: null }),
      moveRegion: async () => ({ ok: true, result: null }),
      changeRelease: async () => ({ ok: true, result: null }),
      tell: line => void told.push(line),
    })
  const limits = (withinMs: number) => ({ withinMs, signal: new AbortController().signal })

  it('run a program to its end, and keep its exit code and the end of what it printed', async () => {
    const end = await hands().command(['sh', '-c', 'echo moved; echo slowly >&2; exit 3'], limits(20_000))
    assert.equal(end.exitCode, 3)
    assert.match(end.outputTail, /moved/)
    assert.match(end.outputTail, /slowly/)
  })

  it('say why a program could not be started', async () => {
    const end = await hands().command(['no-such-program-at-all'], limits(20_000))
    assert.equal(end.exitCode, null)
    assert.match(end.why ?? '', /ENOENT/)
  })

  it('end a program that takes too long, with everything that it started', async () => {
    const mark = join(runDir, 'pid')
    const script = `sleep 600 & echo $! > ${mark}; wait`
    const end = await hands().command(['sh', '-c', script], limits(1000))
    assert.match(end.why ?? '', /it was ended after 1 s/)
    const { readFileSync } = await import('node:fs')
    const pid = Number(readFileSync(mark, 'utf8'))
    await waitFor('the program’s own child to be gone', () => !existsSync(`/proc/${pid}`) || isZombie(pid), {
      clock: systemClock,
      deadlineMs: 10_000,
      everyMs: 20,
    })
  })

  it('wait for a person’s word, and take it once', async () => {
    const done = hands().person('step-1', 'Move the dashboards', limits(20_000))
    const file = join(runDir, 'step-1.done')
    assert.match(told.join('\n'), new RegExp(`touch ${file}`))
    writeFileSync(file, '')
    assert.equal(await done, true)
    assert.equal(existsSync(file), false)
  })

  it('do not wait for ever for a person', async () => {
    assert.equal(await hands().person('step-1', 'Move the dashboards', limits(300)), false)
  })

  function isZombie(pid: number): boolean {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  }
})
