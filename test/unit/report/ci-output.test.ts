import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { after, before, describe, it } from 'mocha'
import { ciLines, githubAnnotations, stepSummary } from '../../../chaos/report/ci-words.ts'
import { junitOf } from '../../../chaos/report/junit.ts'
import { readScorecard, type Scorecard } from '../../../chaos/record/scorecard.ts'
import { assertText } from '../../inline-text.ts'
import { commandLine } from '../commands/command-line.ts'
import { RunFolders } from '../compare/run-folders.ts'

const REPEAT =
  'Repeat it (aftershock 0.2.0, zone-cut (SHA-256 0123456789ab), seed 7, kafka 4.3.1): aftershock run --from runs/1'
const CONTEXT = { repeat: REPEAT, report: 'runs/1/report.html' }

type Kind = Scorecard['rows'][number]['checks'][number]['verdict']

/** A row with a check of each of these verdicts. */
function card(verdict: Scorecard['verdict'], ...kinds: readonly Kind[]): Scorecard {
  const checks = kinds.map((kind, index) => ({
    check: `gate-${index}-seconds`,
    subject: index === 0 ? null : 'cut',
    what: 'until it was over',
    expected: 'at most 5 s',
    value: index,
    shown: `${index} s`,
    unit: 's',
    verdict: kind,
    why: kind === 'pass' ? null : 'a <reason> & "more" | of it',
    proof: [],
  }))
  const row = {
    dimension: 'zone-loss',
    title: 'Loss of a zone',
    failure: '',
    expected: '',
    owner: 'x',
    verdict,
    checks,
    proof: [],
    residualRisk: '',
    next: null,
  }
  return {
    format: 1,
    run: '1',
    drill: 'zone-cut',
    title: 'A zone is cut off',
    platform: 'kafka',
    verdict,
    secondOutage: { answer: 'unknown', sentence: 'Nobody knows.' },
    rows: [row, { ...row, title: 'Rollback', verdict: 'not-exercised', checks: [] }],
  }
}

describe('what a pipeline reads', () => {
  it('is a JUnit report in which a failure fails, and missing evidence is an error', () => {
    const xml = junitOf(card('fail', 'pass', 'fail', 'inconclusive', 'not-judged', 'not-applicable'))
    assert.equal(XMLValidator.validate(xml), true)
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml) as {
      testsuites: {
        tests: string
        failures: string
        errors: string
        skipped: string
        testsuite: { name: string; testcase: Record<string, unknown>[] }
      }
    }
    const { tests, failures, errors, skipped, testsuite } = testsuites
    assert.deepEqual([tests, failures, errors, skipped], ['5', '1', '1', '2'])
    assert.equal(testsuite.name, 'Loss of a zone')
    assert.deepEqual(
      testsuite.testcase.map(one => [
        one['name'],
        Object.keys(one).find(key => !['name', 'classname'].includes(key)),
      ]),
      [
        ['gate-0-seconds', 'system-out'],
        ['gate-1-seconds of cut', 'failure'],
        ['gate-2-seconds of cut', 'error'],
        ['gate-3-seconds of cut', 'skipped'],
        ['gate-4-seconds of cut', 'skipped'],
      ],
    )
  })

  it('is a log of a line for each gate', () => {
    assertText(
      ciLines(card('fail', 'pass', 'fail', 'not-judged'), CONTEXT),
      `
      FAIL zone-cut on kafka: Nobody knows.
      pass gate-0-seconds: 0 s (at most 5 s)
      fail gate-1-seconds of cut: 1 s (at most 5 s): a <reason> & "more" | of it
      report: runs/1/report.html
      ${REPEAT}

      `,
    )
  })

  it('is an annotation for each check that decided against the run, which no text of a run can end', () => {
    assertText(
      githubAnnotations(card('fail', 'pass', 'fail', 'inconclusive')),
      `
      ::error title=zone-cut%3A gate 1 after cut::1 s, allowed at most 5 s: a <reason> & "more" | of it

      `,
    )
    const evil = card('fail', 'fail')
    const [check] = evil.rows[0]?.checks ?? []
    assert.ok(check)
    const broken = { ...check, why: 'one\n::error::two%0A' }
    const text = githubAnnotations({
      ...evil,
      rows: [{ ...(evil.rows[0] as (typeof evil.rows)[0]), checks: [broken] }],
    })
    assert.equal(text.trimEnd().split('\n').length, 1)
    assert.equal(githubAnnotations(card('pass', 'pass')), '')
  })

  it('is a summary in Markdown', () => {
    assertText(
      stepSummary(card('inconclusive', 'pass', 'inconclusive'), CONTEXT),
      `
      ## ? inconclusive: zone-cut on kafka

      Nobody knows.

      - **gate 1 after cut**: 1 s, allowed at most 5 s (a \\<reason\\> & "more" \\| of it)

      | row | verdict |
      |---|---|
      | Loss of a zone | ? inconclusive |

      Not exercised: Rollback.

      Report: \`runs/1/report.html\`

      Repeat it (aftershock 0.2.0, zone-cut (SHA-256 0123456789ab), seed 7, kafka 4.3.1): \`aftershock run --from runs/1\`

      `,
    )
  })

  describe('of a kept run', () => {
    let folders: RunFolders
    before(async () => {
      folders = await RunFolders.make()
    })
    after(() => folders[Symbol.dispose]())

    it('is written where it is asked for, and changes neither the exit code nor the scorecard', async () => {
      const run = folders.put('ci', 'kafka', 1)
      const [junit, summary] = [join(folders.root, 'junit.xml'), join(folders.root, 'summary.md')]
      const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
      const said = await commandLine(['score', run, '--ci', '--junit', junit], { env })
      assert.equal(said.code, 0, said.err)
      assert.match(said.out, /^PASS first on kafka: /)
      const repeat =
        /^Repeat it \(aftershock 0\.1\.0, first \(SHA-256 [0-9a-f]{12}\), seed \S+, kafka 4\.3\.1\): `?aftershock run --from .*1`?$/m
      assert.match(said.out, repeat)
      assert.match(readFileSync(summary, 'utf8'), repeat)
      assert.equal(readScorecard(run)?.verdict, 'pass')
      assert.equal(XMLValidator.validate(readFileSync(junit, 'utf8')), true)
      assert.match(readFileSync(summary, 'utf8'), /^## ✓ pass: first on kafka$/m)
      const plain = await commandLine(['score', run])
      assert.equal(plain.code, said.code)
    })

    it('says where it could not be written', async () => {
      const run = folders.put('unwritable', 'kafka', 1)
      const said = await commandLine(['score', run, '--junit', join(folders.root, 'nowhere', 'junit.xml')])
      assert.equal(said.code, 69)
      assert.match(said.err, /junit\.xml\.partial'|cannot be written:/)
      assert.match(said.out, /PASS/)
      assert.ok(existsSync(join(run, 'scorecard.json')))
    })

    it('is of one run: with --repeat it is refused before anything starts', async () => {
      const said = await commandLine(['run', 'first', '--repeat', '3', '--ci'])
      assert.equal(said.code, 64)
      assert.match(said.err, /--ci is for one run, not for --repeat/)
    })
  })
})
