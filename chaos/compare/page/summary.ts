import { usd } from '../../report/cost-words.ts'
import { list, plural, seconds } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { MIN_RUNS } from '../../score/repeats.ts'
import type { Comparison, Measure } from '../comparison.ts'
import { type Column, modelOf } from './columns.ts'
import { fileLink } from './links.ts'
import { intervalsAreApart, formatOf } from './spread-words.ts'

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
  const outcomeWords = kinds.map(kind => {
    const names = outcomes.filter(({ outcome }) => outcome === kind).map(({ name }) => name)
    return `${list(names)} ${OUTCOMES[kind][names.length === 1 ? 0 : 1]}`
  })
  return `${outcomeWords.join('; ')}.`
}

export interface Finding {
  readonly label: string
  readonly text: Html | string
}

/** What a reader with one minute takes away, from the numbers alone: no sentence here is anybody's promise. */
export function findings(comparison: Comparison, columns: readonly Column[]): Finding[] {
  const finding = (label: string, text: Html | string): Finding[] => (text === '' ? [] : [{ label, text }])
  return [
    ...finding('What differs', listDifferences(comparison, columns)),
    ...finding('Price', pricesInWords(comparison, columns)),
    ...finding('Worst recovery', describeWorstRecovery(comparison, columns)),
    ...finding('Not told apart', listUndecided(comparison, columns)),
    ...finding('Not measured', notMeasured(comparison, columns)),
    ...finding('What ran', whatRan(comparison, columns)),
  ]
}

function whatRan({ seed, drill, asked, fairness }: Comparison, columns: readonly Column[]): string {
  const ran = columns.filter(column => column.ran)
  if (ran.length === 0) return 'No platform ran, so there is nothing to compare.'
  const counts = ran.map(({ name, compared }) => `${name} ${timesWords(compared.runs.length)}`)
  const one = ran.length === 1 ? ' With one platform this is no comparison.' : ''
  const short = asked !== null && ran.some(({ compared }) => compared.runs.length < asked)
  const words = `The drill “${drill.title}”, with seed ${seed}, on ${list(counts)}${short ? `, of ${asked} asked for` : ''}.${one}`
  const late = new Set(fairness.toolBottlenecks.map(({ platform, run }) => `${platform}/${run}`)).size
  const runs = ran.reduce((sum, { compared }) => sum + compared.runs.length, 0)
  const doubt =
    late === 0
      ? ''
      : `In ${late} of ${runs} runs the tool or the machine was in the way: times are in part theirs.`
  return [words, ...ran.map(nonProductWords), doubt].filter(text => text !== '').join(' ')
}

const timesWords = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** References and stand-ins are no products. */
function nonProductWords({ name, compared }: Column): string {
  if (compared.software?.kind === 'reference')
    return `${name} ran with the lab’s own reference store, not a product.`
  if (compared.software?.kind === 'stand-in')
    return `${name}: a stand-in, which says nothing about any product.`
  return ''
}

/** What ran comes first: a price of what nobody tried is a price beside it. */
function pricesInWords({ cost }: Comparison, columns: readonly Column[]): string {
  const bills = cost.bills
    .toSorted((a, b) => a.totalUsdPerMonth - b.totalUsdPerMonth)
    .map(bill => ({ ...modelOf(columns, bill.platform), total: bill.totalUsdPerMonth }))
  if (bills.length === 0) return ''
  const priced = ({ name, total }: (typeof bills)[number]) => `${name} ${usd(total)}`
  const ran = bills.filter(({ alone }) => !alone)
  const others = bills.filter(({ alone }) => alone)
  const [first, second] = ran
  const ofRan = !first
    ? 'No platform ran.'
    : second
      ? `A month of what ran: ${list(ran.map(priced))}; ${first.name} is ${lessThan(first.total, second.total)}.`
      : `A month: ${priced(first)}.`
  const beside = others.length === 0 ? '' : ` By the same model, and not run: ${list(others.map(priced))}.`
  const { workload, example } = cost.workload
  const whose = example ? `the shipped example workload “${workload}”, not for yours` : `“${workload}”`
  return `${ofRan}${beside} This is a model over published prices for ${whose}.`
}

function lessThan(a: number, b: number): string {
  const percent = Math.round(((b - a) / b) * 100)
  return percent === 0 ? 'as cheap as the next, within 1%' : `${percent}% less than the next`
}

interface RankedMeasure {
  readonly measure: Measure
  readonly medians: readonly { readonly column: Column; readonly median: number }[]
  /** Do the intervals of all of them, of some of them or of none keep clear of one another? */
  readonly apart: 'all' | 'some' | 'none'
}

/** The numbers that decide, where at least two platforms have them. */
function deciding({ measures }: Comparison, columns: readonly Column[]): RankedMeasure[] {
  return measures
    .filter(measure => measure.key && measure.better !== 'neither')
    .flatMap(measure => {
      const known = columns.flatMap(column => {
        const spread = measure.perPlatform[column.platform]
        return spread && spread.median !== null ? [{ column, spread, median: spread.median }] : []
      })
      if (known.length < 2) return []
      const pairs = known.flatMap((a, index) =>
        known.slice(index + 1).map(b => intervalsAreApart(a.spread, b.spread)),
      )
      const some = pairs.includes(true) ? 'some' : 'none'
      return [{ measure, medians: known, apart: pairs.includes(false) ? some : 'all' }]
    })
}

