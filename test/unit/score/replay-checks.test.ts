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

const INCOMPLETE = { gate: 'replay-incomplete-records', atMost: 0 } as const
const GATED = [INCOMPLETE]

const judge = (over: object, partition: object = {}) => {
  const replay = { id: 'read', ok: true, what: null, stated, partitions: [{ ...row, ...partition }], ...over }
  const [[name, [check]] = ['', []]] = replayChecks({ replays: [replay] } as unknown as Measurements, GATED)
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

describe('a replay that says that it came to its end', () => {
  const known = (value: number | null, why: string | null = null) => ({ value, why, from: [] })
  const checksOf = (over: object, gates: readonly object[] = []) => {
    const replay = { id: 'read', ok: true, what: null, stated, partitions: [row], ...over }
    const rows = replayChecks(
      { replays: [replay] } as unknown as Measurements,
      gates as Parameters<typeof replayChecks>[1],
    )
    return (rows.get('oldest-offset-replay') ?? []).map(({ check, verdict }) => `${check} ${verdict}`)
  }

  for (const [what, measured, verdict] of [
    ['passes where it was given all that is stored', known(0), 'pass'],
    ['fails where it was not', known(3), 'fail'],
    ['is open where nobody could compare', known(null, 'checksums were not compared'), 'inconclusive'],
  ] as const)
    it(`${what}, in a drill without a gate for that`, () => {
      assert.deepEqual(checksOf({ incompleteRecords: measured }), [
        'not-overtaken pass',
        `read-whole ${verdict}`,
      ])
    })

  it('is judged once, where a gate asks the same of it', () => {
    const over = { incompleteRecords: known(3) }
    assert.deepEqual(checksOf(over, [INCOMPLETE]), ['not-overtaken pass'])
    assert.deepEqual(checksOf(over, [{ ...INCOMPLETE, of: 'read' }]), ['not-overtaken pass'])
    assert.deepEqual(checksOf(over, [{ ...INCOMPLETE, of: 'another' }]), [
      'not-overtaken pass',
      'read-whole fail',
    ])
  })

  it('is not asked of one that did not come to its end', () => {
    assert.deepEqual(checksOf({ ok: false, incompleteRecords: known(3) }), ['not-overtaken not-judged'])
  })
})
