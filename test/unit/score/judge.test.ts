import assert from 'node:assert/strict'
import type { Judged } from '../../../chaos/numbers/reading.ts'
import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { judgeGate } from '../../../chaos/score/judge.ts'

/** Of a run with one fault, as far as these gates look. */
function judged(provenAt: number | null, malformed: number): Judged {
  const measurements = {
    faults: [{ id: 'firmware', provenAt }],
    machine: null,
    evidence: { troubles: [] },
    fleet: { loopDelayMs: { value: 0, from: [], why: null } },
  } as unknown as Measurements
  const audit = { counts: { malformed }, reasons: [], anomalyCounts: {} } as unknown as AuditFile
  return { measurements, audit }
}

describe('a gate on what a fault is to bring', () => {
  const verdict = (provenAt: number | null, malformed: number, limit: object) =>
    judgeGate(judged(provenAt, malformed), { gate: 'malformed-records', ...limit })[0]

  it('leaves open what is not there where the fault was not proven', () => {
    const check = verdict(null, 0, { atLeast: 1 })
    assert.equal(check?.verdict, 'inconclusive')
    assert.equal(check?.why, 'firmware was not proven, so that what it would have brought is not there')
  })

  it('fails where the fault was, passes what is there, and has no excuse for too much', () => {
    assert.equal(verdict(5000, 0, { atLeast: 1 })?.verdict, 'fail')
    assert.equal(verdict(null, 1, { atLeast: 1 })?.verdict, 'pass')
    assert.equal(verdict(null, 1, { atMost: 0 })?.verdict, 'fail')
  })
})
