import type { Proof } from '../record/measured.ts'
import type { SourceMeasurement } from '../record/source-measurement.ts'
import type { NumberEntry, Numbers } from './number.ts'
import { absent, totalOf } from './reading.ts'

type Read = NumberEntry['read']
type SourceCount = 'missing' | 'repeated' | 'reordered' | 'unexplained'

const NONE = 'the run has no source of records'

const ofSources =
  (count: SourceCount): Read =>
  ({ measurements: { sources } }) => {
    if (sources === undefined) return [{ ...absent(NONE), applies: false }]
    const parts = sources.map((source, index) => ({
      name: source.source,
      measured: source[count],
      pointer: `/sources/${index}/${count}`,
      example: firstExample(source, index, count),
    }))
    return [totalOf(parts)]
  }

/** Where to look first: a row, and its record. */
function firstExample({ examples, topic }: SourceMeasurement, index: number, count: SourceCount): Proof[] {
  const first = examples[count][0]
  if (!first) return []
  const { id, aggregate, partition, offset } = first
  const row = id === null ? 'no row' : `row ${id} of ${aggregate ?? 'no aggregate'}`
  const value = partition === null ? row : `${row}, ${topic}/${partition} offset ${offset}`
  return [{ file: 'measurements.json', selector: `/sources/${index}/examples/${count}/0`, value }]
}

/** Of the source that was slowest; what is not known may be worse than what is. */
const longestDelay: Read = ({ measurements: { sources } }) => {
  if (sources === undefined) return [{ ...absent(NONE), applies: false }]
  const parts = sources.map(({ source, longestDelayMs }, index) => ({ source, index, longestDelayMs }))
  const slowest =
    parts.find(({ longestDelayMs }) => longestDelayMs.value === null) ??
    parts.toSorted((a, b) => (b.longestDelayMs.value ?? 0) - (a.longestDelayMs.value ?? 0))[0]
  if (!slowest) return [absent(NONE)]
  const { value, why, from } = slowest.longestDelayMs
  const selector = `/sources/${slowest.index}/longestDelayMs`
  return [
    {
      subject: null,
      value: value === null ? null : value / 1000,
      why: why === null ? null : `${slowest.source}: ${why}`,
      proof: [{ file: 'measurements.json', selector, value }, ...from],
    },
  ]
}

const DIMENSION = 'connector-restart'

/** What sources made of their outbox tables. */
export const SOURCE_NUMBERS = {
  'source-missing-rows': {
    dimension: DIMENSION,
    what: 'rows committed in an outbox of which there is no record',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSources('missing'),
    isKey: true,
    next: 'Read the database’s log and not its table: who polls by id or by time passes over a late commit.',
  },
  'source-repeated-records': {
    dimension: DIMENSION,
    what: 'records beyond the first of a row',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSources('repeated'),
    isKey: true,
    next: 'Let the worker write records and position in one transaction (exactly.once.source.support), or let consumers know a row by its id.',
  },
  'source-reordered-records': {
    dimension: DIMENSION,
    what: 'rows whose record stands after that of a later row of the same aggregate',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSources('reordered'),
    next: 'Key records by their aggregate, and let one task write each.',
  },
  'source-unexplained-records': {
    dimension: DIMENSION,
    what: 'records of no committed row',
    unit: 'records',
    better: 'less',
    of: 'run',
    read: ofSources('unexplained'),
    next: 'Find who else writes to the topic, or which transaction was taken back after it was read.',
  },
  'source-longest-delay-seconds': {
    dimension: DIMENSION,
    what: 'from a row’s commit to its record, the longest',
    unit: 's',
    better: 'less',
    of: 'run',
    read: longestDelay,
    rests: ['wall-clock'],
    next: 'Shorten how long a dead worker’s task waits: its session, and scheduled.rebalance.max.delay.ms.',
  },
} satisfies Numbers
