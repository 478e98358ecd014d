import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hook, Suite, Test } from 'mocha'
import { addUp, type Failure, failureOf } from '../results.mjs'
import { keptFolder } from '../temporary.ts'

const folder = keptFolder('results')
const file = 'test/unit/x.test.ts'
const failure: Failure = { file, title: 'a gate › fails', isHook: false, message: 'seen: 3' }

describe('what failed, told again at the end of all tests', () => {
  it('has file, titles of all suites and message', () => {
    assert.deepEqual(failureOf(inSuite(new Test('fails', () => undefined)), new Error('seen: 3')), failure)
  })

  it('says of a hook that its tests did not run', () => {
    const failed = failureOf(inSuite(new Hook('"before all" hook', () => undefined)), new Error('no lab'))
    assert.match(sum([run('labs', [failed])], 'labs').failures, /"before all" hook \(a hook: the tests/)
  })

  it('names each failed test, in one list over all steps', () => {
    const runs = [run('unit tests', [failure]), run('labs', []), run('stacks', [{ ...failure, file: 'y' }])]
    const { failures, last, isWhole } = sum(runs, 'unit tests', 'stacks')
    assert.equal(
      failures,
      `--- failed: unit tests, stacks

test/unit/x.test.ts: a gate › fails
    seen: 3

y: a gate › fails
    seen: 3
`,
    )
    assert.equal(last, '6 passed, 2 failed, 3 skipped')
    assert.equal(isWhole, true)
  })

  it('shortens what is long', () => {
    const message = Array.from({ length: 14 }, (_, line) => `line ${line}`).join('\n')
    const { failures } = sum([run('labs', [{ ...failure, message }])], 'labs')
    assert.match(failures, /line 11\n {4}… 2 more lines above\n$/)
  })

  it('counts a step that failed without a test that did as a failure, with what it printed', () => {
    const { failures, last } = addUp(written([run('unit tests', [])]), [
      { name: 'types', printed: 'a.ts(1,2): error TS2322' },
      { name: 'unit tests' },
    ])
    assert.equal(last, '2 passed, 2 failed, 1 skipped')
    assert.match(failures, /\ntypes\n {4}a\.ts\(1,2\): error TS2322\n/)
    assert.match(failures, /\nunit tests\n {4}it ended without/)
  })

  it('has nothing to tell when all passed, and is not whole when nothing was counted', () => {
    assert.equal(sum([run('labs', [])]).failures, '')
    assert.equal(sum([]).isWhole, false)
  })
})

function inSuite<T extends Test | Hook>(runnable: T): T {
  runnable.parent = new Suite('a gate')
  runnable.file = file
  return runnable
}

function run(step: string, failed: readonly Failure[]) {
  return { step, passes: 2, failures: failed.length, pending: 1, failed }
}

function sum(runs: readonly object[], ...failed: string[]) {
  return addUp(
    written(runs),
    failed.map(name => ({ name })),
  )
}

function written(runs: readonly object[]): string {
  const path = join(folder, 'counts.jsonl')
  writeFileSync(path, runs.map(line => `${JSON.stringify(line)}\n`).join(''))
  return path
}
