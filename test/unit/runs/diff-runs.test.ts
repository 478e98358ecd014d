import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { readRun } from '../../../chaos/compare/read-run.ts'
import { diffRuns } from '../../../chaos/runs/diff-runs.ts'
import { diffWords } from '../../../chaos/runs/diff-words.ts'
import { assertText } from '../../inline-text.ts'
import { type Change, RunFolders } from '../compare/run-folders.ts'
import { commandLine } from '../commands/command-line.ts'

const GATE = 'sustained-recovery-seconds'

/** Sets what one gate says in the scorecard of a run. */
function recovery(value: number | null, verdict: 'pass' | 'fail' | 'inconclusive' = 'pass'): Change {
  return {
    scorecard: card => {
      const rows = (
        card as { rows: { checks: { check: string; value: number | null; verdict: string }[] }[] }
      ).rows
      for (const { checks } of rows)
        for (const check of checks) if (check.check === GATE) Object.assign(check, { value, verdict })
    },
  }
}

describe('what got worse between runs of a drill', () => {
  let folders: RunFolders
  let names = 0
  before(async () => {
    folders = await RunFolders.make()
  })
  after(() => folders[Symbol.dispose]())

  async function runs(...changes: readonly Change[]) {
    const name = `diff-${names++}`
    const paths = changes.map((change, index) => folders.put(name, 'kafka', index + 1, change))
    return Promise.all(paths.map(path => readRun(path)))
  }

  it('is nothing, where everything is as it was', async () => {
    const diff = diffRuns(await runs({}), await runs({}))
    assert.deepEqual(diff.conditions, [])
    assert.equal(diff.checks.filter(({ change }) => change === 'worse' || change === 'better').length, 0)
  })

  it('is a gate that passed and fails, however few the runs', async () => {
    const diff = diffRuns(await runs(recovery(4)), await runs(recovery(50, 'fail')))
    assert.equal(diff.verdict, 'fail')
    assert.match(diff.why ?? '', /^sustained-recovery-seconds of broker-kill-1, .* and /)
  })

  it('cannot be told of one run each, where a number moved for the worse and its gate still passes', async () => {
    const diff = diffRuns(await runs(recovery(4)), await runs(recovery(8)))
    const gate = diff.checks.find(({ check }) => check === GATE)
    assert.deepEqual([gate?.change, gate?.noise, gate?.p], ['worse', 'too-few', 1])
    assert.equal(diff.verdict, 'inconclusive')
    assert.match(diff.why ?? '', /^not enough runs to tell/)
  })

  it('needs four runs a side: three and three cannot show less than 10%', async () => {
    const three = diffRuns(
      await runs(recovery(1), recovery(2), recovery(3)),
      await runs(recovery(7), recovery(8), recovery(9)),
    )
    assert.equal(three.checks.find(({ check }) => check === GATE)?.noise, 'too-few')
    const four = diffRuns(
      await runs(recovery(1), recovery(2), recovery(3), recovery(4)),
      await runs(recovery(7), recovery(8), recovery(9), recovery(10)),
    )
    assert.equal(four.checks.find(({ check }) => check === GATE)?.noise, 'beyond')
    assert.equal(four.verdict, 'fail')
  })

  it('is no change, where repeats differ as much', async () => {
    const diff = diffRuns(
      await runs(recovery(1), recovery(9), recovery(3), recovery(7)),
      await runs(recovery(2), recovery(8), recovery(5), recovery(10)),
    )
    assert.equal(diff.checks.find(({ check }) => check === GATE)?.noise, 'within')
    assert.notEqual(diff.verdict, 'fail')
  })

  it('is open, where a gate has no answer any more', async () => {
    const diff = diffRuns(await runs(recovery(4)), await runs(recovery(null, 'inconclusive')))
    assert.equal(diff.verdict, 'inconclusive')
    assert.match(diff.why ?? '', /is inconclusive$/)
  })

  it('is open, where a run was never judged', async () => {
    const diff = diffRuns(await runs({}), await runs({ without: ['scorecard.json', 'bundle.json'] }))
    assert.equal(diff.verdict, 'inconclusive')
    assert.match(diff.why ?? '', /was not judged/)
  })

  it('shows counts as numbers, and time without service that no fault explains as worse when it is longer', async () => {
    const outside = (value: number, met: number): Change => ({
      scorecard: card => {
        const { rows } = card as { rows: { checks: Record<string, unknown>[] }[] }
        for (const { checks } of rows)
          for (const check of checks) {
            if (check.check === 'outside-faults') Object.assign(check, { value, unit: 's' })
            if (check.check === 'fault-met') Object.assign(check, { value: met, unit: '' })
          }
      },
    })
    const diff = diffRuns(await runs(outside(1, 12)), await runs(outside(2, 34)))
    assert.equal(diff.checks.find(({ check }) => check === 'outside-faults')?.change, 'worse')
    assert.match(diffWords(diff, 80), /^ {2}fault-met of \S+ +12, pass +34, pass/m)
    assert.doesNotMatch(diffWords(diff, 80), /has tested nothing/)
  })

  it('says first what else differs', async () => {
    const newer: Change = {
      header: header => {
        header.versions.aftershock = '0.9.9'
        header.seed = 'another'
      },
    }
    const { conditions } = diffRuns(await runs({}), await runs(newer))
    assert.deepEqual(
      conditions.map(({ what, after: is }) => [what, is]),
      [
        ['seed', 'another'],
        ['aftershock', '0.9.9'],
      ],
    )
  })

  it('reads like this', async () => {
    const diff = diffRuns(await runs(recovery(4)), await runs(recovery(50, 'fail')))
    assertText(
      diffWords(diff, 100),
      `
      ✕ FAIL  something got worse: sustained-recovery-seconds of broker-kill-1, sustained-recovery-seconds
              of zone-cut-3 and sustained-recovery-seconds of link-latency-2
        before: kafka-1 on kafka@4.3.1, 2026-09-21: pass
        after:  kafka-1 on kafka@4.3.1, 2026-09-21: pass

      Nothing else differs between them.

      Worse
                                              before     after       limit         beyond the noise?
        sustained-recovery of broker-kill-1   4 s, pass  50 s, fail  at most 20 s  not enough runs
        sustained-recovery of zone-cut-3      4 s, pass  50 s, fail  at most 20 s  not enough runs
        sustained-recovery of link-latency-2  4 s, pass  50 s, fail  at most 5 s   not enough runs

      No value on one side
                                         before  after  limit  beyond the noise?
        device-connects-per-second-peak  -       -

      41 checks unchanged.

      `,
    )
  })

  it('is asked for by a command, which refuses runs of different drills and a run against itself', async () => {
    const [was] = await runs(recovery(4))
    const [is] = await runs(recovery(50, 'fail'))
    const [other] = await runs({ header: header => void (header.drill.drill = 'another') })
    const said = await commandLine(['diff', was?.path ?? '', is?.path ?? ''])
    assert.equal(said.code, 1)
    assert.match(said.out, /something got worse/)
    const json = await commandLine(['diff', was?.path ?? '', is?.path ?? '', '--json'])
    assert.equal((JSON.parse(json.out) as { verdict: string }).verdict, 'fail')
    const different = await commandLine(['diff', was?.path ?? '', other?.path ?? ''])
    assert.deepEqual([different.code, different.out], [65, ''])
    assert.match(different.err, /runs of different drills/)
    const itself = await commandLine(['diff', was?.path ?? '', was?.path ?? ''])
    assert.equal(itself.code, 65)
  })
})
