import { type PlatformId, nameOfId } from '../platforms/platform-id.ts'
import { withVariants } from '../platforms/index.ts'
import { usedPrices, WHAT_COUNTS } from '../cost/cost-report.ts'
import type { RunMeters } from '../record/run-meters.ts'
import { type Bill, billFor } from '../cost/model/bill.ts'
import { billContext } from '../cost/model/bill-context.ts'
import type { Crossings } from '../cost/model/crossings.ts'
import { deviations, measuredCrossings } from '../cost/model/deviation.ts'
import { replayCapacityCost } from '../cost/model/event-lines.ts'
import { LEVERS } from '../cost/model/levers.ts'
import { sensitivities } from '../cost/model/sensitivity.ts'
import type { PriceTable } from '../cost/prices.ts'
import { type LoadedWorkload, SHIPPED_WORKLOAD, type Workload } from '../cost/workload.ts'
import { type Measured, known, notKnown } from '../record/measured.ts'
import { medianInterval } from '../score/statistics.ts'
import { breakEvensOf } from './break-evens.ts'
import type { ComparedBill, ComparedCost, ComparedCrossing } from './comparison.ts'
import { type Column, overRuns, unknown } from './recovery-and-replay.ts'
import { statedWords } from './stated-words.ts'

export interface CostBasis {
  readonly loaded: LoadedWorkload
  readonly prices: PriceTable
  /** The day that the age of prices is counted to. */
  readonly atWallMs: number
}

/** Those that were asked for, and the other setting of a product: its dearer one alone would be an unfair picture of it. */
function priceable(asked: readonly PlatformId[]): PlatformId[] {
  return withVariants(asked.map(nameOfId)).flatMap((name): PlatformId[] => {
    const versions = asked.filter(id => nameOfId(id) === name)
    return versions.length > 0 ? versions : [name]
  })
}

/**
 * The same workload on every platform. Where runs measured what crosses zones per byte, their median stands in for
 * the usual formula; what a stand-in moved is nobody's, and counts as not measured.
 */
export function comparedCost(
  asked: readonly PlatformId[],
  columns: readonly Column[],
  { loaded, prices, atWallMs }: CostBasis,
): ComparedCost {
  const { workload, file, sha256 } = loaded
  const example = file === SHIPPED_WORKLOAD
  const metered = columns.flatMap(column => {
    const meters = medianMeters(column)
    const crossings = meters && measuredCrossings(meters, workload)
    return meters && crossings ? [{ column, meters, crossings }] : []
  })
  const measured = Object.fromEntries(
    metered.map(({ column, crossings }) => [column.platform, crossings]),
  ) as Partial<Record<PlatformId, Crossings>>
  const ran = new Set(columns.map(({ platform }) => platform))
  const priced = priceable(asked)
  // Small batches, as in the lab, cost more on the wire than the formula says: whoever was not measured would win.
  const footing = priced.every(platform => measured[platform] !== undefined) ? measured : {}
  const billed = (platform: PlatformId, from: typeof measured) => {
    const ready = replayCapacityCost(billContext(nameOfId(platform), workload, prices, from[platform]))
    const bill = billFor(nameOfId(platform), workload, prices, from[platform])
    return comparedBill(platform, bill, ready, workload, ran.has(platform))
  }
  const bills = priced.map(platform => billFor(nameOfId(platform), workload, prices))
  const used = usedPrices(bills, prices, atWallMs)
  return {
    workload: { workload: workload.workload, region: workload.region, file, sha256, example },
    stated: statedWords(workload, example),
    prices: {
      file: used.file,
      sha256: used.sha256,
      judgedOn: used.judgedOn,
      flagged: used.used.flatMap(({ item, price, unit, tier, date, source, flags }) =>
        flags.length === 0
          ? []
          : [{ item, price, unit, ...(tier && { tier }), date, source, flags: [...flags] }],
      ),
      used: used.used.length,
    },
    bills: priced.map(platform => billed(platform, footing)),
    measuredBills: metered.map(({ column }) => billed(column.platform, measured)),
    crossings: metered.flatMap(({ column, meters }) => comparedCrossings(column, meters)),
    breakEvens: breakEvensOf(priced, { workload, prices, measured: footing }),
    sensitivities: priced
      .flatMap(platform => sensitivityOf(platform, workload, prices, footing[platform]))
      .toSorted((a, b) => leverPlace(a.lever) - leverPlace(b.lever)),
    extrapolated: [...WHAT_COUNTS.extrapolated],
    notExtrapolated: [...WHAT_COUNTS.notExtrapolated],
    notCounted: [...WHAT_COUNTS.notCounted],
  }
}

/** Two versions of a platform have one model, each with what its own runs measured. */
function sensitivityOf(
  platform: PlatformId,
  workload: Workload,
  prices: PriceTable,
  measured: Crossings | undefined,
): ComparedCost['sensitivities'] {
  const name = nameOfId(platform)
  const found = sensitivities([name], workload, prices, measured && { [name]: measured })
  return found.map(({ usd: _usd, ...one }) => ({ ...one, platform }))
}

const leverPlace = (name: string): number => LEVERS.findIndex(lever => lever.name === name)

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

function comparedBill(
  platform: PlatformId,
  { platform: _model, crossingsFrom, sizing, ...bill }: Bill,
  readyUsdPerMonth: number,
  { operator }: Workload,
  ran: boolean,
): ComparedBill {
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
    labour: {
      usdPerReplay: operator.hoursPerReplay * operator.usdPerHour,
      usdPerBrokerLoss: operator.hoursPerBrokerLoss * operator.usdPerHour,
    },
    readyUsdPerMonth,
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
