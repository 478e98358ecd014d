import assert from 'node:assert/strict'
import { auditWork, failureWords } from '../../../chaos/numbers/audit-advice.ts'
import { AUDIT_NUMBERS } from '../../../chaos/numbers/audit.ts'
import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import type { Judged } from '../../../chaos/numbers/reading.ts'

function failed(counts: Readonly<Record<string, number>>, ...anomalies: string[]): AuditFile {
  const failures = anomalies.map(anomaly => ({ anomaly, topic: 'device-state', count: 3 }))
  return { verdict: 'fail', anomalies: {}, counts, reasons: [], failures }
}
const ACKS = /acks, min\.insync\.replicas/

describe('the gate on retention', () => {
  it('has no value where nothing was old enough, or nobody looked', () => {
    const reading = (retention: AuditFile['retention']) => {
      const audit = { ...failed({}), anomalyCounts: { 'retention-not-effective': 0 }, retention }
      const judged = { audit } as unknown as Judged
      return AUDIT_NUMBERS['retention-overdue-records'].read(judged)[0]
    }
    const short = reading({ judged: 0, notJudged: ['too short'], overdue: [] })
    assert.deepEqual([short?.value, short?.why], [null, 'too short'])
    assert.match(reading(undefined)?.why ?? '', /did not look at retention/)
    assert.equal(reading({ judged: 1, notJudged: ['too short'], overdue: [] })?.value, 0)
  })
})

describe('what is to be done about a failed audit', () => {
  const loss = (counts: Readonly<Record<string, number>>) =>
    auditWork({ audit: failed(counts, 'lost-write') })

  it('is about acks and elections where records were lost from a log', () => {
    assert.match(loss({ lost: 3, lostWithLog: 0 }), ACKS)
    assert.doesNotMatch(loss({ lost: 3, lostWithLog: 0 }), /began anew/)
  })

  it('is not about acks where the whole log went: a topic was made again, or a disk lost', () => {
    assert.match(
      loss({ lost: 3, lostWithLog: 3 }),
      /deleted a topic and made it again, or which disk was lost/,
    )
    assert.doesNotMatch(loss({ lost: 3, lostWithLog: 3 }), ACKS)
    assert.match(loss({ lost: 5, lostWithLog: 3 }), ACKS)
  })

  it('is about what removed records within their window, and never about acks', () => {
    const removed = (cause: string) => auditWork({ audit: failed({ [cause]: 3 }, 'removed-in-window') })
    assert.match(removed('expiredByCompaction'), /min\.compaction\.lag\.ms/)
    assert.match(removed('expiredByTime'), /retention\.ms/)
    assert.match(removed('expiredBySize'), /retention\.bytes/)
    for (const cause of ['expiredByCompaction', 'expiredByTime', 'expiredBySize'])
      assert.doesNotMatch(removed(cause), ACKS)
  })

  it('is what the gates ask for, too', () => {
    const judged = { audit: failed({ lost: 3, lostWithLog: 3 }) } as unknown as Judged
    const { next } = AUDIT_NUMBERS['acked-loss']
    assert.ok(typeof next === 'function')
    assert.match(next(judged), /began anew/)
  })

  it('names topic, count and cause, at most three of them', () => {
    const { failures = [], ...rest } = failed({}, 'lost-write')
    const removed = {
      anomaly: 'removed-in-window',
      topic: 'telemetry',
      count: 9,
      what: '9 records were removed',
    }
    assert.equal(
      failureWords({ ...rest, failures: [...failures, removed] }),
      'device-state: 3 lost-write; telemetry: 9 records were removed',
    )
    assert.match(
      failureWords({ ...rest, failures: Array.from({ length: 5 }, () => removed) }) ?? '',
      /, and 2 more$/,
    )
    assert.equal(failureWords({ ...rest, failures: [] }), null)
  })
})
