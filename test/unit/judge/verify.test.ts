import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import { sealNotice } from '../../../chaos/seal/notice.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { generateKey } from '../../../chaos/seal/keys.ts'
import { verifyRun } from '../../../chaos/judge/verify.ts'
import { verifyWords } from '../../../chaos/judge/verify-words.ts'
import { writeReport } from '../../../chaos/report/report.ts'
import { Folder, forge, judge, judgedRun, statementOf } from './sealed-run.ts'

describe('verifying a run', () => {
  it('derives the sealed verdict again from the raw evidence', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.equal(report.ok, true)
    assert.deepEqual(report.verdict, { sealed: 'pass', derived: 'pass' })
    assert.equal(report.state, 'completed')
    assert.ok(report.checks.every(({ result }) => result === 'ok'))
    assert.match(verifyWords(report), /the evidence verifies\. Verdict: pass, derived again.*unsigned/)
  })

  it('takes the bundle for its folder', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    assert.equal((await verifyRun(run.path('bundle.json'), { quick: true })).ok, true)
  })

  it('says what a quick look left out', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.ok, true)
    assert.equal(report.verdict.derived, null)
    assert.match(verifyWords(report), /as sealed; it was not derived again/)
    assert.match(verifyWords(report), /left out \(--quick\)/)
  })

  it('does not verify a run that was never sealed, and still looks at its chain', async () => {
    using run = await judgedRun()
    const report = await verifyRun(run.dir)
    assert.equal(report.ok, false)
    assert.match(report.problems[0]?.what ?? '', /never sealed/)
    assert.equal(report.checks.find(({ check }) => check === 'journal')?.result, 'ok')
  })

  it('cannot be asked about what is not there', async () => {
    using empty = new Folder()
    await assert.rejects(
      () => verifyRun(empty.path('nowhere')),
      (error: unknown) => error instanceof AftershockError && error.code === 'input',
    )
  })

  it('compares verdicts and values, not wording, with a seal of another version', async () => {
    using run = await judgedRun()
    run.json('scorecard.json', card => ({ ...card, title: 'An older wording' }))
    await sealRun(run.dir)
    assert.equal((await verifyRun(run.dir)).ok, false)
    const statement = await statementOf(run)
    statement.predicate.sealedBy.version = '0.0.9'
    forge(run, statement)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.match(report.notes.join(), /sealed by version 0\.0\.9/)
  })
})

describe('the price of a run', () => {
  it('is worked out again from the raw evidence, whatever was sealed', async () => {
    using run = await judgedRun()
    run.json('cost.json', cost => {
      const meters = cost['meters'] as { ingest: { bytes: { value: number } } }
      meters.ingest.bytes.value = 1
      return cost
    })
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.equal(report.ok, false)
    assert.match(
      report.problems[0]?.what ?? '',
      /\/meters\/ingest\/bytes\/value is 1; the raw evidence gives/,
    )
    assert.equal(report.problems[0]?.file, 'cost.json')
  })

  it('rests on a workload and prices of its author’s own, which is noted', async () => {
    using run = await judgedRun()
    using mine = new Folder()
    mine.write(
      'mine.yaml',
      'workload: mine\ningestMbPerSecond: 5\nclasses: { telemetry: { share: 1, retention: 36h } }\n',
    )
    await priceRun(run.dir, await loadInputs({ workload: mine.path('mine.yaml') }))
    await writeReport(run.dir)
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.match(report.notes.join(), /cost\.json: the workload is .*mine\.yaml, not this version’s/)
    assert.match(verifyWords(report), /audit, measurements, scorecard and cost agree/)
  })

  it('does not verify when it does not hold what it was worked out from', async () => {
    using run = await judgedRun()
    run.json('cost.json', cost => ({ ...cost, prices: null }))
    rmSync(run.path('report.html'))
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.equal(report.ok, false)
    assert.match(report.problems[0]?.what ?? '', /cannot be derived again: .* does not hold its workload/)
  })

  it('may be missing, as in a run from before runs were priced', async () => {
    using run = await judgedRun()
    rmSync(run.path('cost.json'))
    await writeReport(run.dir)
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.match(verifyWords(report), /audit, measurements and scorecard agree/)
  })
})

describe('a platform that is no product', () => {
  it('is told, whatever the seal calls it', async () => {
    using run = await judgedRun()
    const software = { name: 'stand-in, not AutoMQ', kind: 'stand-in', notes: [] }
    run.json('run.json', header => ({ ...header, platform: 'automq', software }))
    await judge(run.dir)
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.match(report.notes.join(), /made of: stand-in, not AutoMQ \(stand-in\)/)
  })
})

describe('a stage that is done again on a sealed run', () => {
  it('says nothing when every file is still the one that was sealed', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    await judge(run.dir)
    assert.equal(await sealNotice(run.dir, JUDGED), null)
    assert.equal((await verifyRun(run.dir)).ok, true)
  })

  it('says which files are not the sealed ones any more', async () => {
    using run = await judgedRun()
    await sealRun(run.dir)
    run.json('scorecard.json', card => ({ ...card, title: 'Other words' }))
    assert.match(
      (await sealNotice(run.dir, JUDGED)) ?? '',
      /warning: scorecard\.json is not what bundle\.json seals/,
    )
  })

  it('has nothing to say of a run without a seal', async () => {
    using run = await judgedRun()
    assert.equal(await sealNotice(run.dir, JUDGED), null)
  })
})

