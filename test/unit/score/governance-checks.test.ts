import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { GovernanceMeasurement } from '../../../chaos/record/governance-measurement.ts'
import { REFUSALS } from '../../../chaos/approvals/judge-replay.ts'
import { governanceChecks } from '../../../chaos/score/governance-checks.ts'
import { GOOD_GOVERNANCE, REFUSED } from './good-governance.ts'

const verdicts = (over: Partial<GovernanceMeasurement>) =>
  Object.fromEntries(
    governanceChecks({ governance: [{ ...GOOD_GOVERNANCE, ...over }] })
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ check, verdict }) => [check, verdict]),
  )

describe('the row of governed replays', () => {
  it('passes when brokers enforced the approval and exactly its scope was read', () => {
    assert.deepEqual(verdicts({}), {})
    assert.equal(governanceChecks({ governance: [GOOD_GOVERNANCE] }).length, 6)
  })

  it('has nothing to say of a run without one', () => {
    assert.deepEqual(governanceChecks({}), [])
  })

  it('fails when brokers give anything to whoever has no approval, also of a topic that nobody asked for', () => {
    const given = { telemetry: 'given' } as const
    assert.deepEqual(verdicts({ beforeApproval: { ...REFUSED, inScope: given, line: 3 } }), {
      'unapproved-refused': 'fail',
    })
    assert.deepEqual(
      verdicts({ beforeApproval: { ...REFUSED, outside: { operations: 'mixed' }, line: 3 } }),
      { 'unapproved-refused': 'fail' },
    )
  })

  it('is inconclusive where the brokers were not asked, or did not answer', () => {
    const silent = { inScope: { telemetry: 'silent' }, outside: {}, line: 3 } as const
    assert.deepEqual(verdicts({ beforeApproval: silent }), { 'unapproved-refused': 'inconclusive' })
    assert.deepEqual(verdicts({ beforeApproval: null, granted: null, withdrawn: null }), {
      'unapproved-refused': 'inconclusive',
      'granted-in-scope': 'inconclusive',
      'right-removed': 'inconclusive',
    })
  })

  it('is inconclusive where the replay never began, for want of the brokers’ word', () => {
    const over = {
      ok: false,
      records: null,
      partitions: 0,
      equal: 0,
      reason: 'nobody reported what there is',
    }
    assert.deepEqual(verdicts({ ...over, neverBegan: true }), { 'scope-read': 'inconclusive' })
    assert.deepEqual(verdicts({ ...over, neverBegan: false }), { 'scope-read': 'fail' })
  })

  it('fails when the approval opens more than it says', () => {
    const wide = { inScope: { telemetry: 'given' }, outside: { operations: 'given' }, line: 20 } as const
    assert.deepEqual(verdicts({ granted: wide }), { 'granted-in-scope': 'fail' })
  })

  it('fails when a replay that was to be refused was let in, and is inconclusive when a way was not tried', () => {
    assert.deepEqual(verdicts({ admitted: ['expired'] }), { 'refusals-hold': 'fail' })
    assert.deepEqual(verdicts({ refused: REFUSALS.slice(1) }), { 'refusals-hold': 'inconclusive' })
  })

  it('fails when less than the scope was read, or more, and is inconclusive when that cannot be compared', () => {
    assert.deepEqual(verdicts({ ok: false, reason: 'aborted' }), { 'scope-read': 'fail' })
    assert.deepEqual(verdicts({ beyondScope: ['operations/0'] }), { 'scope-read': 'fail' })
    assert.deepEqual(verdicts({ equal: 5 }), { 'scope-read': 'inconclusive' })
    assert.deepEqual(verdicts({ records: 0 }), { 'scope-read': 'inconclusive' })
    assert.deepEqual(verdicts({ ok: null }), { 'scope-read': 'inconclusive' })
  })

  it('fails when the right outlives the approval, by what was done or by the brokers’ word', () => {
    assert.deepEqual(verdicts({ remains: 'no broker answered' }), { 'right-removed': 'fail' })
    const still = { inScope: { telemetry: 'given' }, outside: {}, line: 30 } as const
    assert.deepEqual(verdicts({ withdrawn: still }), { 'right-removed': 'fail' })
    assert.deepEqual(verdicts({ removedLine: null }), { 'right-removed': 'inconclusive' })
  })

  it('asks of a right that is taken away in the middle that the reader tells it, with the range', () => {
    const taken = { revoked: true, ok: false, reason: 'not authorised: Topic authorization failed' }
    assert.deepEqual(verdicts({ ...taken, unauthorised: 400 }), {})
    assert.deepEqual(verdicts({ ...taken, reason: 'aborted', unauthorised: 400 }), {
      'unauthorised-told': 'fail',
    })
    assert.deepEqual(verdicts({ ...taken, unauthorised: 0 }), { 'unauthorised-told': 'fail' })
    assert.deepEqual(verdicts({ revoked: true }), { 'unauthorised-told': 'inconclusive' })
  })

  it('says of how many topics of the run somebody answers', () => {
    const touched = [
      { topic: 'outbox-rows', writtenBy: 'source rows', terms: 'those of telemetry', owner: 'ana' },
    ]
    const [check] = governanceChecks({ governance: [{ ...GOOD_GOVERNANCE, touched }] })
    assert.equal(check?.what, 'topics that the run touches, without a contract')
    assert.equal(check?.shown, 'none of 1')
  })

  it('fails when nobody answers for a topic', () => {
    assert.deepEqual(verdicts({ uncovered: ['secrets'] }), { 'contract-covers': 'fail' })
  })
})
