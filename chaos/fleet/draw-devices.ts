import type { Random } from '../core/random.ts'

/** A share of the devices, one at least. The same seed draws the same ones. */
export function drawDevices(total: number, share: number, random: Random): ReadonlySet<number> {
  const all = Array.from({ length: total }, (_, device) => device)
  return new Set(random.sample(all, Math.max(1, Math.round(share * total))))
}
