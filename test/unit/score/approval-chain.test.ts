import assert from 'node:assert/strict'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { approvalChain } from '../../../chaos/score/approval-chain.ts'

const scope = { topics: ['telemetry'] }
const lines = (...given: readonly object[]) =>
  given.map((event, index) => ({
    event: { seq: index, t: index * 1000, at: '', prev: '', id: 'race', ...event } as unknown as JournalLine,
    line: index + 1,
  }))
const refused = (refusal: string, rehearsed = true) => ({
  kind: 'replay.refused',
  refusal,
  message: `${refusal}, in words`,
  hint: '',
  rehearsed,
})
const chain = (...given: readonly object[]) =>
  approvalChain(lines(...given), 'race').map(({ step, who, what, line }) =>
    [line, step, who, what].filter(part => part !== null).join(' | '),
  )

describe('the chain of an approval', () => {
  it('is told in the order of the journal, with rehearsed refusals in one step', () => {
    assert.deepEqual(
      chain(
        { kind: 'replay.requested', requester: 'ana', principal: 'replay', scope, reason: 'a test' },
        refused('expired'),
        refused('revoked'),
        { kind: 'replay.approved', approver: 'lead', scope, expiresAt: '2026-11-30T21:00:00.000Z' },
        { kind: 'grant.made', rules: ['a', 'b'] },
        { kind: 'replay.stated', records: 500 },
        { kind: 'replay.stopped', why: 'tail-lag-seconds is 30' },
        { kind: 'grant.removed', by: 'heal', rules: [] },
      ),
      [
        '1 | Asked for | ana | telemetry, to be read by replay: a test',
        '3 | Refused, as it should be | 2 ways to be refused: expired and revoked',
        '4 | Approved | lead | telemetry, until 2026-11-30 21:00 UTC',
        '5 | Right to read made | 2 rules',
        '6 | Reading begins | 500 offsets are there; the end is taken a moment later, while devices write',
        '7 | Stopped | tail-lag-seconds is 30',
        '8 | Right to read taken away | by whoever healed the run',
      ],
    )
  })

  it('shouts what was let in, a right that is still there, and a refusal that nobody rehearsed', () => {
    assert.deepEqual(
      chain(
        refused('expired', false),
        { kind: 'replay.admitted', meant: 'revoked' },
        {
          kind: 'grant.remains',
          reason: 'no broker answered',
        },
      ),
      [
        '1 | Refused | expired, in words',
        '2 | LET IN | what was to be refused: revoked',
        '3 | Right to read NOT taken away | no broker answered',
      ],
    )
  })

  it('keeps a step between rehearsed refusals, and leaves out what is of another replay', () => {
    assert.deepEqual(
      chain(refused('expired'), { kind: 'replay.admitted', meant: 'changed' }, refused('revoked'), {
        ...refused('same-person'),
        id: 'other',
      }),
      [
        '1 | Refused, as it should be | 1 way to be refused: expired',
        '2 | LET IN | what was to be refused: changed',
        '3 | Refused, as it should be | 1 way to be refused: revoked',
      ],
    )
  })
})
