import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { endLine, readDigestedLines, writeDigestedLines } from './digested-lines.ts'

/**
 * `sources/<name>.jsonl`: every row of an outbox table, as the database says it, and every record of the topic that a
 * source made of them, as the brokers say it.
 */
const count = z.int().min(0)

const header = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(1),
  source: z.string(),
  topic: z.string(),
  exactlyOnce: z.boolean(),
})
const rows = z.strictObject({
  kind: z.literal('rows'),
  rows: z
    .array(z.tuple([count, z.string(), count, z.number()]))
    .describe(
      '[id, aggregate, sequence, committed]: in the order in which they were committed; `committed` is the database’s wall clock then, in milliseconds. Ids are taken before that, so that a late commit has an id below those before it.',
    ),
})
const records = z.strictObject({
  kind: z.literal('records'),
  records: z
    .array(z.tuple([count, count, count.nullable(), z.number()]))
    .describe(
      '[partition, offset, id, timestamp]: committed records in the order of each partition; id null: it names no row. `timestamp` is the broker’s.',
    ),
})
export const sourceLine = z.discriminatedUnion('kind', [header, rows, records, endLine])
export type SourceLine = Immutable<z.output<typeof sourceLine>>
export type SourceHeader = Extract<SourceLine, { kind: 'header' }>
export type OutboxRow = Extract<SourceLine, { kind: 'rows' }>['rows'][number]
export type SourceRecord = Extract<SourceLine, { kind: 'records' }>['records'][number]

export const sourceEvidenceFile = (source: string): string => `sources/${source}.jsonl`

export const writeSourceEvidence = (runDir: string, lines: readonly [SourceHeader, ...SourceLine[]]): void =>
  writeDigestedLines(runDir, sourceEvidenceFile(lines[0].source), lines)

export interface SourceEvidence {
  readonly file: string
  readonly header: SourceHeader | null
  readonly rows: readonly OutboxRow[]
  readonly records: readonly SourceRecord[]
  /** Why it is not whole; null when it is. */
  readonly trouble: string | null
}

export async function readSourceEvidence(runDir: string, source: string): Promise<SourceEvidence> {
  const file = sourceEvidenceFile(source)
  const { lines, trouble } = await readDigestedLines(runDir, file, 'a source', sourceLine)
  const [first] = lines
  const isOther = first?.kind !== 'header' || first.source !== source
  return {
    file,
    header: first?.kind === 'header' ? first : null,
    rows: lines.flatMap(line => (line.kind === 'rows' ? line.rows : [])),
    records: lines.flatMap(line => (line.kind === 'records' ? line.records : [])),
    trouble: trouble ?? (isOther ? `its first line is no header of ${source}` : null),
  }
}
