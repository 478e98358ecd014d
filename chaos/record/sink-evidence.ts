import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { SINK_MODES } from '../core/connectors.ts'
import type { Immutable } from '../core/immutable.ts'
import { writeText } from './bounded-files.ts'
import { eachLine } from './json-lines.ts'

/**
 * `connectors/<name>.jsonl`: all that one sink had in the end, as the database and the brokers themselves say it. A
 * file without its end, or with another digest than that says, is no evidence.
 */
const count = z.int().min(0)
const topic = z.string().min(1)
const partition = count

const header = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(1),
  connector: z.string(),
  mode: z.enum(SINK_MODES),
  topics: z.array(topic),
  deadLetters: z.string().nullable().describe('The topic of its dead letters; null: it has none.'),
})
const offsets = z.strictObject({
  kind: z.literal('offsets'),
  t: z.number(),
  partitions: z
    .array(z.tuple([topic, partition, count, count, count.nullable()]))
    .describe(
      '[topic, partition, low, high, committed]: committed is the next offset that the sink would read, null: nothing was committed.',
    ),
})
const rows = z.strictObject({
  kind: z.literal('rows'),
  rows: z
    .array(z.tuple([z.string(), topic, partition, count, count, z.number()]))
    .describe(
      '[id, topic, partition, offset, arrival, written]: rows in the order in which they were first written; `written` is the database’s wall clock then, in milliseconds.',
    ),
})
const dead = z.strictObject({
  kind: z.literal('dead'),
  records: z
    .array(z.tuple([topic, partition, count]))
    .describe('[topic, partition, offset] of the record that each dead letter is about.'),
})
const end = z.strictObject({
  kind: z.literal('end'),
  lines: count.describe('How many came before it, header included.'),
  sha256: z.string().describe('Of every byte before this line, in hex.'),
})
export const sinkLine = z.discriminatedUnion('kind', [header, offsets, rows, dead, end])
export type SinkLine = Immutable<z.output<typeof sinkLine>>
export type SinkRow = Extract<SinkLine, { kind: 'rows' }>['rows'][number]
export type SinkHeader = Extract<SinkLine, { kind: 'header' }>

export const sinkEvidenceFile = (connector: string): string => `connectors/${connector}.jsonl`

/** Whole or not at all. */
export function writeSinkEvidence(runDir: string, lines: readonly [SinkHeader, ...SinkLine[]]): void {
  const text = lines.map(line => `${JSON.stringify(line)}\n`).join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  const last: SinkLine = { kind: 'end', lines: lines.length, sha256 }
  writeText(join(runDir, sinkEvidenceFile(lines[0].connector)), `${text}${JSON.stringify(last)}\n`)
}

export interface SinkEvidence {
  readonly file: string
  readonly header: SinkHeader | null
  readonly offsets: Extract<SinkLine, { kind: 'offsets' }> | null
  readonly rows: readonly SinkRow[]
  readonly dead: readonly Extract<SinkLine, { kind: 'dead' }>['records'][number][]
  /** Why it is not whole; null when it is. */
  readonly trouble: string | null
}

export async function readSinkEvidence(runDir: string, connector: string): Promise<SinkEvidence> {
  const file = sinkEvidenceFile(connector)
  const nothing = { file, header: null, offsets: null, rows: [], dead: [] }
  if (!existsSync(join(runDir, file))) return { ...nothing, trouble: 'the file is missing' }
  const lines: SinkLine[] = []
  const digest = createHash('sha256')
  let trouble: string | null = null
  const { torn } = await eachLine(join(runDir, file), (text, number) => {
    const parsed = sinkLine.safeParse(jsonOf(text))
    if (parsed.success) lines.push(parsed.data)
    else trouble ??= `line ${number} is none of a sink’s evidence`
    if (parsed.data?.kind !== 'end') digest.update(`${text}\n`)
  })
  const last = lines.at(-1)
  const first = lines[0]
  if (torn) trouble ??= 'its last line was cut short'
  if (last?.kind !== 'end') trouble ??= 'it has no end line'
  else if (last.lines !== lines.length - 1)
    trouble ??= `it ends after ${lines.length - 1} lines and claims ${last.lines}`
  else if (last.sha256 !== digest.digest('hex')) trouble ??= 'its digest is not that of its lines'
  if (first?.kind !== 'header' || first.connector !== connector)
    trouble ??= `its first line is no header of ${connector}`
  return {
    file,
    header: first?.kind === 'header' ? first : null,
    offsets: lines.find(line => line.kind === 'offsets') ?? null,
    rows: lines.flatMap(line => (line.kind === 'rows' ? line.rows : [])),
    dead: lines.flatMap(line => (line.kind === 'dead' ? line.records : [])),
    trouble,
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
