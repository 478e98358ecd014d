import assert from 'node:assert/strict'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { replayChecks, rowOfReplay } from '../../../chaos/score/replay-checks.ts'

const row = { partition: 'telemetry/0', gone: null, unread: [] }
const stated = {
  records: 100,
  gone: 0,
  bytes: 1,
  expectedSeconds: 1,
  expectedBy: 'reader',
  marginMs: 1,
  unreported: null,
}

const judge = (over: object, partition: object = {}) => {
  const replay = { id: 'read', ok: true, what: null, stated, partitions: [{ ...row, ...partition }], ...over }
  const [[name, [check]] = ['', []]] = replayChecks({ replays: [replay] } as unknown as Measurements)
  return { name, verdict: check?.verdict, shown: check?.shown, why: check?.why }
}

describe('a replay and the retention behind it', () => {
  it('passes where nothing was deleted before the reader came to it', () => {
    assert.deepEqual(judge({}), { name: 'oldest-offset-replay', verdict: 'pass', shown: 'none', why: null })
  })

  it('fails with the exact range where retention overtook the reader', () => {
    const { verdict, shown, why } = judge({ ok: false }, { unread: [{ from: 40, to: 70 }] })
    assert.deepEqual([verdict, shown, why], ['fail', '30 offsets', 'telemetry/0 from 40 to 69'])
  })

  it('fails with the exact range of what was asked for and was gone before it began', () => {
    const { verdict, why } = judge(
      { ok: false },
      { gone: { from: 0, to: 10 }, unread: [{ from: 40, to: 41 }] },
    )
    assert.equal(verdict, 'fail')
    assert.equal(why, 'telemetry/0 from 0 to 9 before it began and telemetry/0 from 40 to 40')
  })

  it('says nothing of a reader that was stopped: what it would have found nobody knows', () => {
    assert.equal(judge({ ok: false }).verdict, 'not-judged')
    assert.equal(judge({ ok: null }).verdict, 'not-judged')
  })

  it('is not judged in runs of before replays said what they had before them', () => {
    assert.equal(judge({ stated: undefined }).verdict, undefined)
  })

  it('is about the whole history only where that was read', () => {
    assert.equal(
      judge({ what: 'telemetry, all partitions, from 5 min ago to the end' }).name,
      'windowed-replay',
    )
    assert.equal(rowOfReplay({}), 'oldest-offset-replay')
  })
})
