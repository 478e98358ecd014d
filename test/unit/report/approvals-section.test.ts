import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { approvalsSection } from '../../../chaos/report/approvals-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { GOOD_GOVERNANCE } from '../score/good-governance.ts'
import { assertText } from '../../inline-text.ts'

const good = { ...GOOD_GOVERNANCE, refused: ['expired', 'same-person'] }
const dataWith = (over: object = {}) =>
  ({ measurements: { governance: [{ ...good, ...over }] } }) as unknown as ReportData
const text = (over: object = {}) => textOf(approvalsSection.body(dataWith(over)))

describe('the approvals of a run, in the report', () => {
  it('are a chain of steps, and the brokers’ own word at each', () => {
    assertText(
      text(),
      `
      rebuild: telemetry
      500 records were read: all of the approved range.
      Step | Who, or what | Line of the journal
      Asked for | ana | 2
      Refused, as it should be | expired and same-person | none
      Approved | lead | none
      Right to read made | by the approval | 19
      Right to read taken away | with its end | 29
      Topic | Before the approval | With it | After it
      telemetry | refused | given | refused
      operations (not asked for) | refused | refused | refused
      journal.jsonl → measurements.json /governance
      `,
    )
  })

  it('say what is unread, and why', () => {
    const over = { ok: false, reason: 'not authorised: Topic authorization failed', unauthorised: 120 }
    assert.match(text(over), /not all of the range: not authorised: .* 120 offsets are unread/)
  })

  it('shout what was let in, and what is still there', () => {
    assert.match(text({ admitted: ['expired'] }), /LET IN: expired/)
    assert.match(text({ remains: 'no broker answered' }), /Right to read taken away \| no broker answered/)
  })

  it('are left out where nothing needed one', () => {
    assert.equal(approvalsSection.when?.({ measurements: {} } as unknown as ReportData), false)
  })
})
