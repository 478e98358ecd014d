import type { Platform } from '../core/platform.ts'
import { formatDuration } from '../core/units.ts'
import { costReport } from '../cost/cost-report.ts'
import type { RunMeters } from '../cost/meters.ts'
import { type Bill, billFor } from '../cost/model/bill.ts'
import { breakEven, DEFAULT_FACTORS } from '../cost/model/break-even.ts'
import type { Crossings } from '../cost/model/crossings.ts'
import { deviations, measuredCrossings } from '../cost/model/deviation.ts'
import { LEVERS, type Lever, totalAt } from '../cost/model/sensitivity.ts'
import type { PriceTable } from '../cost/prices.ts'
import type { LoadedWorkload, Workload } from '../cost/workload.ts'
import { type Measured, known, notKnown } from '../score/measurements.ts'
import { medianInterval } from '../score/statistics.ts'
import type { ComparedBill, ComparedBreakEven, ComparedCost, ComparedCrossing } from './comparison.ts'
import { type Column, overRuns, unknown } from './recovery-and-replay.ts'

export interface CostBasis {
  readonly loaded: LoadedWorkload
  readonly prices: PriceTable
  /** The day that the age of prices is counted to. */
  readonly atWallMs: number
}

/** Where the platforms' lines are drawn: what a team can still change, or will see change. */
const DRAWN: readonly string[] = ['ingest', 'retention', 'fan-out', 'replays']
const POINTS = 24

/**
 * The same workload on every platform. Where runs measured what crosses zones per byte, their median stands in for
 * the usual formula; what a stand-in moved is nobody's, and counts as not measured.
 */
export function comparedCost(
  asked: readonly Platform[],
  columns: readonly Column[],
  { loaded, prices, atWallMs }: CostBasis,
): ComparedCost {
  const { workload, file, sha256 } = loaded
  const metered = columns.flatMap(column => {
    const meters = medianMeters(column)
    const crossings = meters && measuredCrossings(meters, workload)
    return meters && crossings ? [{ column, meters, crossings }] : []
  })
  const measured = Object.fromEntries(
    metered.map(({ column, crossings }) => [column.platform, crossings]),
  ) as Partial<Record<Platform, Crossings>>
  const ran = new Set(columns.map(({ platform }) => platform))
  // Small batches, as in the lab, cost more on the wire than the formula says: whoever was not measured would win.
  const footing = asked.every(platform => measured[platform] !== undefined) ? measured : {}
  const billed = (platform: Platform, from: typeof measured) =>
    comparedBill(billFor(platform, workload, prices, from[platform]), ran.has(platform))
  const bills = asked.map(platform => billFor(platform, workload, prices))
  const model = costReport({ meters: null, loaded, prices, atWallMs })
  const needed = new Set(
    bills.flatMap(bill => bill.lines.flatMap(line => line.prices.map(({ item }) => item))),
  )
  const used = model.prices.used.filter(({ item }) => needed.has(item))
  return {
    workload: { workload: workload.workload, region: workload.region, file, sha256 },
    stated: statedWords(workload),
    prices: {
      file: model.prices.file,
      sha256: model.prices.sha256,
      judgedOn: model.prices.judgedOn,
      flagged: used.flatMap(({ item, price, unit, date, source, flags }) =>
        flags.length === 0 ? [] : [{ item, price, unit, date, source, flags: [...flags] }],
      ),
      used: used.length,
    },
    bills: asked.map(platform => billed(platform, footing)),
    measuredBills: metered.map(({ column }) => billed(column.platform, measured)),
    crossings: metered.flatMap(({ column, meters }) => comparedCrossings(column, meters)),
    breakEvens: LEVERS.filter(({ name }) => DRAWN.includes(name)).map(lever =>
      comparedBreakEven(lever, asked, { workload, prices, measured: footing }),
    ),
    extrapolated: [...model.extrapolated],
    notExtrapolated: [...model.notExtrapolated],
    notCounted: [...model.notCounted],
  }
}

/** The meters of a platform's runs as one: each ratio is their median. null when nothing of the product was metered. */
function medianMeters({ runs }: Column): RunMeters | null {
  const all = runs.flatMap(run => (run.judged && run.software.kind !== 'stand-in' ? [run.judged.meters] : []))
  const [first] = all
  if (!first) return null
  const of = (pick: (ratios: RunMeters['ratios']) => Measured) =>
    medianOf(all.map(meters => pick(meters.ratios)))
  const byClient = (name: 'wire' | 'share') => ({
    produce: of(ratios => ratios[name].produce),
    consume: of(ratios => ratios[name].consume),
    replay: of(ratios => ratios[name].replay),
  })
  const ratios = {
    ...first.ratios,
    produce: of(({ produce }) => produce),
    replicate: of(({ replicate }) => replicate),
    consume: of(({ consume }) => consume),
    replay: of(({ replay }) => replay),
    control: of(({ control }) => control),
    wire: byClient('wire'),
    share: byClient('share'),
    recordsPerRequest: of(({ recordsPerRequest }) => recordsPerRequest),
  }
  const { produce, replicate, consume, replay } = ratios
  return [produce, replicate, consume, replay].every(({ value }) => value === null)
    ? null
    : { ...first, ratios }
}

