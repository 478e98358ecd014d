import { platformName } from '../../core/platform.ts'
import { usd } from '../../report/cost-words.ts'
import { list, seconds, times } from '../../report/format.ts'
import { MIN_RUNS } from '../../score/repeats.ts'
import type { Comparison, Measure, Spread } from '../comparison.ts'
import { type Column, modelOf } from './columns.ts'
import { apart, type Format, formatOf } from './spread-words.ts'

/** What is said of one platform, and of several. */
const OUTCOMES = {
  pass: ['passes', 'pass'],
  fail: ['fails', 'fail'],
  inconclusive: ['is inconclusive', 'are inconclusive'],
  failed: ['could not be judged', 'could not be judged'],
  'not-run': ['was not run', 'were not run'],
} as const

/** The verdict of each platform, and who has none. */
export function headlineWords(columns: readonly Column[]): string {
  const outcomes = columns.map(({ name, compared }) => ({
    name,
    outcome: compared.status === 'run' ? (compared.verdict ?? 'inconclusive') : compared.status,
  }))
  const kinds = [...new Set(outcomes.map(({ outcome }) => outcome))]
  const told = kinds.map(kind => {
    const names = outcomes.filter(({ outcome }) => outcome === kind).map(({ name }) => name)
    return `${list(names)} ${OUTCOMES[kind][names.length === 1 ? 0 : 1]}`
  })
  return `${told.join('; ')}.`
}

/** What a reader with one minute takes away, from the numbers alone: no sentence here is anybody's promise. */
export function summary(comparison: Comparison, columns: readonly Column[]): string[] {
  return [
    whatRan(comparison, columns),
    ...what(columns).filter(text => text !== ''),
    slowest(comparison, columns),
    moved(comparison, columns),
    replayed(comparison, columns),
    tooFew(columns),
    billed(comparison, columns),
    ...notRun(columns),
  ].filter(text => text !== '')
}

function whatRan({ seed, drill, asked }: Comparison, columns: readonly Column[]): string {
  const ran = columns.filter(column => column.ran)
  if (ran.length === 0) return 'No platform ran, so there is nothing to compare.'
  const counts = ran.map(({ name, compared }) => `${name} ${often(compared.runs.length)}`)
  const one = ran.length === 1 ? ' With one platform this is no comparison.' : ''
  const short = asked !== null && ran.some(({ compared }) => compared.runs.length < asked)
  return `The drill “${drill.title}” ran with seed ${seed} on ${list(counts)}${short ? `, of ${asked} asked for` : ''}.${one}`
}

const often = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** References and stand-ins, before any number of theirs. */
function what(columns: readonly Column[]): string[] {
  return columns.map(({ name, compared, platform }) => {
    if (compared.software?.kind === 'reference')
      return `${name} ran with the lab’s own reference store, which is no product.`
    if (compared.software?.kind === 'stand-in')
      return `In place of ${platformName(platform)} a stand-in distribution ran: it says nothing about the product.`
    return ''
  })
}

function slowest(comparison: Comparison, columns: readonly Column[]): string {
  const rows = comparison.measures.filter(measure => measure.measure === 'sustained-recovery')
  const worst = columns.flatMap(column => {
    const [most] = rows
      .flatMap(row => cellOf(row, column))
      .toSorted((a, b) => (b.spread.median ?? 0) - (a.spread.median ?? 0))
    return most ? [{ ...most, column }] : []
  })
  if (worst.length === 0) return ''
  const words = worst.map(
    ({ column, spread, subject }) =>
      `${seconds(spread.median ?? 0)} on ${column.name} (after ${subject ?? 'a fault'})`,
  )
  return `The slowest recovery took ${list(words)}${ranking(worst.map(one => one.spread))}.`
}

function cellOf(row: Measure, { platform }: Column): { spread: Spread; subject: string | null }[] {
  const spread = row.perPlatform[platform]
  return spread && spread.median !== null ? [{ spread, subject: row.subject }] : []
}

/** Two numbers whose intervals touch are not ranked, here or anywhere. */
function ranking(spreads: readonly Spread[]): string {
  const [a, b] = spreads
  if (spreads.length !== 2 || !a || !b || !bounded(a) || !bounded(b)) return ''
  return apart(a, b) ? '' : ', which these runs do not tell apart'
}

const bounded = ({ low, high }: Spread): boolean => low !== null && high !== null

/** Once, instead of after every number. */
function tooFew(columns: readonly Column[]): string {
  const ran = columns.filter(column => column.ran)
  const few = ran.filter(column => column.compared.runs.length < MIN_RUNS)
  if (few.length === 0) return ''
  return `With fewer than ${MIN_RUNS} runs of ${list(few.map(column => column.name))} there is no interval, so a difference may be chance.`
}

function moved({ recoveryBytes }: Comparison, columns: readonly Column[]): string {
  const size = (row: (typeof recoveryBytes)[number]) =>
    Math.max(0, ...columns.map(({ platform }) => row.perPlatform[platform]?.net.median ?? 0))
  const row = recoveryBytes.toSorted((a, b) => size(b) - size(a))[0]
  if (!row || size(row) === 0) return ''
  return perColumn(
    columns,
    ({ platform }) => row.perPlatform[platform]?.net,
    formatOf('bytes'),
    words => {
      return `After ${row.subject}, recovery itself moved ${words}`
    },
  )
}

function replayed({ replayImpact }: Comparison, columns: readonly Column[]): string {
  const [replay] = replayImpact
  if (!replay) return ''
  return perColumn(
    columns,
    ({ platform }) => replay.perPlatform[platform]?.producerP99Ratio,
    times,
    words => {
      return `Against before, the producers’ p99 latency during the replay was ${words}`
    },
  )
}

function perColumn(
  columns: readonly Column[],
  pick: (column: Column) => Spread | undefined,
  format: Format,
  sentence: (words: string) => string,
): string {
  const known = columns.flatMap(column => {
    const spread = pick(column)
    return spread && spread.median !== null ? [{ column, spread, median: spread.median }] : []
  })
  if (known.length === 0) return ''
  const words = list(known.map(({ column, median }) => `${format(median)} on ${column.name}`))
  return `${sentence(words)}${ranking(known.map(one => one.spread))}.`
}

function billed({ cost }: Comparison, columns: readonly Column[]): string {
  if (cost.bills.length === 0) return ''
  const words = cost.bills.map(({ platform, totalUsdPerMonth }) => {
    const { name, alone } = modelOf(columns, platform)
    return `${usd(totalUsdPerMonth)} a month for ${name}${alone ? ' (the model alone)' : ''}`
  })
  return `For the workload “${cost.workload.workload}” the cost model says ${list(words)}.`
}

function notRun(columns: readonly Column[]): string[] {
  return columns
    .filter(column => !column.ran)
    .map(({ name, compared }) => {
      const why = compared.reason ?? 'no reason is recorded'
      const deed = compared.status === 'failed' ? 'began and could not be judged' : 'was not run'
      return `${name} ${deed}: ${why}. Nothing is said here of how it behaves.`
    })
}
