import type { CostDocument } from '../record/cost-file.ts'
import type { RunMeters } from '../record/run-meters.ts'
import { type Bill, billFor, pricesOf } from './model/bill.ts'
import { type BreakEven, breakEvens } from './model/break-even.ts'
import {
  type Deviation,
  deviationBetweenRegions,
  deviations,
  measuredCrossings,
  modelledPlatform,
} from './model/deviation.ts'
import { PLATFORM_NAMES } from '../platforms/index.ts'
import { rememberedModel } from './model/remembered.ts'
import { LEVERS } from './model/levers.ts'
import { type Sensitivity, sensitivities } from './model/sensitivity.ts'
import { flagsOf, type PriceFlag } from './price-age.ts'
import type { PriceRow } from '../record/price-row.ts'
import type { PriceOrigin, PriceTable } from './prices.ts'
import type { CostInputs } from './cost-inputs.ts'
import type { Workload } from './workload.ts'

export interface UsedPrice extends PriceRow {
  readonly flags: readonly PriceFlag[]
}

/** `cost.json` as it is made: the shape of the file, with what the model knows of its parts. */
export interface CostReport extends CostDocument {
  readonly meters: RunMeters | null
  readonly workload: Workload & { readonly file: string; readonly sha256: string }
  readonly prices: PriceOrigin & {
    readonly judgedOn: string
    readonly sources: Readonly<Record<string, string>>
    readonly used: readonly UsedPrice[]
  }
  readonly bills: readonly Bill[]
  readonly measuredBill: Bill | null
  readonly deviations: readonly Deviation[]
  readonly sensitivities: readonly Sensitivity[]
  readonly breakEvens: readonly BreakEven[]
}

export interface Costing extends CostInputs {
  readonly meters: RunMeters | null
  /** The day that the age of prices is counted to. */
  readonly atWallMs: number
}

/** @throws AftershockError `input` when a price that is needed is not in the table. */
export function costReport({ meters, loaded, prices, atWallMs }: Costing): CostReport {
  const { workload, file, sha256 } = loaded
  const model = modelOf(workload, prices)
  const measuredBill = billWithMeasured(meters, workload, prices)
  return {
    format: 1,
    run: meters?.run ?? null,
    meters,
    workload: { ...workload, file, sha256 },
    prices: {
      ...usedPrices([...model.bills, ...(measuredBill ? [measuredBill] : [])], prices, atWallMs),
      sources: prices.sources,
    },
    bills: model.bills,
    measuredBill,
    deviations: meters ? allDeviations(meters, workload) : [],
    sensitivities: model.sensitivities,
    breakEvens: model.breakEvens,
    ...WHAT_COUNTS,
  }
}

function allDeviations(meters: RunMeters, workload: Workload): Deviation[] {
  const between = deviationBetweenRegions(meters, workload)
  return [...deviations(meters), ...(between ? [between] : [])]
}

type Model = Pick<CostReport, 'bills' | 'sensitivities' | 'breakEvens'>
const remembered = rememberedModel<Model>()

/** What depends on no run. */
function modelOf(workload: Workload, prices: PriceTable): Model {
  return remembered(prices, workload, 'all platforms', () => ({
    bills: PLATFORM_NAMES.map(platform => billFor(platform, workload, prices)),
    sensitivities: sensitivities(PLATFORM_NAMES, workload, prices),
    breakEvens: LEVERS.flatMap(lever => breakEvens(lever, PLATFORM_NAMES, workload, prices)),
  }))
}

/** The prices that bills rest on, with what a reader must know of each on the day that they are judged for. */
export function usedPrices(
  bills: readonly Bill[],
  { origin }: PriceTable,
  atWallMs: number,
): Omit<CostReport['prices'], 'sources'> {
  return {
    ...origin,
    judgedOn: new Date(atWallMs).toISOString().slice(0, 10),
    used: pricesOf(bills).map(row => ({ ...row, flags: flagsOf(row, atWallMs) })),
  }
}

function billWithMeasured(meters: RunMeters | null, workload: Workload, prices: PriceTable): Bill | null {
  const platform = meters && modelledPlatform(meters)
  const crossings = meters && measuredCrossings(meters, workload)
  if (!meters || !platform || !crossings) return null
  const { produce, replicate, consume, replay } = meters.ratios
  if ([produce, replicate, consume, replay].every(ratio => ratio.value === null)) return null
  return billFor(platform, workload, prices, crossings)
}

const EXTRAPOLATED: readonly string[] = [
  'Crossings per ingested and per read byte: a property of where clients, leaders and replicas are, and of the batches that clients make. Small batches, as in the lab, make them larger than in production.',
]
const NOT_EXTRAPOLATED: readonly string[] = [
  'Latency and recovery times of the lab: they are its own.',
  'Capacity: how much one broker carries is stated in the workload, not taken from CPU or memory in the lab.',
  'Object-store requests of a run: they depend on the ingest rate more than on bytes, so the model works them out for the stated rate and the run’s own count stands beside its rate.',
  'Bytes that recovery moved: they depend on how long the fault was held and what was stored by then.',
]

const NOT_COUNTED: readonly string[] = [
  'Headers of TCP and IP, which AWS bills: meters count what connections carry. Of a full packet of 1,500 bytes they are 52, so bytes are 3.6% more than measured; of small packets they are a larger part.',
  'Licences and support of any vendor (AutoMQ’s commercial editions and managed services among them).',
  'Discounts, reserved machines, spot machines and free tiers.',
  'Clients, connectors’ own machines and sinks; monitoring and logs; bytes of the control plane.',
]

/** What a bill takes from the lab, what it does not, and what it leaves out. */
export const WHAT_COUNTS = {
  extrapolated: EXTRAPOLATED,
  notExtrapolated: NOT_EXTRAPOLATED,
  notCounted: NOT_COUNTED,
} as const
