import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { generateKey } from '../../../chaos/seal/keys.ts'
import { openBundle } from '../../../chaos/seal/bundle.ts'
import { Folder, judgedRun } from '../judge/sealed-run.ts'

describe('sealing a run', () => {
  it('names every file with its digest, sorted, and neither itself nor the lock of a healing', async () => {
    using run = await judgedRun()
    run.write('heal.lock', '1')
    run.write('bundle.json.partial', 'left by a sealing that died')
    await sealRun(run.dir)
    const { statement } = await openBundle(run.path('bundle.json'))
    const names = statement.subject.map(({ name }) => name)
    assert.deepEqual(names, names.toSorted())
    assert.ok(names.includes('history/stored.jsonl') && names.includes('logs/broker-1.log'))
    assert.ok(!names.some(name => /bundle|heal/.test(name)))
    for (const { name, digest } of statement.subject) {
      const bytes = readFileSync(run.path(name))
      assert.equal(createHash('sha256').update(bytes).digest('hex'), digest.sha256, name)
    }
  })

  it('says what the run was and what came of it', async () => {
    using run = await judgedRun()
    const report = await sealRun(run.dir)
    const { predicate } = (await openBundle(report.bundle)).statement
    const lines = run.read('journal.jsonl').split('\n').slice(0, -1)
    const last = createHash('sha256')
      .update(lines.at(-1) ?? '')
      .digest('hex')
    assert.equal(predicate.verdict, 'pass')
    assert.deepEqual(predicate.journal, {
      head: last,
      lines: lines.length,
      torn: false,
      outcome: 'completed',
    })
    assert.deepEqual(
      predicate.shards.map(({ file, lines: count }) => [file, count]),
      ['gw-az-a-1', 'stored', 'tail'].map(name => [
        `history/${name}.jsonl`,
        run.read(`history/${name}.jsonl`).split('\n').length - 1,
      ]),
    )
    assert.equal(predicate.run.startedAt, new Date(1_790_000_000_000).toISOString())
  })

  it('is unsigned without a key, and says so', async () => {
    using run = await judgedRun()
    const report = await sealRun(run.dir)
    assert.equal(report.keyid, null)
    assert.equal(report.sentence, `sealed ${report.files} files, unsigned`)
    assert.deepEqual((await openBundle(report.bundle)).envelope.signatures, [])
  })

  it('gives the same bytes for the same folder and key', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('k'))
    await sealRun(run.dir, { key: keys.path('k') })
    const first = run.read('bundle.json')
    await sealRun(run.dir, { key: keys.path('k') })
    assert.equal(run.read('bundle.json'), first)
  })

  it('refuses links, which could lead out of the folder', async () => {
    using run = await judgedRun()
    symlinkSync('/etc/hostname', run.path('logs/hostname.log'))
    await refused(() => sealRun(run.dir), 'input', /hostname\.log.*symbolic link/)
  })

  it('refuses a folder that is no run, and one that has no journal', async () => {
    using empty = new Folder()
    await refused(() => sealRun(empty.dir), 'input', /no run\.json/)
    await refused(() => sealRun(empty.path('nowhere')), 'input', /cannot seal/)
    using run = await judgedRun()
    rmSync(run.path('journal.jsonl'))
    await refused(() => sealRun(run.dir), 'input', /journal/)
  })

  it('seals a run that was never scored without a verdict, and warns', async () => {
    using run = await judgedRun()
    for (const name of ['scorecard.json', 'measurements.json', 'audit.json', 'report.html'])
      rmSync(run.path(name))
    const report = await sealRun(run.dir)
    assert.equal(report.verdict, null)
    assert.match(report.warnings.join(), /not scored/)
  })
})

describe('a key', () => {
  it('is for its owner only, and its public half for everyone', () => {
    using keys = new Folder()
    const { keyid, publicPath } = generateKey(keys.path('k'))
    assert.match(keyid, /^[0-9a-f]{64}$/)
    assert.equal(statSync(keys.path('k')).mode & 0o777, 0o600)
    assert.match(readFileSync(publicPath, 'utf8'), /^-----BEGIN PUBLIC KEY-----/)
    assert.match(keys.read('k'), /^-----BEGIN PRIVATE KEY-----/)
  })

  it('is never overwritten, and neither is a public half', async () => {
    using keys = new Folder()
    generateKey(keys.path('k'))
    const before = keys.read('k')
    await refused(() => generateKey(keys.path('k')), 'refused', /never overwritten/)
    keys.write('other.pub', 'somebody’s')
    await refused(() => generateKey(keys.path('other')), 'refused', /other\.pub/)
    assert.equal(keys.read('k'), before)
    assert.throws(() => statSync(keys.path('other')), /ENOENT/)
  })

  it('must be an Ed25519 private key to sign with', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('k'))
    keys.write('text', 'no key')
    mkdirSync(keys.path('folder'))
    for (const name of ['k.pub', 'text', 'folder', 'absent'])
      await refused(() => sealRun(run.dir, { key: keys.path(name) }), 'input', /not an Ed25519 private key/)
  })

  it('that others can read is told of', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('k'))
    assert.deepEqual((await sealRun(run.dir, { key: keys.path('k') })).warnings, [])
    chmodSync(keys.path('k'), 0o644)
    const [warning] = (await sealRun(run.dir, { key: keys.path('k') })).warnings
    assert.match(warning ?? '', /can be read by others/)
  })
})

async function refused(act: () => unknown, code: string, message: RegExp): Promise<void> {
  await assert.rejects(
    async () => act(),
    (error: unknown) => {
      assert.ok(error instanceof AftershockError, String(error))
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    },
  )
}