function medianOf(values: readonly Measured[]): Measured {
  const median = medianInterval(values.flatMap(({ value }) => (value === null ? [] : [value])))?.median
  return median === undefined
    ? notKnown(values[0]?.why ?? 'it was not measured')
    : known(median, ...values.flatMap(({ from }) => from))
}

function comparedBill({ platform, crossingsFrom, sizing, ...bill }: Bill, ran: boolean): ComparedBill {
  return {
    platform,
    crossingsFrom,
    ran,
    totalUsdPerMonth: bill.totalUsdPerMonth,
    lines: bill.lines.map(({ line, usdPerMonth, formula, inputs }) => ({
      line,
      usdPerMonth,
      formula,
      inputs: [...inputs],
    })),
    usdPerReplay: bill.usdPerReplay,
    usdPerBrokerLoss: bill.usdPerBrokerLoss,
    brokers: sizing.brokers,
  }
}

function comparedCrossings({ platform, runs }: Column, meters: RunMeters): ComparedCrossing[] {
  return deviations(meters).map(({ ratio, per, formula, least, percent, verdict, why }) => ({
    platform,
    ratio,
    per,
    measured: overRuns(
      runs,
      run => run.judged?.meters.ratios[ratio] ?? unknown(run.why ?? 'the run was not judged'),
    ),
    formula,
    least,
    percent,
    verdict,
    why,
  }))
}

interface Priced {
  readonly workload: Workload
  readonly prices: PriceTable
  readonly measured: Partial<Readonly<Record<Platform, Crossings>>>
}

function comparedBreakEven(lever: Lever, platforms: readonly Platform[], priced: Priced): ComparedBreakEven {
  const { workload, prices, measured } = priced
  const { fromFactor, toFactor } = DEFAULT_FACTORS
  const now = lever.now(workload)
  const total = (platform: Platform, factor: number): number =>
    totalAt(platform, lever, factor, workload, prices, measured[platform])
  const factors = Array.from(
    { length: POINTS + 1 },
    (_, index) => fromFactor * (toFactor / fromFactor) ** (index / POINTS),
  )
  const pairs = platforms.flatMap((a, index) => platforms.slice(index + 1).map(b => [a, b] as const))
  return {
    lever: lever.name,
    unit: lever.unit,
    curves: platforms.map(platform => ({
      platform,
      points: factors.map(factor => ({
        factor,
        value: now === null ? null : now * factor,
        usdPerMonth: total(platform, factor),
      })),
    })),
    crossings: pairs.flatMap(([a, b]) =>
      breakEven(lever, [a, b], workload, prices, { measured }).crossings.map(
        ({ factor, value, cheaperBelow, cheaperAbove }) => ({
          platforms: [a, b] satisfies [Platform, Platform],
          factor,
          value,
          usdPerMonth: total(a, factor),
          cheaperBelow,
          cheaperAbove,
        }),
      ),
    ),
  }
}

/** The workload for people: what the bills rest on. */
function statedWords(workload: Workload): ComparedCost['stated'] {
  const { classes, replays, operator, sizing, connector } = workload
  const kept = Object.entries(classes).map(
    ([name, one]) => `${name} ${(one.share * 100).toFixed(0)}% for ${days(one.retention)}`,
  )
  return [
    { what: 'ingest', value: `${workload.ingestMbPerSecond} MB/s as stored` },
    { what: 'fan-out', value: `${workload.fanOut} consumer groups` },
    { what: 'zones and replicas', value: `${workload.zones} zones, ${workload.replicas} replicas` },
    {
      what: 'consumers read in their own zone',
      value: workload.rackAwareClients ? 'where the platform lets them' : 'no',
    },
    { what: 'kept', value: kept.join(', ') },
    { what: 'kept on brokers, where there is a tier', value: days(workload.localRetention) },
    {
      what: 'replays',
      value: `${replays.perMonth} a month, ${days(replays.depth)} deep, within ${days(replays.within)}`,
    },
    { what: 'broker losses', value: `${workload.brokerLossesPerYear} a year` },
    { what: 'connectors', value: `${connector.mbPerSecond} MB/s to ${connector.to}` },
    {
      what: 'brokers',
      value: `${sizing.instance}, ${sizing.mbPerSecondPerBroker} MB/s each, ${sizing.headroom * 100}% free`,
    },
    { what: 'operators', value: `${operator.hoursPerMonth} h a month at ${operator.usdPerHour} USD` },
  ]
}

const HOUR_MS = 3_600_000
function days(ms: number): string {
  if (ms >= 48 * HOUR_MS) return `${Number((ms / (24 * HOUR_MS)).toFixed(1))} days`
  return ms >= HOUR_MS ? `${Number((ms / HOUR_MS).toFixed(1))} h` : formatDuration(ms)
}
