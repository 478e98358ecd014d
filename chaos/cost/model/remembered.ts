import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'

/**
 * Keeps what was worked out from one workload at one table of prices for as long as both are there: curves are
 * thousands of bills, and the runs of a comparison, or of a verification, ask for the same ones again. By identity:
 * neither is ever changed.
 */
export function rememberedModel<T>(): (
  prices: PriceTable,
  workload: Workload,
  key: string,
  make: () => T,
) => T {
  const known = new WeakMap<PriceTable, WeakMap<Workload, Map<string, T>>>()
  return (prices, workload, key, make) => {
    const ofTable = known.get(prices) ?? new WeakMap<Workload, Map<string, T>>()
    known.set(prices, ofTable)
    const ofWorkload = ofTable.get(workload) ?? new Map<string, T>()
    ofTable.set(workload, ofWorkload)
    const found = ofWorkload.get(key) ?? make()
    ofWorkload.set(key, found)
    return found
  }
}
