import { count } from '../core/numbers.ts'
import { formatBytes } from '../core/units.ts'
import type { Measured } from '../record/measured.ts'
import type { CostReport } from './cost-report.ts'
import { decimal, tierWords, unitWords } from './price-words.ts'
import { PLATFORM_CAUSES } from './meters/causes.ts'
import type { RunMeters } from '../record/run-meters.ts'
import { LINES } from '../record/cost-file.ts'
import type { BreakEven } from './model/break-even.ts'
import { DEFAULT_RANGE } from './model/curve-search.ts'
import type { Deviation } from './model/deviation.ts'

/** The bill for people: what was measured first, then what it would cost, then how sure that is. */
export function printCost(report: CostReport): string {
  const { workload, prices } = report
  const sections = [
    ...(report.meters ? [printMeters(report.meters), printDeviations(report.deviations)] : []),
    [
      `What it costs a month: ${workload.workload} (${workload.ingestMbPerSecond} MB/s, ${workload.fanOut} consumer groups, ${workload.zones} zones, ${workload.region}; ${workload.file})`,
      ...printBills(report),
    ],
    printSensitivities(report),
    printBreakEvens(report.breakEvens),
    [
      `Prices: ${prices.file}, judged on ${prices.judgedOn}`,
      ...printFlags(report),
      ...report.extrapolated.map(text => `  extrapolated: ${text}`),
      ...report.notExtrapolated.map(text => `  not extrapolated: ${text}`),
      ...report.notCounted.map(text => `  not in the bill: ${text}`),
    ],
  ]
  return `${sections.map(lines => lines.join('\n')).join('\n\n')}\n`
}

function printMeters(meters: RunMeters): string[] {
  const { crossed, ingest, run, drill, stored, objectStore, operatorSteps } = meters
  const amount = (measured: Measured): string =>
    measured.value === null ? `not known (${measured.why})` : formatBytes(measured.value)
  return [
    `Measured in ${run}: ${drill} on ${softwareWords(meters)}`,
    ...(meters.software?.notes ?? []).map(note => `  ${note}`),
    `  ingested            ${amount(ingest.bytes)} in ${ingest.records.value?.toFixed(0) ?? '?'} records`,
    `  crossed zones       ${amount(crossed.total)}, with this program's own last read:`,
    ...PLATFORM_CAUSES.flatMap(cause => {
      const measured = crossed.byCause[cause]
      return !measured || (measured.value === null && cause === 'object-store')
        ? []
        : [`    ${cause.padEnd(18)}${amount(measured)}`]
    }),
    `    ${'audit'.padEnd(18)}${amount(crossed.byCause.audit)} (this program's own last read)`,
    ...storeLines(objectStore),
    ...connectorLines(meters),
    ...interRegionLines(meters),
    `  kept                ${amount(stored.onBrokersBytes)} on brokers, ${amount(stored.inObjectStoreBytes)} in an object store, one copy ${amount(stored.oneCopyBytes)}`,
    `  operator steps      ${operatorSteps.value ?? '?'}`,
    ...meters.brokers.map(
      ({ node, zone, cpuSeconds, peakMemoryBytes, memoryIs }) =>
        `  broker ${node} in ${zone}     ${cpuSeconds.value ?? '?'} s of CPU, at most ${amount(peakMemoryBytes)} (${memoryIs})`,
    ),
  ]
}

function softwareWords({ platform, software }: RunMeters): string {
  if (software === null) return platform
  return software.kind === 'product' ? software.name : `${software.name} (${software.kind})`
}

function storeLines({
  requests,
  failed,
  ingestBytesPerSecond,
  overLinks,
}: RunMeters['objectStore']): string[] {
  const named = Object.entries(requests).map(([operation, { value }]) => `${operation} ${value}`)
  const ways = overLinks.map(
    ({ zone, toStore, fromStore }) =>
      `    ${zone.padEnd(18)}${formatBytes(toStore.value ?? 0)} to it, ${formatBytes(fromStore.value ?? 0)} from it`,
  )
  if (named.length + ways.length === 0) return []
  const rate = ingestBytesPerSecond.value
  return [
    `  object store        ${named.join(', ') || 'not asked'}; ${failed.value ?? '?'} failed; at ${rate === null ? 'an unknown rate' : `${formatBytes(rate)}/s`} of ingest`,
    ...ways,
  ]
}

function connectorLines({ connector, connectorBytes }: RunMeters): string[] {
  if (!connector) return []
  const { zone, topics, sinkLines, storedRecords } = connector
  const moved =
    connectorBytes.value === null ? `not known (${connectorBytes.why})` : formatBytes(connectorBytes.value)
  return [
    `  connector           ${moved} over the links of its worker in ${zone}; its sink of ${topics.join(', ')} has ${sinkLines.value ?? '?'} lines for ${storedRecords.value ?? '?'} records`,
  ]
}

