import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { formatEnvelope, makeEnvelope } from '../../../chaos/seal/dsse.ts'
import { PAYLOAD_TYPE, type Statement } from '../../../chaos/seal/in-toto.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { parseBundle } from '../../../chaos/seal/bundle.ts'
import { printable } from '../../../chaos/core/printable.ts'
import { LIMITS } from '../../../chaos/record/limits.ts'
import { verifyRun } from '../../../chaos/judge/verify.ts'
import { verifyWords } from '../../../chaos/judge/verify-words.ts'
import { Folder, forge, judgedRun, statementOf } from './sealed-run.ts'

describe('a hostile bundle', () => {
  it('is refused for names that lead out of the folder or deceive', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    const names: Record<string, RegExp> = {
      '../outside': /leads out/,
      'logs/../../outside': /leads out/,
      '/etc/passwd': /absolute/,
      'C:/windows': /absolute/,
      'logs\\x': /backslash/,
      'a\0b': /control character/,
      'a\nb': /control character/,
      './run.json': /empty step/,
      'logs//x': /empty step/,
      'logs/': /empty step/,
      '': /empty/,
      'run.json': /twice/,
      'bundle.json': /never sealed/,
      [`${'d/'.repeat(40)}x`]: /deeper/,
      ['x'.repeat(2000)]: /longer/,
    }
    const sealed = await statementOf(run)
    for (const [name, reason] of Object.entries(names)) {
      forge(run, { ...sealed, subject: [...sealed.subject, { ...firstOf(sealed), name }] })
      const report = await verifyRun(run.dir, { quick: true })
      assert.equal(report.ok, false)
      assert.match(report.problems[0]?.what ?? '', reason, JSON.stringify(name))
    }
  })

  it('is refused for what is no envelope, no statement or of another type', () => {
    const payload = (json: unknown) => bundleOf(Buffer.from(JSON.stringify(json)))
    const texts: Record<string, RegExp> = {
      '': /not JSON/,
      '{': /not JSON/,
      null: /no DSSE envelope/,
      '[]': /no DSSE envelope/,
      '"text"': /no DSSE envelope/,
      '{"payload":1,"payloadType":"x","signatures":[]}': /no DSSE envelope: payload/,
      '{"payload":"","payloadType":"x","signatures":{}}': /no DSSE envelope: signatures/,
      [formatEnvelope(makeEnvelope('text/plain', Buffer.from('x'), null))]: /text\/plain/,
      [payload(null)]: /is no https/,
      [payload(7)]: /is no https/,
      [payload({ _type: 'https://in-toto.io/Statement/v0.1' })]: /is no https/,
      [payload({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'urn:aftershock:run-evidence:v1',
        subject: 'all of it',
      })]: /no statement of a run: subject/,
      [payload({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'urn:aftershock:run-evidence:v1',
        subject: [{ name: 'run.json', digest: { sha256: 'g'.repeat(64) } }],
        predicate: {},
      })]: /subject\.0\.digest\.sha256/,
    }
    for (const [text, reason] of Object.entries(texts)) {
      assert.throws(() => parseBundle(Buffer.from(text)), reason, text.slice(0, 80))
    }
  })

  it('is refused for a million subjects before any is looked at', () => {
    const subject = Array.from({ length: 1_000_000 }, () => 0)
    const text = bundleOf(Buffer.from(JSON.stringify({ subject })))
    assert.throws(() => parseBundle(Buffer.from(text)), /names 1000000 files; at most 100000/)
  })

  it('is refused for JSON that is deeper than any of ours, outside and inside', () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`
    assert.throws(() => parseBundle(Buffer.from(deep)), /nested deeper/)
    assert.throws(() => parseBundle(Buffer.from(bundleOf(Buffer.from(deep)))), /statement is nested deeper/)
  })

  it('is refused for its size without being read', async () => {
    using run = await judgedRun()
    run.write('bundle.json', '')
    // A hole in the disk: a terabyte that takes no room.
    truncateSync(run.path('bundle.json'), 2 ** 40)
    const report = await verifyRun(run.dir, { quick: true })
    assert.match(report.problems[0]?.what ?? '', /1099511627776 bytes; at most/)
  })

  it('is refused for more signatures than anyone would check', () => {
    const envelope = makeEnvelope(PAYLOAD_TYPE, Buffer.from('{}'), null)
    const signatures = Array.from({ length: LIMITS.signatures + 1 }, () => ({ keyid: 'k', sig: 'c2ln' }))
    const text = formatEnvelope({ ...envelope, signatures })
    assert.throws(() => parseBundle(Buffer.from(text)), /more than 16 signatures/)
  })

  it('is refused where the bundle itself is a link or a folder', async () => {
    using run = await judgedRun()
    using other = await judgedRun()
    await sealRun(other.dir)
    symlinkSync(other.path('bundle.json'), run.path('bundle.json'))
    const linked = await verifyRun(run.dir, { quick: true })
    assert.match(linked.problems[0]?.what ?? '', /symbolic link/)
    rmSync(run.path('bundle.json'))
    mkdirSync(run.path('bundle.json'))
    assert.match((await verifyRun(run.dir, { quick: true })).problems[0]?.what ?? '', /not a regular file/)
  })
})

describe('a hostile folder', () => {
  it('with a link in place of a file is not read through it', async () => {
    using run = await judgedRun()
    using outside = new Folder()
    await sealRun(run.dir)
    outside.write('run.json', run.read('run.json'))
    rmSync(run.path('run.json'))
    symlinkSync(outside.path('run.json'), run.path('run.json'))
    const report = await verifyRun(run.dir)
    assert.deepEqual(
      report.problems.map(({ file, what }) => [file, what]),
      [['run.json', 'is a symbolic link, and is not read']],
    )
    assert.equal(report.verdict.derived, null)
  })

  it('with a link in place of a folder is not entered', async () => {
    using run = await judgedRun()
    using outside = await judgedRun()
    await sealRun(run.dir)
    rmSync(run.path('history'), { recursive: true })
    symlinkSync(outside.path('history'), run.path('history'))
    const report = await verifyRun(run.dir)
    assert.match(JSON.stringify(report.problems[0]), /"history".*symbolic link/)
    assert.equal(report.verdict.derived, null)
  })

  it('with a file of a terabyte is refused before a byte is read', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    truncateSync(run.path('logs/broker-1.log'), 2 ** 40)
    const report = await verifyRun(run.dir)
    assert.match(report.problems[0]?.what ?? '', /the folder has 10995\d+ bytes; at most/)
  })

  it('with evidence that is too deep is refused before it is parsed, though its digest is right', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    const deep = `{"kind":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`
    writeFileSync(run.path('journal.jsonl'), deep, { flag: 'a' })
    const report = await verifyRun(run.dir)
    const found = report.problems.find(({ file }) => file === 'journal.jsonl')
    assert.match(found?.what ?? '', /nested deeper than 64/)
    assert.equal(report.checks.find(({ check }) => check === 'journal')?.result, 'not-checked')
    await assert.rejects(() => sealRun(run.dir), /nested deeper/)
  })

  it('with a thousand files too many is told of twenty, and of their number', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    for (let i = 0; i < 1000; i++) run.write(`logs/${i}.log`, '')
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.problems.length, 20)
    assert.equal(report.problemCount, 1000)
    assert.match(verifyWords(report), /… and 980 more/)
  })

  it('with a name that is no text is told of, and never sealed', async function () {
    // Only Linux lets such a name be made.
    if (process.platform !== 'linux') this.skip()
    using run = await judgedRun()
    await sealRun(run.dir)
    writeFileSync(Buffer.concat([Buffer.from(run.path('logs/')), Buffer.from([0xff, 0xfe])]), 'x')
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.ok, false)
    assert.match(report.problems[0]?.what ?? '', /cannot be read/)
    await assert.rejects(() => sealRun(run.dir), /cannot seal/)
  })

  it('cannot move the cursor or turn the text of whoever reads about it', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    run.write('logs/\u001b[2J\u202eok', '')
    const words = verifyWords(await verifyRun(run.dir, { quick: true }))
    assert.ok(!words.includes('\u001b') && !words.includes('\u202e'))
    assert.match(words, /logs\/\\u\{1b\}\[2J\\u\{202e\}ok/)
    assert.equal(printable('plain – text …'), 'plain – text …')
  })
})

const bundleOf = (payload: Buffer) => formatEnvelope(makeEnvelope(PAYLOAD_TYPE, payload, null))

function firstOf({ subject }: Statement): Statement['subject'][number] {
  const [first] = subject
  assert.ok(first)
  return first
}
