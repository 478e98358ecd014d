import type { PlatformId } from '../platforms/platform-id.ts'
import { count } from '../core/numbers.ts'
import { formatValue, type Unit } from '../core/quantity.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import type { ComparedPlatform, Comparison, Measure, Spread } from './comparison.ts'
import { causesIn, isPlatformCause } from './zone-causes.ts'

/** The comparison as text: what differs, verdicts, the few numbers that decide, the bill, and what was not run. */
export function printComparison(comparison: Comparison): string {
  const { platforms, verdict, reasons, drill, seed, limits } = comparison
  const ran = platforms.filter(({ status }) => status === 'run')
  const sections = [
    [
      `${verdictSign(verdict)} ${verdictWord(verdict).toUpperCase()}  ${drill.drill} with seed ${seed}: ${drill.title}`,
      ...reasons.map(reason => `  ${reason}`),
    ],
    platforms.map(platformLine),
    differences(comparison),
    aligned([['', ...ran.map(({ platform }) => platform)], ...verdictTable(comparison, ran)]),
    numbers(comparison, ran),
    causes(comparison, ran),
    costs(comparison),
    ['What this cannot say', ...limits.map(limit => `  ${limit}`)],
  ]
  return `\n${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function platformLine({ platform, name, status, reason, hint, software, verdict, runs }: ComparedPlatform) {
  if (status !== 'run')
    return `  ${platform}: ${status === 'failed' ? 'FAILED TO RUN' : 'NOT RUN'}: ${reason}${hint ? ` (${hint})` : ''}`
  const kind = software?.kind === 'product' ? '' : `, ${software?.kind}`
  const own = runs.map(run => `${run.number} ${run.verdict ?? run.why}`).join(', ')
  return `  ${platform}: ${verdictWord(verdict ?? 'inconclusive')}. ${software?.name ?? name}${kind}; runs: ${own}`
}

function differences({ fairness }: Comparison): string[] {
  const { differs, toolBottlenecks, warmUp, order } = fairness
  const cold = warmUp.filter(({ enough }) => enough !== true)
  return [
    'What was not the same',
    ...differs.map(({ what, perPlatform }) => `  ${what}: ${words(perPlatform)}`),
    `  order: ${order.rule}${order.interleaved ? '' : ' Not interleaved.'}`,
    ...cold.map(({ platform, run, why }) => `  not warm: ${platform}/${run}: ${why}`),
    ...toolBottlenecks.map(
      ({ platform, run, what, value, limit }) => `  ${platform}/${run}: ${what} ${value} (limit ${limit})`,
    ),
  ]
}

function words(perPlatform: Partial<Record<PlatformId, string>>): string {
  const each = Object.entries(perPlatform)
  const [first] = each
  if (first && each.length > 1 && each.every(([, value]) => value === first[1])) return `${first[1]} for each`
  return each.map(([platform, value]) => `${platform} ${value}`).join(' · ')
}

function verdictTable({ verdicts }: Comparison, ran: readonly ComparedPlatform[]): string[][] {
  return verdicts.map(({ title, perPlatform }) => [
    title,
    ...ran.map(({ platform }) => {
      const cell = perPlatform[platform]
      if (!cell) return ''
      const judged = cell.verdict === 'pass' || cell.verdict === 'fail' || cell.verdict === 'inconclusive'
      return `${verdictSign(cell.verdict)} ${verdictWord(cell.verdict)}${judged ? ` ${cell.passed}/${cell.runs}` : ''}`
    }),
  ])
}

function numbers({ measures }: Comparison, ran: readonly ComparedPlatform[]): string[] {
  const rows = measures
    .filter(({ key }) => key)
    .map(measure => [
      nameOf(measure),
      ...ran.map(({ platform }) => shownSpread(measure.perPlatform[platform], measure.unit)),
    ])
  const enough = ran.every(({ runs }) => runs.length >= 3)
  const head = enough ? 'Median (interval of the median)' : 'Median; too few runs for intervals'
  return [head, ...aligned([['', ...ran.map(({ platform }) => platform)], ...rows])]
}

function nameOf({ measure, subject, outsideOf }: Measure): string {
  const outside = outsideOf === null ? null : `outside ${outsideOf}`
  return [measure, subject, outside].filter(part => part !== null).join(' ')
}

export function shownSpread(spread: Spread | undefined, unit: Unit): string {
  if (!spread) return ''
  const { median, low, high, n, values, why, applies } = spread
  if (applies === false) return 'does not apply'
  if (median === null) return `not known: ${why ?? 'not measured'}`
  const seen = n === values.length ? '' : ` of ${n}/${values.length} runs`
  if (low === null && high === null) return `${formatValue(median, unit)}${seen}`
  if (low === median && high === median) return `${formatValue(median, unit)} in each${seen}`
  const side = (value: number | null) => (value === null ? 'any' : formatValue(value, unit))
  return `${formatValue(median, unit)} (${side(low)} to ${side(high)})${seen}`
}

/** What makes the ratio above, and the tool's own reading, which is not in it. */
function causes({ zoneMatrix }: Comparison, ran: readonly ComparedPlatform[]): string[] {
  const known = ran.filter(({ platform }) => zoneMatrix[platform] !== undefined)
  if (known.length === 0) return []
  const rows = causesIn(known.map(({ platform }) => zoneMatrix[platform])).map(cause => [
    isPlatformCause(cause) ? cause : `${cause} (not in the ratio above)`,
    ...known.map(({ platform }) =>
      shownSpread(zoneMatrix[platform]?.causes.find(one => one.cause === cause)?.perIngestedByte, 'ratio'),
    ),
  ])
  return [
    'Bytes between zones per byte acknowledged, by cause',
    ...aligned([['', ...known.map(({ platform }) => platform)], ...rows]),
  ]
}

function costs({ cost }: Comparison): string[] {
  const usd = (value: number | undefined) => (value === undefined ? '' : `${count(value)} USD`)
  const split = (all: number, labour: number) => `${count(all - labour)} + ${count(labour)} USD`
  const rows = cost.bills.map(bill => [
    bill.platform,
    usd(bill.totalUsdPerMonth),
    usd(cost.measuredBills.find(({ platform }) => platform === bill.platform)?.totalUsdPerMonth),
    split(bill.usdPerReplay, bill.labour.usdPerReplay),
    split(bill.usdPerBrokerLoss, bill.labour.usdPerBrokerLoss),
    usd(bill.readyUsdPerMonth),
    bill.ran ? '' : 'the model alone: it was not run here',
  ])
  const { workload, prices } = cost
  const from = cost.bills.some(bill => bill.crossingsFrom === 'formula') ? 'by the formula' : 'as measured'
  const whose = workload.example ? ' (the shipped example, not yours: --workload)' : ''
  return [
    `What it would cost: workload ${workload.workload}${whose}, ${workload.region}, prices judged on ${prices.judgedOn}, ${prices.flagged.length} of ${prices.used} flagged; bytes across zones ${from}`,
    ...aligned([['', 'a month', 'as measured', 'a replay*', 'a broker loss*', 'kept ready**', ''], ...rows]),
    '  * the platform + labour, by the hours that the workload states; ** machines for replays, a month, in the bill',
  ]
}
