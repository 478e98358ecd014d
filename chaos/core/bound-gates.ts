/** Which bound of a drill is which gate, and how much of the gate's unit one of the bound's is. */
export type BoundGates = Readonly<Record<string, readonly [gate: string, perUnit: number]>>

/** What a drill promises by its bounds, as gates; a bound that it does not state is none. */
export function gatesFor(
  table: BoundGates,
  bounds: Readonly<Record<string, number | undefined>>,
): { readonly gate: string; readonly atMost: number }[] {
  return Object.entries(table).flatMap(([name, [gate, perUnit]]) => {
    const limit = bounds[name]
    return limit === undefined ? [] : [{ gate, atMost: limit * perUnit }]
  })
}
