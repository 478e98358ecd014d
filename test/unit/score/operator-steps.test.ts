import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { operatorStepChecks, operatorStepsOf } from '../../../chaos/score/operator-steps.ts'
import type { ActionLife, RunTimeline } from '../../../chaos/score/timeline.ts'

const life = (over: Partial<ActionLife>): ActionLife => ({
  id: 'step-1',
  kind: 'operator-step',
  startedAt: 1000,
  finishedAt: 4000,
  ok: true,
  result: { what: 'Move the dashboards', by: 'command', exitCode: 0, why: null },
  line: 7,
  ...over,
})
const checksOf = (...lives: readonly ActionLife[]) =>
  operatorStepChecks({
    operatorSteps: operatorStepsOf({ actions: lives } as unknown as RunTimeline),
  } as unknown as Measurements)

describe('a step that people take', () => {
  it('passes when it was done, and says after how long', () => {
    const [check] = checksOf(life({}))
    assert.equal(check?.verdict, 'pass')
    assert.equal(check?.shown, 'done after 3 s')
    assert.deepEqual(check?.proof[0], { file: 'journal.jsonl', selector: 'line 7', value: 'ok' })
  })

  it('fails when its program failed, was ended, or nobody said that it was done', () => {
    const why = (result: object) => checksOf(life({ ok: false, result }))[0]
    assert.equal(why({ by: 'command', exitCode: 3 })?.verdict, 'fail')
    assert.equal(why({ by: 'command', exitCode: 3 })?.why, 'it ended with exit code 3')
    assert.equal(
      why({ by: 'command', exitCode: null, why: 'it was ended after 10 s' })?.why,
      'it was ended after 10 s',
    )
    assert.match(why({ by: 'person' })?.why ?? '', /nobody said/)
    assert.equal(why({ error: 'spawn ENOENT' })?.why, 'spawn ENOENT')
  })

  it('is inconclusive when the journal does not say how it ended', () => {
    assert.equal(checksOf(life({ ok: null, finishedAt: null, result: null }))[0]?.verdict, 'inconclusive')
  })

  it('is nothing that a replay is', () => {
    assert.deepEqual(checksOf(life({ kind: 'replay' })), [])
  })
})
