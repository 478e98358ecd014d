import { existsSync } from 'node:fs'
import { z } from 'zod'
import { AftershockError, firstIssue, messageOf } from '../core/errors.ts'
import { readText } from '../record/bounded-files.ts'
import { priceFile } from './price-file.ts'
import { priceRow } from '../record/price-row.ts'
import { PriceTable, SHIPPED_PRICES } from './prices.ts'
import { type LoadedWorkload, SHIPPED_WORKLOAD, type Workload, workloadSchema } from './workload.ts'

/** What a bill is worked out from, besides what a run metered. */
export interface CostInputs {
  readonly loaded: LoadedWorkload
  readonly prices: PriceTable
}

const origin = { file: z.string(), sha256: z.string() }
const holder = z.looseObject({
  workload: z.looseObject(origin),
  prices: z.looseObject({
    ...origin,
    sources: z.record(z.string(), z.string()),
    used: z.array(z.unknown()),
  }),
})

/** What is wrong with a price depends on the day; it is said again. */
const usedRow = z.object(priceRow.shape)

/**
 * The workload and the prices that a `cost.json` holds, whole: it can be worked out again from them, byte by byte,
 * whatever has become of the files that they were read from. null when there is no such file.
 * @throws AftershockError `input` when it does not hold them.
 */
export function inputsWithin(path: string): CostInputs | null {
  if (!existsSync(path)) return null
  try {
    const { workload, prices } = holder.parse(JSON.parse(readText(path)))
    const text = JSON.stringify([workload, prices])
    if (last?.text !== text) last = { text, inputs: inputsOf(workload, prices) }
    return last.inputs
  } catch (error) {
    throw new AftershockError(
      'input',
      `${path} does not hold its workload and prices: ${error instanceof z.ZodError ? firstIssue(error) : messageOf(error)}`,
      {
        cause: error,
        hint: 'Price the run anew: remove the file, or name --workload or --prices and --out.',
      },
    )
  }
}

/** Runs that are judged one after another were mostly priced alike: the same text gives the same objects. */
let last: { readonly text: string; readonly inputs: CostInputs } | undefined

function inputsOf(
  { file, sha256, ...stated }: z.output<typeof holder>['workload'],
  prices: z.output<typeof holder>['prices'],
): CostInputs {
  const rows = prices.used.map(row => usedRow.parse(row))
  const table = priceFile.parse({ format: 1, currency: 'USD', sources: prices.sources, prices: rows })
  return {
    loaded: { workload: restated(stated), file, sha256 },
    prices: new PriceTable(table, { file: prices.file, sha256: prices.sha256 }),
  }
}

/** Times within are milliseconds already; a workload's author writes durations. */
function restated(stated: Record<string, unknown>): Workload {
  const durations = (value: unknown, key = ''): unknown => {
    if (typeof value === 'number') return DURATIONS.has(key) ? `${value}ms` : value
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, durations(inner, name)]))
  }
  return workloadSchema.parse(durations(stated))
}

const DURATIONS: ReadonlySet<string> = new Set(['retention', 'localRetention', 'depth', 'within'])

/** How inputs differ from what this version ships, for people; empty when they do not. */
export function differencesFromShipped(inputs: CostInputs, shipped: CostInputs): string[] {
  const { loaded, prices } = inputs
  return [
    ...(loaded.sha256 === shipped.loaded.sha256
      ? []
      : [`the workload is ${loaded.file}, not this version’s ${SHIPPED_WORKLOAD}`]),
    ...(prices.origin.sha256 === shipped.prices.origin.sha256
      ? []
      : [`the prices are those of ${prices.origin.file}, not this version’s ${SHIPPED_PRICES}`]),
  ]
}
