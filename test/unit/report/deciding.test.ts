import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { decidingTable } from '../../../chaos/report/deciding-section.ts'
import { decidingChecks, reasonOf } from '../../../chaos/report/deciding.ts'
import { renderScorecard } from '../../../chaos/report/terminal.ts'
import type { Check, Row, Scorecard } from '../../../chaos/record/scorecard.ts'

const check = (name: string, over: Partial<Check> = {}): Check => ({
  check: name,
  subject: null,
  what: name,
  expected: 'at most 5 s',
  limit: { is: 'atMost', value: 5 },
  value: 1,
  shown: '1 s',
  unit: 's',
  verdict: 'pass',
  why: null,
  proof: [{ file: 'measurements.json', selector: '/x', value: 1 }],
  ...over,
})
const failed = (name: string, value: number, limit: number, over: Partial<Check> = {}): Check =>
  check(name, {
    value,
    shown: `${value} s`,
    expected: `at most ${limit} s`,
    limit: { is: 'atMost', value: limit },
    verdict: 'fail',
    ...over,
  })
const card = (verdict: Scorecard['verdict'], ...checks: readonly Check[]): Scorecard => {
  const row: Row = {
    dimension: 'broker-loss',
    title: 'Loss of a broker',
    failure: 'a broker is lost',
    expected: 'others take over',
    owner: 'somebody',
    verdict,
    checks: [...checks],
    proof: [],
    residualRisk: 'none',
    next: null,
  }
  return {
    format: 1,
    run: 'r',
    drill: 'd',
    title: 't',
    platform: 'kafka',
    verdict,
    secondOutage: { answer: 'no', sentence: 'Recovery did not become a second outage.' },
    rows: [row],
  }
}

describe('why a run did not pass', () => {
  const many = card(
    'fail',
    failed('sustained-recovery-seconds', 15.57, 0.5, { subject: 'kill' }),
    failed('replay-seconds', 6, 5, { subject: 'replay-2' }),
    failed('acked-loss', 6, 0, { unit: 'records', shown: '6 records', expected: 'at most 0 records' }),
    failed('audit', 0, 0, {
      unit: '',
      shown: 'fail',
      value: null,
      limit: undefined,
      why: '6 records are lost',
    }),
    failed('in-sync-seconds', 61, 60, { subject: 'kill' }),
    check('stored-twice'),
  )

  it('names every check that failed, the farthest beyond its limit first', () => {
    assert.deepEqual(
      decidingChecks(many).map(({ name, measured, allowed, by }) => [name, measured, allowed, by]),
      [
        ['acked loss', '6 records', 'at most 0 records', '6 records'],
        ['audit', 'fail', 'at most 0 s', null],
        ['sustained recovery after kill', '15.57 s', 'at most 0.5 s', '15.07 s, ×31.1'],
        ['replay of replay-2', '6 s', 'at most 5 s', '1 s'],
        ['in sync after kill', '61 s', 'at most 60 s', '1 s'],
      ],
    )
  })

  it('is the headline, with a count of what else failed', () => {
    assert.equal(reasonOf(many), 'Failed: acked loss: 6 records, allowed at most 0 records (and 4 more)')
    assert.equal(reasonOf(card('pass', check('acked-loss'))), null)
  })

  it('is the first thing in the terminal, before the answer, and complete', () => {
    const text = renderScorecard(many, { color: false, width: 80 })
    assert.ok(text.indexOf('acked loss: 6 records') < text.indexOf('did not become'))
    assert.match(text, /✕ sustained recovery after kill: 15\.57 s, allowed at most 0\.5 s/)
    assert.match(text, /✕ in sync after kill: 61 s, allowed at most 60 s \(beyond it by 1 s\)/)
    assert.match(text, /✕ audit: fail: 6 records are lost/)
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
  })

  it('is a table on the page that leads to the row and to the proof', () => {
    const page = decidingTable(many).text
    assert.equal(page.match(/<tr>/g)?.length, 6)
    assert.match(page, /<a href="#row-broker-loss">Acked loss<\/a>/)
    assert.match(page, /measurements\.json<\/code> \/x/)
    assert.equal(decidingTable(card('pass')).text, '')
  })

  it('is what could not be decided, of a run that is inconclusive', () => {
    const unknown = card(
      'inconclusive',
      check('acked-loss', { verdict: 'inconclusive', shown: 'not measured', value: null, why: 'no audit' }),
    )
    assert.equal(reasonOf(unknown), 'Inconclusive: acked loss could not be decided')
    assert.match(renderScorecard(unknown, { color: false, width: 100 }), /\? acked loss: .*: no audit/)
  })

  it('says of a lower limit how much is missing', () => {
    const few = failed('replay-cold-records', 10, 0, {
      unit: 'records',
      limit: { is: 'atLeast', value: 100 },
      expected: 'at least 100 records',
      shown: '10 records',
    })
    assert.equal(decidingChecks(card('fail', few))[0]?.by, '90 records, ×10')
  })

  it('marks a load generator that was late before any time is read', () => {
    const late = check('load-generator-on-time', {
      verdict: 'not-judged',
      unit: 'ms',
      value: 536,
      shown: '536 ms',
      limit: { is: 'atMost', value: 200 },
    })
    const text = renderScorecard(card('pass', check('acked-loss'), late), { color: false, width: 100 })
    assert.match(text, /! the load generator was up to 536 ms late \(more than 200 ms\)/)
    const onTime = { ...late, value: 20, shown: '20 ms' }
    assert.doesNotMatch(renderScorecard(card('pass', onTime), { color: false, width: 100 }), /late/)
  })
})
