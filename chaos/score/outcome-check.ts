import { count } from '../core/numbers.ts'
import type { Judged } from '../numbers/reading.ts'
import type { CountName } from '../record/audit-file.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'

/** What can become of a record that devices sent, by what the audit counts of it. None stands for another. */
const OUTCOMES: readonly (readonly [outcome: string, causes: readonly (readonly [CountName, string])[]])[] = [
  ['lost', [['lost', '']]],
  [
    'expired',
    [
      ['expiredByTime', 'by time'],
      ['expiredBySize', 'by size'],
      ['expiredByCompaction', 'by compaction'],
    ],
  ],
  ['refused', [['refused', '']]],
  [
    'unknown',
    [
      ['unknownStored', 'stored'],
      ['unknownNotStored', 'not stored'],
    ],
  ],
  ['unread', [['unread', '']]],
  [
    'repeated',
    [
      ['storedTwice', 'by clients or brokers'],
      ['repeatedOnPurpose', 'on purpose'],
      ['repeatedByFirmware', 'by wrong firmware'],
    ],
  ],
]

/** The six outcomes beside each other: told, and judged by the gates that are about one of them. */
export function outcomeCheck({ audit }: Pick<Judged, 'audit'>): Check[] {
  if (!audit) return []
  const valueOf = (name: CountName): number | null => {
    const value = audit.counts[name]
    return typeof value === 'number' ? value : null
  }
  const told = OUTCOMES.map(([outcome, causes]) => {
    const found = causes.map(([name, words]) => ({ name, words, value: valueOf(name) }))
    const parts = found.flatMap(({ words, value }) =>
      words !== '' && value ? [`${count(value)} ${words}`] : [],
    )
    const sum = found.reduce((total, { value }) => total + (value ?? 0), 0)
    const words = `${outcome} ${count(sum)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
    return { outcome, words, sum, found, isCounted: found.some(({ value }) => value !== null) }
  })
  const some = told.filter(({ sum }) => sum > 0).map(({ words }) => words)
  // An audit of before it was looked for has none of it, which is not known to be none.
  const open = told.filter(({ isCounted }) => !isCounted).map(({ outcome }) => `${outcome} not counted`)
  const shown = [...some, ...open]
  return [
    {
      ...CHECK_BASE,
      check: 'outcomes',
      what: 'records that were lost, expired, refused, unknown, unread or repeated',
      expected: 'told, each apart from the others',
      shown: shown.length > 0 ? shown.join(', ') : 'none',
      verdict: 'not-judged',
      proof: told.flatMap(({ found }) =>
        found.flatMap(({ name, value }) =>
          value === null ? [] : [{ file: 'audit.json', selector: `/counts/${name}`, value }],
        ),
      ),
    },
  ]
}
