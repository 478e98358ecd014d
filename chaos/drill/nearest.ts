/**
 * The candidate that was most likely meant, or undefined when none is near or two are equally near. Near means:
 * up to a third of the letters mistyped, or one word is the beginning of the other. Case does not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const near = [...candidates]
    .map(candidate => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= mostEdits(word, candidate) || begins(word, candidate))
    .toSorted((a, b) => a.distance - b.distance)
  return near[0]?.distance === near[1]?.distance ? undefined : near[0]?.candidate
}

const mostEdits = (word: string, candidate: string): number =>
  Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))

function begins(word: string, candidate: string): boolean {
  const [shorter, longer] = word.length < candidate.length ? [word, candidate] : [candidate, word]
  return shorter.length >= 3 && longer.toLowerCase().startsWith(shorter.toLowerCase())
}

/**
 * Letters inserted, removed, replaced or swapped with their neighbour (optimal string alignment: no letter is
 * edited twice).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const edits = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1)]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits.push(at(beforeLast, j - 2) + 1)
      row.push(Math.min(...edits))
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] as number
