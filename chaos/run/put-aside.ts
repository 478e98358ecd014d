import type { QuarantinedRecord } from '../drivers/environment.ts'
import { partitionKey } from '../replay/position.ts'

const MOST_REASONS = 10

/** How many for each; beyond the first ten, reasons that differ in every record tell nothing more. */
export function reasonsOf(letters: readonly QuarantinedRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { reason } of letters)
    if (reason in counts || Object.keys(counts).length < MOST_REASONS)
      counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** A task that starts again may put the same aside again. */
export function eachOnce(letters: readonly QuarantinedRecord[]): readonly QuarantinedRecord[] {
  const byPlace = new Map(letters.map(one => [`${one.topic}/${one.partition}/${one.offset}`, one] as const))
  return [...byPlace.values()]
}

/** By partition: from the first that was put aside to behind the last. */
export function earliest(
  letters: readonly QuarantinedRecord[],
): ReadonlyMap<string, { start: number; end: number }> {
  const ranges = new Map<string, { start: number; end: number }>()
  for (const { topic, partition, offset } of letters) {
    const key = partitionKey(topic, partition)
    const { start, end } = ranges.get(key) ?? { start: offset, end: offset + 1 }
    ranges.set(key, { start: Math.min(start, offset), end: Math.max(end, offset + 1) })
  }
  return ranges
}
