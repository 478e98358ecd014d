import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLValidator } from 'fast-xml-parser'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import type { Verdict } from '../../../chaos/core/verdict.ts'
import { junitOfRuns } from '../../../chaos/report/junit.ts'
import type { RunResult } from '../../../chaos/run/repeat.ts'
import { loadSuite } from '../../../chaos/runs/load-suite.ts'
import { performSuite, type PlannedSuiteRun } from '../../../chaos/runs/perform-suite.ts'
import { SUITE_FILE, suiteFile } from '../../../chaos/runs/suite-file.ts'
import { suiteWords } from '../../../chaos/runs/suite-words.ts'
import { assertText } from '../../inline-text.ts'
import { commandLine } from '../commands/command-line.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

const MINUTE = 60_000
const judged = (verdict: Verdict): RunResult => ({ interrupted: false, unhealed: [], verdict })

describe('a suite of drills', () => {
  let parent = ''
  let outDir = ''
  let clock = new VirtualClock()
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'aftershock-suite-'))
    outDir = join(parent, 'out')
    clock = new VirtualClock()
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  /** One that takes so long, and comes to that. */
  const run = (
    drill: string,
    result: RunResult | Error,
    { takesMs = MINUTE, expectedMs = MINUTE } = {},
  ): PlannedSuiteRun => ({
    drill,
    platform: 'kafka',
    seed: '1',
    expectedMs,
    async perform(_, signal) {
      try {
        await clock.sleep(takesMs, signal)
      } catch {
        return { interrupted: true, unhealed: [], verdict: null }
      }
      if (result instanceof Error) throw result
      return result
    },
  })
  const perform = (runs: readonly PlannedSuiteRun[], budgetMs: number | null = null) =>
    clock.run(performSuite({ outDir, suite: 'nightly', budgetMs, runs, clock, progress: () => {} }))
  const written = () => suiteFile.parse(JSON.parse(readFileSync(join(outDir, SUITE_FILE), 'utf8')))

  it('passes when each of its runs does', async () => {
    const { file, interrupted } = await perform([run('one', judged('pass')), run('two', judged('pass'))])
    assert.deepEqual(written(), file)
    assert.deepEqual([file.verdict, interrupted], ['pass', false])
    assert.deepEqual(
      file.runs.map(({ dir, verdict, why, tookMs }) => [dir, verdict, why, tookMs]),
      [
        ['1-one-kafka', 'pass', null, MINUTE],
        ['2-two-kafka', 'pass', null, MINUTE],
      ],
    )
  })

  it('fails when one fails, and runs the others all the same', async () => {
    const { file } = await perform([run('one', judged('fail')), run('two', judged('pass'))])
    assert.deepEqual([file.verdict, file.runs.map(({ verdict }) => verdict)], ['fail', ['fail', 'pass']])
  })

  it('never passes without a run that was asked for', async () => {
    const gone = new AftershockError('unavailable', 'AutoMQ is not there')
    const { file } = await perform([run('one', gone), run('two', judged('pass'))])
    assert.equal(file.verdict, 'inconclusive')
    assert.deepEqual(
      file.runs.map(({ verdict, why }) => [verdict, why]),
      [
        [null, 'AutoMQ is not there'],
        ['pass', null],
      ],
    )
  })

  it('begins no run that its budget does not reach, and one after it that it does', async () => {
    const { file } = await perform(
      [
        run('one', judged('pass'), { takesMs: 3 * MINUTE }),
        run('long', judged('pass'), { expectedMs: 8 * MINUTE }),
        run('two', judged('pass')),
      ],
      10 * MINUTE,
    )
    assert.equal(file.verdict, 'inconclusive')
    assertText(
      suiteWords(file),
      `

      ? INCONCLUSIVE  nightly: 3 runs in 4 min 0 s of 10m

                       run            took
        ✓  pass        one on kafka   3 min 0 s
        –  not judged  long on kafka             the budget of 10m had 7 min 0 s left, and it takes about 8 min 0 s
        ✓  pass        two on kafka   60 s

      `,
    )
  })

  it('ends a run when the budget does, which is then not judged', async () => {
    const { file, interrupted } = await perform(
      [run('slow', judged('pass'), { takesMs: 9 * MINUTE }), run('two', judged('pass'))],
      2 * MINUTE,
    )
    assert.deepEqual([file.verdict, interrupted], ['inconclusive', false])
    assert.deepEqual(
      file.runs.map(({ why }) => why),
      [
        'the budget of 2m ended while it ran; it was healed',
        'the budget of 2m had 0 ms left, and it takes about 60 s',
      ],
    )
  })

  it('ends with whoever interrupts it, and with what is wrong for every run', async () => {
    const stopped: RunResult = { interrupted: true, unhealed: [], verdict: null }
    const { file, interrupted } = await perform([run('one', stopped), run('two', judged('pass'))])
    assert.equal(interrupted, true)
    assert.deepEqual(
      file.runs.map(({ why }) => why),
      ['interrupted', 'it was not its turn yet'],
    )
    outDir = join(parent, 'other')
    await assert.rejects(perform([run('one', new AftershockError('refused', 'another run is here'))]), {
      code: 'refused',
    })
    assert.equal(written().runs[0]?.why, 'another run is here')
  })

  it('begins no other run once something is left broken', async () => {
    const broken: RunResult = { interrupted: false, unhealed: ['cut'], verdict: 'fail' }
    await assert.rejects(perform([run('one', broken), run('two', judged('pass'))]), { code: 'unhealed' })
    assert.deepEqual(
      written().runs.map(({ verdict }) => verdict),
      ['fail', null],
    )
  })

  it('has an error in its JUnit report for a run that was not judged', () => {
    const xml = junitOfRuns('nightly', 'inconclusive', [
      { name: 'one on kafka', scorecard: null, why: 'the budget <ended>' },
    ])
    assert.equal(XMLValidator.validate(xml), true)
    assertText(
      xml,
      `
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="nightly: inconclusive" tests="1" failures="0" errors="1" skipped="0">
        <testsuite name="one on kafka" tests="1" failures="0" errors="1" skipped="0">
          <testcase classname="one on kafka" name="judged"><error type="inconclusive" message="it was not judged">the budget &lt;ended&gt;</error></testcase>
        </testsuite>
      </testsuites>

      `,
    )
  })

  const suiteOf = (text: string): string => {
    const path = join(parent, 'suite.yaml')
    writeFileSync(path, text)
    return path
  }

  it('is read with every mistake at its place', async () => {
    const twice = suiteOf(`suite: nightly
drills:
  - drill: broker-kill
    platforms: [kafka, kafka]
`)
    await assert.rejects(
      loadSuite(twice, 'suite.yaml'),
      /suite\.yaml:4:.*broker-kill on kafka stands there twice/s,
    )
    const wrong = suiteOf(`suite: nightly
budgets: 3m
drills: []
`)
    await assert.rejects(loadSuite(wrong, 'suite.yaml'), /budgets/)
  })

  it('is planned without touching anything', async () => {
    const path = suiteOf(`suite: nightly
budget: 3m
drills:
  - drill: broker-kill
  - drill: zone-cut
    platforms: [kafka, kafka-tiered]
`)
    const { code, out } = await commandLine(['suite', path, '--plan'], { cwd: parent })
    assert.equal(code, 0)
    assert.match(out, /^nightly: 3 runs, about/)
    assert.match(out, /zone-cut on kafka-tiered/)
    assert.match(out, /The budget of 3m is .* short: the last ones would not be begun/)
    assert.ok(!existsSync(join(parent, 'runs')))
    const absent = await commandLine(['suite', suiteOf('suite: x\ndrills: [{ drill: brokr-kill }]\n')], {
      cwd: parent,
    })
    assert.equal(absent.code, 65)
    assert.match(absent.err, /broker-kill/)
  })
})
