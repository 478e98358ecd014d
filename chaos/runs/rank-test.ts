/** What an exact rank-sum test (Wilcoxon, Mann and Whitney) says of two groups of values. */
export interface RankTest {
  /** Two-sided: how often chance alone would set the groups so far apart. */
  readonly p: number
  /** The smallest that so many values can give, however far apart they are. */
  readonly smallest: number
}

/**
 * Pure. Values that are equal share their rank. Every way to deal the ranks out to the two groups is counted, so there
 * is no approximation, also of three and four runs.
 * @returns null where a group is empty.
 */
export function rankTest(first: readonly number[], second: readonly number[]): RankTest | null {
  if (first.length === 0 || second.length === 0) return null
  const all = [...first, ...second]
  const ranks = all.map(value => doubledRank(value, all))
  const ways = waysOf(ranks, first.length)
  const total = ways.reduce((sum, count) => sum + count, 0)
  // Of doubled ranks, what chance would give the first group.
  const middle = first.length * (all.length + 1)
  const distance = (sum: number) => Math.abs(sum - middle)
  const seen = distance(ranks.slice(0, first.length).reduce((sum, rank) => sum + rank, 0))
  const beyond = (least: number) =>
    ways.reduce((sum, count, ranked) => (distance(ranked) >= least ? sum + count : sum), 0) / total
  const farthest = ways.reduce((most, count, sum) => (count > 0 ? Math.max(most, distance(sum)) : most), 0)
  return { p: beyond(seen), smallest: beyond(farthest) }
}

/** Twice the mean of the ranks that equal values share. */
function doubledRank(value: number, all: readonly number[]): number {
  const less = all.filter(other => other < value).length
  const same = all.filter(other => other === value).length
  return 2 * less + same + 1
}

/** By sum: how many choices of `size` of these ranks have it. */
function waysOf(ranks: readonly number[], size: number): number[] {
  const most = ranks.reduce((sum, rank) => sum + rank, 0)
  const ways = Array.from({ length: size + 1 }, () => Array.from({ length: most + 1 }, () => 0))
  const none = ways[0] as number[]
  none[0] = 1
  for (const rank of ranks)
    for (let chosen = size; chosen > 0; chosen -= 1) {
      const [fewer, into] = [ways[chosen - 1] as number[], ways[chosen] as number[]]
      for (let sum = most; sum >= rank; sum -= 1) into[sum] = (into[sum] ?? 0) + (fewer[sum - rank] ?? 0)
    }
  return ways[size] as number[]
}
