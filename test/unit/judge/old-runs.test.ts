import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, it } from 'mocha'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import { auditAcrossVersions, scorecardAcrossVersions } from '../../../chaos/judge/verify-across-versions.ts'
import { verifyRun } from '../../../chaos/judge/verify.ts'
import { verifyWords } from '../../../chaos/judge/verify-words.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { writeReport } from '../../../chaos/report/report.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { Folder, forge, statementOf } from './sealed-run.ts'

/**
 * A real run that version 0.1.0 wrote and sealed: 24 devices, a broker killed, a replay. Its files by their path, in one
 * compressed JSON document. Nothing may edit it.
 */
const FILES = JSON.parse(
  gunzipSync(readFileSync(packageFile('test', 'fixtures', 'old-runs', 'format-1.json.gz'))).toString(),
) as Readonly<Record<string, string>>

function oldRun(): Folder {
  const folder = new Folder()
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(folder.path(name)), { recursive: true })
    folder.write(name, content)
  }
  return folder
}

describe('a run that version 0.1.0 sealed', function () {
  this.timeout(60_000)

  it('verifies, and its verdict is derived by today’s rules', async () => {
    using run = oldRun()
    const report = await verifyRun(run.dir)
    assert.deepEqual(report.problems, [])
    assert.equal(report.ok, true)
    assert.equal(report.verdict.sealed, 'pass')
    assert.match(report.notes.join('\n'), /sealed by version 0\.1\.0/)
    assert.match(verifyWords(report), new RegExp(`Verdict: ${report.verdict.derived}, `))
  })

  it('is audited, scored, priced and drawn again', async () => {
    using run = oldRun()
    const { counts, verdict } = await auditRun(run.dir)
    assert.equal(verdict, 'pass')
    const { sends, acked, failed, unknown, polled, stored, lost } = counts
    assert.deepEqual(
      { sends, acked, failed, unknown, polled, stored, lost },
      { sends: 855, acked: 748, failed: 14, unknown: 93, polled: 1390, stored: 779, lost: 0 },
    )
    assert.notEqual((await scoreRun(run.dir)).verdict, 'fail')
    await priceRun(run.dir, await loadInputs())
    await writeReport(run.dir)
    assert.match(run.read('report.html'), /^<!doctype html>/i)
  })

  it('does not verify when its seal says passed of what fails', async () => {
    using run = oldRun()
    // One record of the final read is taken out, and everything is sealed again as that version would have.
    run.lines('history/stored.jsonl', lines => lines.map(line => line.replace(/"d7\/1\/4",/, '')))
    const { sealRun } = await import('../../../chaos/seal/seal.ts')
    await sealRun(run.dir)
    const statement = await statementOf(run)
    statement.predicate.sealedBy.version = '0.1.0'
    forge(run, statement)
    const report = await verifyRun(run.dir)
    assert.equal(report.ok, false)
  })
})

describe('a seal of another version', () => {
  const card = (checks: readonly object[], verdict = 'pass') => ({
    verdict,
    rows: [{ dimension: 'durability', checks }],
  })
  const check = (name: string, value: number, verdict: string) => ({
    check: name,
    subject: null,
    value,
    verdict,
  })
  const problems = (sealed: object, derived: object) =>
    scorecardAcrossVersions(sealed, derived, new Set(['acked-loss'])).filter(({ isProblem }) => isProblem)

  it('is contradicted by a check that was sealed as passed and fails', () => {
    const found = problems(
      card([check('acked-loss', 0, 'pass')]),
      card([check('acked-loss', 6, 'fail')], 'fail'),
    )
    assert.match(
      found[0]?.what ?? '',
      /acked-loss was sealed as pass with 0; the raw evidence gives fail with 6/,
    )
  })

  it('is contradicted by a gate of the drill that was left out and fails', () => {
    assert.equal(problems(card([]), card([check('acked-loss', 6, 'fail')], 'fail')).length, 1)
  })

  it('is not contradicted by a check that is new, which is told', () => {
    const derived = card([check('delivered', 3, 'fail')], 'fail')
    assert.deepEqual(problems(card([]), derived), [])
    const notes = scorecardAcrossVersions(card([]), derived, new Set())
    assert.match(
      notes.map(({ what }) => what).join('; '),
      /delivered is new .* fail; the run was sealed as pass/,
    )
  })

  it('is not contradicted by evidence that today’s rules miss', () => {
    const inconclusive = card([check('acked-loss', 0, 'inconclusive')], 'inconclusive')
    assert.deepEqual(problems(card([check('acked-loss', 0, 'pass')]), inconclusive), [])
  })

  it('is contradicted by other counts of the raw histories', () => {
    const audit = (acked: number) => ({ verdict: 'pass', counts: { sends: 9, acked } })
    assert.equal(auditAcrossVersions(audit(9), audit(9)).length, 0)
    assert.equal(auditAcrossVersions(audit(9), audit(8)).filter(({ isProblem }) => isProblem).length, 1)
  })
})