function interRegionLines({ interRegionBytes }: RunMeters): string[] {
  if (!interRegionBytes) return []
  const { value, why } = interRegionBytes
  return [`  between regions     ${value === null ? `not known (${why})` : formatBytes(value)}, both ways`]
}

function printDeviations(rows: readonly Deviation[]): string[] {
  const shown = (value: number | null): string => (value === null ? '?' : value.toFixed(2))
  return [
    'Crossings for each byte: measured, the usual formula, the least possible',
    ...rows.map(
      ({ ratio, per, measured, formula, least, verdict, why }) =>
        `  ${ratio.padEnd(10)} ${shown(measured.value)}  ${shown(formula)}  ${shown(least)}  per ${per.padEnd(13)}  ${verdict}: ${why}`,
    ),
  ]
}

/** Each column as wide as its widest cell, and a gap. */
const widthsOf = (titles: readonly string[], least: number): number[] =>
  titles.map(title => Math.max(title.length, least) + 2)

function printBills({ bills, measuredBill }: CostReport): string[] {
  const columns = [...bills, ...(measuredBill ? [measuredBill] : [])]
  const titles = columns.map(bill => (bill === measuredBill ? 'as measured' : bill.platform))
  const widths = widthsOf(titles, '999,999'.length)
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(18)}${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('')}`
  return [
    row('USD a month', titles),
    ...LINES.map(name =>
      row(
        name,
        columns.map(bill => count(bill.lines.find(line => line.line === name)?.usdPerMonth ?? 0)),
      ),
    ),
    row(
      'total',
      columns.map(bill => count(bill.totalUsdPerMonth)),
    ),
    row(
      'brokers',
      columns.map(bill => String(bill.sizing.brokers)),
    ),
    row(
      'one more replay',
      columns.map(bill => count(bill.usdPerReplay)),
    ),
    row(
      'one lost broker',
      columns.map(bill => count(bill.usdPerBrokerLoss)),
    ),
    ...(measuredBill
      ? [
          `  as measured: ${measuredBill.platform} with this run's crossings per byte in place of the formula's`,
        ]
      : []),
  ]
}

function printSensitivities({ sensitivities, bills }: CostReport): string[] {
  const levers = [...new Set(sensitivities.map(one => one.lever))]
  const percent = (value: number): string =>
    `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)}%`
  const widths = widthsOf(
    bills.map(bill => bill.platform),
    '+99.9%'.length,
  )
  return [
    'When one thing is 20% more, the bill moves by',
    `  ${''.padEnd(28)}${bills.map(({ platform }, column) => platform.padStart(widths[column] ?? 0)).join('')}`,
    ...levers.map(lever => {
      const cells = bills.map(({ platform }, column) => {
        const found = sensitivities.find(one => one.lever === lever && one.platform === platform)
        return percent(found?.percentAtMore ?? 0).padStart(widths[column] ?? 0)
      })
      return `  ${lever.padEnd(28)}${cells.join('')}`
    }),
  ]
}

function printBreakEvens(breakEvens: readonly BreakEven[]): string[] {
  const { fromFactor, toFactor } = DEFAULT_RANGE
  return [
    `Where bills cross, as one thing goes from ${fromFactor} to ${toFactor} times what is stated`,
    ...breakEvens
      .filter(one => one.lever === 'ingest' || one.lever === 'retention' || one.lever === 'fan-out')
      .map(
        one => `  ${one.lever.padEnd(10)} ${one.platforms.join(' or ').padEnd(32)} ${breakEvenWords(one)}`,
      ),
    '  cost.json has those of replays and prices too',
  ]
}

export function breakEvenWords({ crossings, cheaperAtLow, cheaperAtHigh, unit, lever }: BreakEven): string {
  if (crossings.length === 0) {
    const cheaper = cheaperAtLow ?? cheaperAtHigh
    return cheaper === null ? 'the same everywhere' : `no crossing in range: ${cheaper} costs less throughout`
  }
  return crossings
    .map(({ factor, value, cheaperBelow, cheaperAbove }) => {
      const at = value === null ? `${factor.toFixed(2)} × ${lever}` : `${value.toFixed(1)} ${unit}`
      return `${cheaperBelow} below ${at}, ${cheaperAbove} above`
    })
    .join('; ')
}

function printFlags({ prices }: CostReport): string[] {
  const flagged = prices.used.filter(price => price.flags.length > 0)
  if (flagged.length === 0) return ['  every price that was used is recent and sourced']
  return [
    `  ${flagged.length} of ${prices.used.length} prices that were used are flagged; \`aftershock prices refresh\` brings today's`,
    ...flagged.map(
      price =>
        `    ${price.item} ${decimal(price.price)} USD per ${unitWords(price.unit)}${tierWords(price)}: ${price.flags.map(flag => flag.why).join('; ')} (${price.source})`,
    ),
  ]
}
