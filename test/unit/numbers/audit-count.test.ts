import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { auditCount, type Judged } from '../../../chaos/numbers/reading.ts'
import { auditFile } from '../../../chaos/record/audit-file.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'

const read = (more: object) => {
  const audit = auditFile.parse({
    verdict: 'inconclusive',
    anomalies: {},
    counts: { lost: 2 },
    reasons: ['a line is missing'],
    ...more,
  })
  const judged: Judged = { measurements: {} as Measurements, audit }
  return auditCount(judged, 'lost', 'lost-write')
}
const proof = [{ file: 'audit.json', selector: '/counts/lost', value: 2 }]
const why = 'the audit could not tell: a line is missing'

describe('a count of an audit that could not tell', () => {
  it('is a lower bound', () => {
    assert.deepEqual(read({}), [{ subject: null, value: null, why, atLeast: 2, proof }])
  })

  it('is none where what a history lacks may explain it', () => {
    assert.deepEqual(read({ unproven: { 'lost-write': 2 } }), [{ subject: null, value: null, why, proof }])
    assert.deepEqual(read({ unproven: { unread: 1 } }), [
      { subject: null, value: null, why, atLeast: 2, proof },
    ])
  })
})
