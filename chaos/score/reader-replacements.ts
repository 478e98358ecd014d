import type { ReadEvent } from '../record/journal-reader.ts'
import type { Measured, Proof } from '../record/measured.ts'
import type { Span } from './timeline.ts'

/** From a reader's replacement until the new one had its partitions: waiting is not the platform's alone. */
export interface ReaderReplacement extends Span {
  readonly reader: string
  readonly cause: string
  readonly why: string
  /** Of the journal. */
  readonly line: number
}

/** One that never came back lasts for ever. Journals of before replacements were told have none. */
export function readerReplacements(events: readonly ReadEvent[], reader: string): ReaderReplacement[] {
  return events.flatMap(({ event, line }, index) => {
    if (event.kind !== 'reader.replaced' || event.reader !== reader) return []
    const resumed = events
      .slice(index)
      .find(({ event: later }) => later.kind === 'reader.resumed' && later.reader === reader)
    const { cause, why, t: fromMs } = event
    return [{ reader, cause, why, line, fromMs, toMs: resumed?.event.t ?? Number.POSITIVE_INFINITY }]
  })
}

/** How much of the span they take up. One that was replaced again before it came back counts once. */
export function replacedMs(replacements: readonly ReaderReplacement[], span: Span): number {
  let covered = span.fromMs
  let sum = 0
  for (const { fromMs, toMs } of replacements) {
    const from = Math.max(fromMs, covered)
    const to = Math.min(toMs, span.toMs)
    if (to <= from) continue
    sum += to - from
    covered = to
  }
  return sum
}

export const replacementProof = ({ line, cause }: ReaderReplacement): Proof => ({
  file: 'journal.jsonl',
  selector: `line ${line}`,
  value: `reader.replaced, ${cause}`,
})

/** A value of which the tool's own part is not known: it lies between what is left without it and the whole. */
export function withToolsPart(
  whole: number,
  without: number,
  replacements: readonly ReaderReplacement[],
  from: readonly Proof[],
): Measured {
  const times = replacements.length === 1 ? 'once' : `${replacements.length} times`
  const interval = {
    value: whole,
    low: without,
    high: whole,
    confidence: 1,
    n: replacements.length,
    samples: [replacements.length, replacements.length] as [number, number],
    method: `bounds: the reader was replaced ${times} by this program, and that time is not the platform's alone`,
    why: null,
  }
  return { value: whole, why: null, from: [...from, ...replacements.map(replacementProof)], interval }
}
