import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { approvalsSection } from '../../../chaos/report/approvals-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { GOOD_GOVERNANCE } from '../score/good-governance.ts'
import { assertText } from '../../inline-text.ts'

const good = { ...GOOD_GOVERNANCE, refused: ['expired', 'same-person'] }
const dataWith = (over: object = {}) =>
  ({ zero: 10_000, measurements: { governance: [{ ...good, ...over }] } }) as unknown as ReportData
const text = (over: object = {}) => textOf(approvalsSection.body(dataWith(over)))

describe('the approvals of a run, in the report', () => {
  it('are a chain of steps, and the brokers’ own word at each', () => {
    const chain = [
      { step: 'Asked for', who: 'ana', what: 'telemetry, to be read by replay: a test', t: 12_000, line: 4 },
      { step: 'Right to read made', who: null, what: '3 rules', t: 75_000, line: 19 },
    ]
    assertText(
      text({ chain }),
      `
      rebuild: telemetry
      500 records were read: all of the approved range.
      Step | Who, and what
      Asked for 0:02, line 4 of the journal | ana: telemetry, to be read by replay: a test
      Right to read made 1:05, line 19 of the journal | 3 rules
      Topic | Before the approval | With it | After it
      telemetry | refused | given | refused
      operations (not asked for) | refused | refused | refused
      journal.jsonl → measurements.json /governance
      `,
    )
  })

  it('say who answers for each topic of the run, and why nobody needs to', () => {
    const touched = [
      {
        topic: 'dead-letters-rows',
        writtenBy: 'sink rows',
        terms: 'those of telemetry',
        owner: 'fleet-insights',
      },
      { topic: 'connect-offsets', writtenBy: 'Connect workers', terms: 'places of connectors', owner: null },
    ]
    assertText(
      `Topic | Written${text({ touched }).split('Topic | Written')[1] ?? ''}`,
      `
      Topic | Written by | Terms | Owner
      dead-letters-rows | sink rows | those of telemetry | fleet-insights
      connect-offsets | Connect workers | places of connectors | whoever runs it
      journal.jsonl, run.json → measurements.json /governance
      `,
    )
  })

  it('are told without times by measurements that do not have them', () => {
    assertText(
      (text().split('Topic |')[0] ?? '').trimEnd(),
      `
      rebuild: telemetry
      500 records were read: all of the approved range.
      Step | Who, and what
      Asked for no line of the journal | ana: telemetry
      Refused, as it should be no line of the journal | expired and same-person
      Approved no line of the journal | lead
      Right to read made line 19 of the journal | by the approval
      Right to read taken away line 29 of the journal | with its end
      `,
    )
  })

  it('say what is unread, and why', () => {
    const over = { ok: false, reason: 'not authorised: Topic authorization failed', unauthorised: 120 }
    assert.match(text(over), /not all of the range: not authorised: .* 120 offsets are unread/)
  })

  it('shout what was let in, and what is still there', () => {
    assert.match(text({ admitted: ['expired'] }), /LET IN: expired/)
    assert.match(
      text({ remains: 'no broker answered' }),
      /Right to read taken away line 29 of the journal \| no broker answered/,
    )
  })

  it('are left out where nothing needed one', () => {
    assert.equal(approvalsSection.when?.({ measurements: {} } as unknown as ReportData), false)
  })
})
