import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'mocha'
import { main } from '../../../chaos/cli.ts'
import { EXIT } from '../../../chaos/core/exit-codes.ts'
import { identityOf } from '../../../chaos/machine/process-table.ts'
import { Folder, judgedRun } from './sealed-run.ts'

describe('the commands of evidence', () => {
  it('make a key, seal with it and verify with its public half', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    const made = await command(keys.dir, ['keygen', '--out', 'team'])
    assert.equal(made.code, EXIT.pass)
    const keyid = /key id +([0-9a-f]{64})/.exec(made.out)?.[1]
    assert.ok(keyid)
    const sealed = await command(run.dir, ['seal', '.', '--key', keys.path('team')])
    assert.match(sealed.out, new RegExp(`signed by ${keyid}; verdict: pass`))
    const verified = await command(run.dir, ['verify', '.', '--key', keys.path('team.pub')])
    assert.equal(verified.code, EXIT.pass)
    assert.match(verified.out, /Signed by the key that was given/)
    assert.equal((await command(keys.dir, ['keygen', '--out', 'team'])).code, EXIT.refused)
  })

  it('take the key from the environment where none is named', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    await command(keys.dir, ['keygen', '--out', 'team'])
    const sealed = await command(run.dir, ['seal', '.'], { AFTERSHOCK_KEY: keys.path('team') })
    assert.match(sealed.out, /signed by/)
    assert.match((await command(run.dir, ['seal', '.'])).out, /unsigned/)
  })

  it('exit with 77 and name the file when the evidence was changed', async () => {
    using run = await judgedRun()
    await command(run.dir, ['seal', '.'])
    run.write('run.json', run.read('run.json').replace('tiny', 'tidy'))
    const verified = await command(run.dir, ['verify', 'bundle.json'])
    assert.equal(verified.code, EXIT.unverified)
    assert.equal(EXIT.unverified, 77)
    assert.match(verified.out, /does NOT verify[\s\S]*run\.json {2}was changed/)
  })

  it('print one JSON document and nothing else when asked', async () => {
    using run = await judgedRun()
    const sealed = await command(run.dir, ['seal', '.', '--json'])
    assert.equal((JSON.parse(sealed.out) as { keyid: unknown }).keyid, null)
    rmSync(run.path('logs/broker-1.log'))
    const verified = await command(run.dir, ['verify', '.', '--json'])
    assert.equal((JSON.parse(verified.out) as { ok: unknown }).ok, false)
    assert.equal(verified.err, '')
  })

  it('do not seal a run that is alive', async () => {
    using run = await judgedRun()
    const self = identityOf(process.pid)
    run.json('run.json', header => ({ ...header, runner: self }))
    const sealed = await command(run.dir, ['seal', '.'])
    assert.equal(sealed.code, EXIT.refused)
    assert.match(sealed.err, /the run is alive/)
  })

  it('tell a key that is none from evidence that is wrong', async () => {
    using run = await judgedRun()
    await command(run.dir, ['seal', '.'])
    const verified = await command(run.dir, ['verify', '.', '--key', 'run.json'])
    assert.equal(verified.code, EXIT.input)
    assert.match(verified.err, /not an Ed25519 public key/)
  })
})

async function command(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', '']
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await main(args, { stdout, stderr, env, cwd, isTerminal: false })
  return { code, out, err }
}
