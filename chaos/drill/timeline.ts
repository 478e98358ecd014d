import type { TimelineEntry } from '../core/drill.ts'

/** An entry after parsing, with the keys of its kind beside the common ones. */
export type ParsedEntry = Readonly<Record<string, unknown>> & {
  readonly at: number
  readonly id?: string | undefined
  readonly for?: number | undefined
  readonly fault?: string | undefined
  readonly action?: string | undefined
  readonly cluster?: 'a' | 'b' | undefined
}

/** One entry with its own id, or its kind and its place in the file, which counts from 1. */
export function toEntry(parsed: ParsedEntry, index: number): TimelineEntry {
  const { at: atMs, id, for: forMs, fault, action, cluster, ...spec } = parsed
  const kind = (fault ?? action) as string
  const common = { id: id ?? `${kind}-${index + 1}`, kind, atMs, spec }
  return fault === undefined
    ? { ...common, role: 'action' }
    : { ...common, role: 'fault', forMs: forMs ?? null, ...(cluster === 'b' && { cluster }) }
}

/** In order of time; entries of the same time stay as written. */
export const inOrderOfTime = (entries: readonly TimelineEntry[]): TimelineEntry[] =>
  entries.toSorted((a, b) => a.atMs - b.atMs)
