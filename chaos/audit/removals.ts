import { formatDuration } from '../core/units.ts'
import type { Catalog, Keeping } from './catalog.ts'
import type { Findings } from './findings.ts'
import type { MissingAges } from './missing-ages.ts'
import type { Counts } from '../record/audit-file.ts'
import { AGED, EXPIRED, OVERDUE, OVERDUE_SINCE, YOUNG } from './value-flags.ts'

export interface RemovalParts {
  readonly catalog: Catalog
  readonly findings: Findings
  readonly counts: readonly Counts[]
  readonly ages: MissingAges
}

/** Of a topic of which something was removed too soon. */
export interface TooSoon {
  readonly topic: string
  readonly windowMs: number
  /** When it was looked for; null when its age was not kept. */
  readonly youngestMs: number | null
}

/**
 * Records that are not lost, because retention or compaction took them: by which, and whether they had been owed for
 * longer. A record that was younger than its topic's replay window may not be gone for any reason.
 */
export class Removals {
  readonly #parts: RemovalParts

  constructor(parts: RemovalParts) {
    this.#parts = parts
  }

  /** Below the start of the log. */
  byRetention(partition: number, offset: number | null, handle: number): void {
    const keeping = this.#keeping(partition)
    const bySize = keeping?.isLimitedBySize === true && (this.#flags(handle) & OVERDUE) === 0
    this.#remove(partition, offset, handle, bySize ? 'expiredBySize' : 'expiredByTime')
  }

  /**
   * Whether its age explains that it went from the start of the log after its bounds were asked for and before it was
   * read: where the topic deletes by age, and the record was past its retention by then.
   */
  isOverdueSince(partition: number, handle: number): boolean {
    return this.#keeping(partition)?.compacts === false && (this.#flags(handle) & OVERDUE_SINCE) !== 0
  }

  /** Past its retention, and so past its window. */
  meanwhile(partition: number, handle: number): void {
    const { catalog, counts } = this.#parts
    const own = counts[catalog.topicOf(partition)] as Counts
    catalog.values.mark(handle, EXPIRED)
    own.expired++
    own.expiredByTime++
  }

  byCompaction(partition: number, offset: number | null, handle: number): void {
    this.#remove(partition, offset, handle, 'expiredByCompaction')
  }

  /** By topic, once everything was taken. */
  tooSoon(): TooSoon[] {
    const { catalog, counts } = this.#parts
    const youngest = this.#youngest()
    return catalog.topics.flatMap(({ name, keeping }, id) => {
      const { removedInWindow } = counts[id] as Counts
      if (removedInWindow === 0 || keeping === null) return []
      return [{ topic: name, windowMs: keeping.windowMs, youngestMs: youngest.get(id) ?? null }]
    })
  }

  #remove(
    partition: number,
    offset: number | null,
    handle: number,
    cause: 'expiredByTime' | 'expiredBySize' | 'expiredByCompaction',
  ): void {
    const { catalog, findings, ages } = this.#parts
    const counts = this.#parts.counts[catalog.topicOf(partition)] as Counts
    const flags = this.#flags(handle)
    catalog.values.mark(handle, EXPIRED)
    counts.expired++
    counts[cause]++
    if ((flags & (YOUNG | AGED)) === 0) counts.removedAtUnknownAge++
    if ((flags & YOUNG) === 0) return
    counts.removedInWindow++
    findings.add('removed-in-window', partition, () => {
      const ageMs = ages.ageOf(handle)
      const age = ageMs === null ? '' : `, ${formatDuration(ageMs)} old`
      return {
        what: `was removed ${CAUSE[cause]}${age}: its replay window is ${formatDuration(this.#keeping(partition)?.windowMs ?? 0)}`,
        handles: [handle],
        offsets: offset === null ? [] : [offset],
        places: [],
        traceValues: true,
      }
    })
  }

  #youngest(): Map<number, number> {
    const { catalog, ages } = this.#parts
    const youngest = new Map<number, number>()
    for (const [handle, ageMs] of ages.young()) {
      if ((this.#flags(handle) & EXPIRED) === 0) continue
      const { topic } = catalog.values.streams[catalog.values.streamOf(handle)] ?? { topic: -1 }
      youngest.set(topic, Math.min(ageMs, youngest.get(topic) ?? ageMs))
    }
    return youngest
  }

  #flags(handle: number): number {
    return this.#parts.catalog.values.flags(handle)
  }

  #keeping(partition: number): Keeping | null {
    return this.#parts.catalog.topics[this.#parts.catalog.topicOf(partition)]?.keeping ?? null
  }
}

const CAUSE = {
  expiredByTime: 'from the start of the log, by age',
  expiredBySize: 'from the start of the log, by size',
  expiredByCompaction: 'by compaction',
} as const
