import type { Evidence } from './evidence.ts'
import { isOfFleet } from './region-audit.ts'
import type { Span } from './timeline.ts'
import type { UpgradeHistories } from './upgrade-histories.ts'

const EXAMPLES = 5

interface Found {
  total: number
  /** By the place of a span; what happened in none of them is in the total alone. */
  readonly bySpan: number[]
  readonly examples: string[]
}

export interface UpgradeRecords {
  /** Acknowledged and not stored. */
  readonly lost: Found
  /** Copies beyond the first. */
  readonly repeated: Found
}

/**
 * Pure: histories in, findings out. A record belongs to the first span in which it was on its way: from when it was sent
 * first until its device was told, or to the end where nobody told it.
 */
export function upgradeRecords(
  { acked, sent, stored }: UpgradeHistories,
  spans: readonly Span[],
): UpgradeRecords {
  const ackedAt = new Map<string, number>()
  for (const { topic, id, at } of acked) {
    const key = `${topic} ${id}`
    ackedAt.set(key, Math.max(ackedAt.get(key) ?? 0, at))
  }
  const lost: Found = { total: 0, bySpan: spans.map(() => 0), examples: [] }
  const repeated: Found = { total: 0, bySpan: spans.map(() => 0), examples: [] }
  const note = (found: Found, key: string): void => {
    found.total++
    if (found.examples.length < EXAMPLES) found.examples.push(key)
    const from = sent.get(key) ?? ackedAt.get(key)
    const to = ackedAt.get(key) ?? Number.POSITIVE_INFINITY
    const at = from === undefined ? -1 : spans.findIndex(({ fromMs, toMs }) => from < toMs && to >= fromMs)
    if (at >= 0) found.bySpan[at] = (found.bySpan[at] ?? 0) + 1
  }
  const there = new Set<string>()
  for (const { topic, id } of stored.records) {
    if (!isOfFleet(id)) continue
    const key = `${topic} ${id}`
    if (there.has(key)) note(repeated, key)
    else there.add(key)
  }
  for (const key of ackedAt.keys()) if (!there.has(key)) note(lost, key)
  return { lost, repeated }
}

/** Why nothing can be said of records; null when it can. */
export function troubleOfRecords(
  { shards }: Pick<Evidence, 'shards'>,
  { acked, stored }: UpgradeHistories,
): string | null {
  if (stored.trouble !== null) return `${stored.file}: ${stored.trouble}`
  const torn = shards.find(({ role, trouble }) => role === 'gateway' && trouble !== null)
  if (torn) return `${torn.file}: ${torn.trouble}`
  return acked.length === 0 ? 'nothing was acknowledged' : null
}
