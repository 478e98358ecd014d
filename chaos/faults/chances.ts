/** One in ten thousand, at either end. */
export const TAIL = 1e-4

/** Whether `hits` of `tries` is what independent draws with this chance give more often than the tails do. */
export function isPlausible(tries: number, hits: number, chance: number): boolean {
  return cumulative(tries, hits, chance) > TAIL && atLeastSo(tries, hits, chance)
}

/** Whether so many or more come about more often than the tail. */
export function atLeastSo(tries: number, hits: number, chance: number): boolean {
  return 1 - cumulative(tries, hits - 1, chance) > TAIL
}

/** The chance that hits of so many tries show. None of twenty does not show that there is none. */
export function chanceFrom(hits: number, tries: number): number {
  return hits >= tries && tries > 0 ? 1 : (hits + 0.5) / (tries + 1)
}

/** The chance of `hits` or fewer. */
function cumulative(tries: number, hits: number, chance: number): number {
  if (hits < 0) return 0
  if (chance >= 1) return hits >= tries ? 1 : 0
  let term = (1 - chance) ** tries
  let sum = 0
  for (let i = 0; i <= hits; i++) {
    sum += term
    term *= ((tries - i) / (i + 1)) * (chance / (1 - chance))
  }
  return Math.min(1, sum)
}
