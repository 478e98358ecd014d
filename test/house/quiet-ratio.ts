/** With more of the machine's CPU than this in other hands, a ratio is that of the neighbours too. */
export const MOST_BY_OTHERS = 0.1

/** The middle one of the ratios of pairs during which the machine had nothing else to do. */
export function ratioOf(pairs: readonly { readonly ratio: number; readonly byOthers: number }[]): string {
  const quiet = pairs.filter(({ byOthers }) => byOthers <= MOST_BY_OTHERS)
  if (quiet.length === 0) {
    const least = Math.min(...pairs.map(({ byOthers }) => byOthers))
    return `no ratio: the machine was busy with something else (${Math.round(least * 100)}% of its CPU at least)`
  }
  const sorted = quiet.map(({ ratio }) => ratio).toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] as number
  const range = `${(sorted[0] as number).toFixed(2)} to ${(sorted.at(-1) as number).toFixed(2)}`
  return `${middle.toFixed(2)} (${range} in ${quiet.length} of ${pairs.length} pairs; the others met other work)`
}
