import type { PriceRow } from '../record/price-row.ts'

/** Prices change a few times a year: one that nobody has looked at for half a year is shown as old. */
export const STALE_AFTER_DAYS = 180

const DAY_MS = 86_400_000

export interface PriceFlag {
  readonly flag: 'stale' | 'low-confidence'
  readonly why: string
}

/** What a reader must know before trusting a price. `atWallMs`: the day that it is judged for. */
export function flagsOf(row: Pick<PriceRow, 'date' | 'confidence'>, atWallMs: number): PriceFlag[] {
  const flags: PriceFlag[] = []
  const ageDays = ageInDays(row, atWallMs)
  if (ageDays === null) flags.push({ flag: 'stale', why: 'its source has no date' })
  else if (ageDays > STALE_AFTER_DAYS)
    flags.push({ flag: 'stale', why: `last seen ${ageDays} days ago, on ${row.date}` })
  if (row.confidence === 'low')
    flags.push({ flag: 'low-confidence', why: 'no source was found for it; check it before relying on it' })
  return flags
}

/** Whole days since the source last said so; null when that is not known. */
export function ageInDays({ date }: Pick<PriceRow, 'date'>, atWallMs: number): number | null {
  return date === null ? null : Math.floor((atWallMs - Date.parse(date)) / DAY_MS)
}