const SHOWN = 5
/** What is told apart, the largest difference first. */
function listDifferences(comparison: Comparison, columns: readonly Column[]): Html | string {
  const all = deciding(comparison, columns)
  const clear = all.filter(one => one.apart !== 'none').toSorted((a, b) => factorOf(b) - factorOf(a))
  if (all.length === 0) return ''
  if (clear.length === 0)
    return `Nothing that these runs tell apart.${tooFew(columns.filter(column => column.ran))}`
  const more = clear.length - SHOWN
  return html`<ul>${clear.slice(0, SHOWN).map(({ measure, medians, apart: which }) => {
    const format = formatOf(measure.unit)
    const each = medians.map(({ column, median }) => `${format(median)} on ${column.short}`)
    const some = which === 'some' && ' (not all of them told apart)'
    return html`<li>${measure.subject !== null && html`<span class="subject">${measure.subject}</span> `}${measure.label}: ${list(each)}${some}</li>`
  })}${more > 0 && html`<li>and ${plural(more, 'more')}, marked ▼ or ▲ <a href="#verdicts">below</a></li>`}</ul>`
}

function factorOf({ medians }: RankedMeasure): number {
  const values = medians.map(({ median }) => median)
  const least = Math.min(...values)
  return least <= 0 ? Number.MAX_VALUE : Math.max(...values) / least
}

/** Once, instead of after every number. */
function tooFew(ran: readonly Column[]): string {
  const few = ran.filter(column => column.compared.runs.length < MIN_RUNS)
  if (few.length === 0) return ''
  return ` With fewer than ${MIN_RUNS} runs of ${list(few.map(column => column.name))} there is no interval, so a difference may be chance.`
}

/** Two numbers whose intervals touch are not ranked, here or anywhere. */
function listUndecided(comparison: Comparison, columns: readonly Column[]): string {
  const all = deciding(comparison, columns)
  const touching = all.filter(one => one.apart === 'none')
  if (touching.length === 0 || touching.length === all.length) return ''
  const longest = touching
    .filter(({ measure }) => measure.measure === 'sustained-recovery')
    .flatMap(({ measure, medians }) => medians.map(one => ({ ...one, measure })))
  const slowest = columns.flatMap(({ platform }) => {
    const own = longest.filter(({ column }) => column.platform === platform)
    const [most] = own.toSorted((a, b) => b.median - a.median)
    return most
      ? [`${seconds(most.median)} on ${most.column.name} (${most.measure.subject ?? 'a fault'})`]
      : []
  })
  const recoveries =
    slowest.length < 2 ? '' : `, recovery times among them: at the slowest, ${list(slowest)} in the median`
  return `${touching.length} of the ${all.length} numbers that decide${recoveries}.`
}

/** A median hides it: the one run in which recovery took longest. */
function describeWorstRecovery({ measures, gates }: Comparison, columns: readonly Column[]): Html | string {
  const [most] = measures
    .filter(({ key, measure }) => key && measure === 'sustained-recovery')
    .flatMap(measure =>
      columns.flatMap(column => {
        const { median = null, values = [] } = measure.perPlatform[column.platform] ?? {}
        return values.flatMap(({ run, value }) =>
          value === null || median === null ? [] : [{ measure, column, median, run, value }],
        )
      }),
    )
    .toSorted((a, b) => b.value - a.value)
  if (!most) return ''
  const { measure, column, median, run, value } = most
  const gate = gates.find(
    ({ gate: name, subject, outsideOf }) =>
      name === 'sustained-recovery-seconds' && subject === measure.subject && outsideOf === measure.outsideOf,
  )
  const dir = column.compared.runs.find(({ number }) => number === run)?.dir
  const words = `run ${run} of ${column.name}`
  const outside = measure.outsideOf === null ? '' : `, clients in ${measure.outsideOf} left out`
  return html`${seconds(value)} after ${measure.subject ?? 'a fault'}${outside}, in ${
    dir === undefined ? words : fileLink(dir, 'report.html', words)
  }; the median of its runs is ${seconds(median)}${gate && ` and the gate ${gate.expected}`}.`
}

function notMeasured({ verdicts }: Comparison, columns: readonly Column[]): string {
  const absent = columns
    .filter(column => !column.ran)
    .map(({ name, compared }) => {
      const why = compared.reason ?? 'no reason is recorded'
      const deed = compared.status === 'failed' ? 'began and could not be judged' : 'was not run'
      return `${name} ${deed}: ${why}. Nothing is said here of how it behaves.`
    })
  const untouched = verdicts.filter(isUntouched).map(({ title }) => title)
  const drill = untouched.length === 0 ? [] : [`This drill says nothing of: ${list(untouched)}.`]
  return [...absent, ...drill].join(' ')
}

/** No platform that ran was tried in it: good or bad, it says nothing. */
export function isUntouched({ perPlatform }: Comparison['verdicts'][number]): boolean {
  const cells = Object.values(perPlatform)
  return cells.length > 0 && cells.every(cell => cell?.verdict === 'not-exercised')
}
