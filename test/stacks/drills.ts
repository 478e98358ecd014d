import type { Drill } from '../../chaos/core/drill.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'

/** Shipped drills, by their names. */
export const drills = (...names: readonly string[]): Promise<Drill[]> =>
  Promise.all(names.map(async name => (await loadDrill(name)).drill))
