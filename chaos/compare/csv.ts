import type { PlatformId } from '../platforms/platform-id.ts'
import type { Comparison, Spread } from './comparison.ts'

const HEAD = ['platform', 'run', 'dimension', 'measure', 'subject', 'unit', 'value', 'why'] as const
type Cell = string | number | null

/**
 * `comparison.csv`: one number a line, by run. What belongs to a platform and to no run of it (its bill, that it was
 * not run) has no run; an empty value has its reason beside it.
 */
export function comparisonCsv(comparison: Comparison): string {
  const rows = [
    ...comparison.measures.flatMap(({ dimension, measure, subject, outsideOf, unit, perPlatform }) => {
      const about = outsideOf === null ? subject : `${subject ?? 'run'} outside ${outsideOf}`
      return each(perPlatform, spread => byRun([dimension, measure, about, unit], spread))
    }),
    ...comparison.replayImpact.flatMap(({ subject, perPlatform }) =>
      each(perPlatform, ({ phases }) =>
        phases.flatMap(phase => [
          ...byRun(['replay-phase', `producer-p50-${phase.phase}`, subject, 'ms'], phase.producerP50Ms),
          ...byRun(['replay-phase', `producer-p99-${phase.phase}`, subject, 'ms'], phase.producerP99Ms),
          ...byRun(['replay-phase', `tail-lag-${phase.phase}`, subject, 's'], phase.tailLagMaxSeconds),
          ...byRun(['replay-phase', `acked-rate-${phase.phase}`, subject, 'records/s'], phase.ackedPerSecond),
        ]),
      ),
    ),
    ...each(comparison.zoneMatrix, ({ cells, causes, toStore }) => [
      ...causes.flatMap(({ cause, crossed, perIngestedByte }) => [
        ...byRun(['zone-causes', 'crossed', cause, 'bytes'], crossed),
        ...byRun(['zone-causes', 'crossed-per-ingested-byte', cause, 'ratio'], perIngestedByte),
      ]),
      ...cells.flatMap(({ from, to, bytes }) =>
        byRun(['zone-matrix', 'bytes', `${from}>${to}`, 'bytes'], bytes),
      ),
      ...toStore.flatMap(({ zone, toStoreBytes, fromStoreBytes }) => [
        ...byRun(['zone-matrix', 'bytes', `${zone}>object store`, 'bytes'], toStoreBytes),
        ...byRun(['zone-matrix', 'bytes', `object store>${zone}`, 'bytes'], fromStoreBytes),
      ]),
    ]),
    ...each(comparison.objectStore, ({ requests, ingestBytesPerSecond }) => [
      ...requests.flatMap(one => byRun(['object-store', 'requests', one.operation, 'count'], one.requests)),
      ...byRun(['object-store', 'ingest-rate', null, 'bytes/s'], ingestBytesPerSecond),
    ]),
    ...comparison.cost.crossings.flatMap(({ platform, ratio, per, measured }) =>
      byRun(['cost', `crossings-${ratio}`, null, `per ${per}`], measured).map(row => [platform, ...row]),
    ),
    ...[...comparison.cost.bills, ...measuredBills(comparison)].flatMap(
      ({ platform, lines, usdPerReplay, usdPerBrokerLoss, labour, readyUsdPerMonth, crossingsFrom }) => {
        const from = `model; crossings ${crossingsFrom}`
        const priced = (measure: string, subject: string | null, usd: number): Cell[] => {
          const unit = measure === 'bill' || measure === 'kept-ready' ? 'USD/month' : 'USD'
          return [platform, null, 'cost', measure, subject, unit, usd, from]
        }
        return [
          ...lines.map(({ line, usdPerMonth }) => priced('bill', line, usdPerMonth)),
          priced('one-replay', null, usdPerReplay),
          priced('one-replay', 'labour', labour.usdPerReplay),
          priced('one-broker-loss', null, usdPerBrokerLoss),
          priced('one-broker-loss', 'labour', labour.usdPerBrokerLoss),
          priced('kept-ready', 'replays', readyUsdPerMonth),
        ]
      },
    ),
    ...comparison.cost.sensitivities.flatMap(({ platform, lever, usdAtLess, usdAtMore }): Cell[][] => [
      [platform, null, 'cost', 'bill-at-20%-less', lever, 'USD/month', usdAtLess, 'model'],
      [platform, null, 'cost', 'bill-at-20%-more', lever, 'USD/month', usdAtMore, 'model'],
    ]),
    ...comparison.notRun.map(({ platform, reason }): Cell[] => {
      return [platform, null, 'comparison', 'not-run', null, null, null, reason]
    }),
  ]
  return [HEAD, ...rows].map(row => `${row.map(quoted).join(',')}\r\n`).join('')
}

/** Where the bills are measured ones anyway, once is enough. */
function measuredBills({ cost }: Comparison): Comparison['cost']['bills'] {
  return cost.bills.some(bill => bill.crossingsFrom === 'measured') ? [] : cost.measuredBills
}

function each<T>(
  perPlatform: Partial<Record<PlatformId, T>>,
  rows: (own: T) => readonly (readonly Cell[])[],
): Cell[][] {
  return Object.entries(perPlatform).flatMap(([platform, own]) =>
    own === undefined ? [] : rows(own).map(row => [platform, ...row]),
  )
}

function byRun(
  [dimension, measure, subject, unit]: readonly [string, string, string | null, string],
  { values }: Spread,
): Cell[][] {
  return values.map(({ run, value, why }) => [run, dimension, measure, subject, unit, value, why])
}

/** A decimal point, every digit that there is, no exponent and no minus before a zero: what every program reads. */
function plainNumber(value: number): string {
  const text = String(value)
  return text.includes('e')
    ? value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
    : text
}

/** RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe. */
function quoted(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return plainNumber(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
