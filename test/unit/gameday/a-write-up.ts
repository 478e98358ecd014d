import { gameDay } from '../../../chaos/gameday/calendar.ts'
import { type DayRecord, followUpsOf, RECOVERY_GATE, recoveryOf } from '../../../chaos/gameday/day-record.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { Check, Row, Scorecard } from '../../../chaos/record/scorecard.ts'

/** A game day that was, written down. */
export const check = (change: Partial<Check>): Check => ({
  check: RECOVERY_GATE,
  subject: 'cut',
  what: 'good service again',
  expected: 'at most 15 s',
  limit: { is: 'atMost', value: 15 },
  value: 4.2,
  shown: '4.2 s',
  unit: 's',
  verdict: 'pass',
  why: null,
  proof: [],
  ...change,
})
export const row = (change: Partial<Row>): Row => ({
  dimension: 'zone-loss',
  title: 'Loss of a zone',
  failure: 'a zone is cut off',
  expected: 'others go on',
  owner: 'fleet-team',
  verdict: 'pass',
  checks: [check({})],
  proof: [],
  residualRisk: '',
  next: null,
  ...change,
})
export const card = (verdict: Scorecard['verdict'], rows: Row[]): Scorecard => ({
  format: 1,
  run: '20270114-090000-zone-cut',
  drill: 'zone-cut',
  title: 'Zone az-c is cut off',
  platform: 'kafka',
  verdict,
  secondOutage: { answer: 'no', sentence: 'No partition paused for long.' },
  rows,
})
export const FAILS = card('fail', [
  row({}),
  row({
    title: 'Durability',
    verdict: 'fail',
    owner: '',
    checks: [
      check({
        check: 'acked-loss',
        subject: null,
        what: 'records lost',
        shown: '3',
        expected: 'none',
        value: 3,
        unit: '',
        verdict: 'fail',
      }),
    ],
    next: 'Raise acks.',
  }),
])
const day = gameDay.parse({
  id: '2027-01-zone',
  at: '2027-01-14T09:00:00Z',
  lasts: '2h',
  drill: 'zone-cut',
  owner: 'Dana',
  takesPart: ['Ali'],
  hypothesis: 'Losing az-c loses <b>nothing</b>, and stops nobody elsewhere.',
  expectedCostUsd: 4.5,
  blastRadius: { zones: ['az-c'], faults: ['zone-cut'] },
})
const fault = (id: string, injectedAt: number | null) => ({
  id,
  summary: `links of ${id}`,
  injectedAt,
  everyone: { sustainedMs: { value: 9000, why: null, from: [] } },
})
export const MEASURED = {
  faults: [fault('cut', 1), fault('slow', 2), fault('kill', null)],
} as unknown as Pick<Measurements, 'faults'>
export const record = (scorecard: Scorecard): DayRecord => ({
  format: 1,
  calendar: 'Fleet',
  day,
  digest: 'da7c930a4985286c00',
  approvedBy: 'Noor',
  ranAt: '2027-01-14T09:03:00.000Z',
  run: scorecard.run,
  platform: 'kafka@4.3.1',
  verdict: scorecard.verdict,
  seal: 'sealed 44 files, unsigned',
  recovery: recoveryOf(scorecard, MEASURED),
  followUps: followUpsOf(scorecard, day.owner),
})
export const made = (scorecard: Scorecard) => ({
  record: record(scorecard),
  scorecard,
  measurements: MEASURED,
  overDays: [],
})