const JUDGED = ['audit.json', 'measurements.json', 'scorecard.json', 'cost.json', 'report.html']

describe('the signature of a bundle', () => {
  it('is checked against the key that the reader trusts', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    const { keyid } = generateKey(keys.path('ours'))
    generateKey(keys.path('other'))
    await sealRun(run.dir, { key: keys.path('ours') })

    const trusted = await verifyRun(run.dir, { publicKey: keys.path('ours.pub'), quick: true })
    assert.equal(trusted.ok, true)
    assert.equal(trusted.signature?.status, 'verified')
    assert.equal(trusted.signature?.keyid, keyid)

    const distrusted = await verifyRun(run.dir, { publicKey: keys.path('other.pub'), quick: true })
    assert.equal(distrusted.ok, false)
    assert.equal(distrusted.signature?.status, 'invalid')
    assert.match(distrusted.problems[0]?.what ?? '', new RegExp(`signed by ${keyid}, not by the key`))
  })

  it('without a trusted key names the key that signed, and says that it was not checked', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    const { keyid } = generateKey(keys.path('ours'))
    await sealRun(run.dir, { key: keys.path('ours') })
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.ok, true)
    assert.equal(report.signature?.status, 'signer-not-checked')
    assert.match(report.signature?.sentence ?? '', new RegExp(keyid))
    assert.match(verifyWords(report), /The signer was not checked/)
  })

  it('is missed where the reader asked for one', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('ours'))
    await sealRun(run.dir)
    const report = await verifyRun(run.dir, { publicKey: keys.path('ours.pub'), quick: true })
    assert.equal(report.ok, false)
    assert.match(report.problems[0]?.what ?? '', /sealed, unsigned/)
  })

  it('is missed when it was taken away and the statement still names its signer', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('ours'))
    await sealRun(run.dir, { key: keys.path('ours') })
    run.json('bundle.json', envelope => ({ ...envelope, signatures: [] }))
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.signature?.status, 'invalid')
  })
})

describe('a run that was cut down', () => {
  it('verifies up to its last whole line, as interrupted and without a pass', async () => {
    using run = await judgedRun({ cut: true })
    await sealRun(run.dir)
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.equal(report.state, 'interrupted')
    assert.deepEqual(report.verdict, { sealed: 'inconclusive', derived: 'inconclusive' })
    assert.match(verifyWords(report), /The run is interrupted/)
    assert.match(report.incomplete.join('\n'), /gw-az-a-1\.jsonl has no end line/)
    assert.match(report.incomplete.join('\n'), /no final read/)
  })

  it('cannot have passed, whatever its scorecard says', async () => {
    using run = await judgedRun({ cut: true })
    run.json('scorecard.json', card => ({ ...card, verdict: 'pass' }))
    await sealRun(run.dir)
    const report = await verifyRun(run.dir, { quick: true })
    assert.equal(report.ok, false)
    assert.match(report.problems[0]?.what ?? '', /is a pass, and the run is interrupted/)
  })
})

describe('a completed run', () => {
  it('must have the history of every gateway that took part', async () => {
    using run = await judgedRun()
    rmSync(run.path('history/gw-az-a-1.jsonl'))
    await judgeAndSeal(run)
    assert.deepEqual(await namesOf(run), ['history/gw-az-a-1.jsonl'])
  })

  it('must have its final read, with bounds', async () => {
    using run = await judgedRun()
    run.lines('history/stored.jsonl', lines => endAnew(lines.filter(line => !line.includes('"bounds"'))))
    await judgeAndSeal(run)
    assert.deepEqual(await namesOf(run), ['history/stored.jsonl'])
    rmSync(run.path('history/stored.jsonl'))
    await judgeAndSeal(run)
    assert.deepEqual(await namesOf(run), ['history/'])
  })

  it('must have shards that end, with a digest', async () => {
    using run = await judgedRun()
    run.lines('history/tail.jsonl', lines => lines.slice(0, -1))
    await judgeAndSeal(run)
    assert.deepEqual(await namesOf(run), ['history/tail.jsonl'])
    run.lines('history/tail.jsonl', lines => [...lines, `{"kind":"end","t":1,"lines":${lines.length}}`])
    await judgeAndSeal(run)
    const report = await verifyRun(run.dir, { quick: true })
    assert.match(report.problems[0]?.what ?? '', /end line without a digest/)
  })
})

async function judgeAndSeal(run: Folder): Promise<void> {
  await judge(run.dir)
  await sealRun(run.dir)
}

async function namesOf(run: Folder): Promise<(string | null)[]> {
  const report = await verifyRun(run.dir, { quick: true })
  assert.equal(report.ok, false)
  return report.problems.map(({ file }) => file)
}

/** Replaces the end line by one that fits. */
function endAnew(lines: readonly string[]): string[] {
  const body = lines.slice(0, -1)
  const sha256 = createHash('sha256')
    .update(body.map(line => `${line}\n`).join(''))
    .digest('hex')
  return [...body, JSON.stringify({ kind: 'end', t: 41_500, lines: body.length, sha256 })]
}
