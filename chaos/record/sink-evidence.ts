import { z } from 'zod'
import { SINK_MODES } from '../core/connectors.ts'
import type { Immutable } from '../core/immutable.ts'
import { endLine, readDigestedLines, writeDigestedLines } from './digested-lines.ts'

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
/** caught-up: it committed everything; still: nothing more for a minute and a half; moving: it was given five minutes. */
export const DRAIN_ENDS = ['caught-up', 'still', 'moving'] as const
export type DrainEnd = (typeof DRAIN_ENDS)[number]
const drained = z.strictObject({
  kind: z.literal('drained'),
  t: z.number(),
  how: z
    .enum(DRAIN_ENDS)
    .describe(
      'caught-up: it committed all that is stored; still: it committed nothing more for 90 s; moving: it still did after 5 minutes.',
    ),
  idleMs: count.describe('For how long it had committed nothing.'),
  state: z.string().nullable().describe('Of the connector, as a worker says; null: none answered.'),
  tasks: z
    .array(z.tuple([count, z.string(), count.nullable(), z.string()]))
    .describe('[task, state, worker, why it failed] as a worker says.'),
})
const left = z.strictObject({
  kind: z.literal('left'),
  t: z.number(),
  partitions: offsets.shape.partitions.describe(
    'As in `offsets`: how far the sink came in region a, which it left for region b. Its offsets above are those of region b then.',
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
export const sinkLine = z.discriminatedUnion('kind', [header, drained, offsets, left, rows, dead, endLine])
export type SinkLine = Immutable<z.output<typeof sinkLine>>
export type SinkRow = Extract<SinkLine, { kind: 'rows' }>['rows'][number]
export type DrainedLine = Extract<SinkLine, { kind: 'drained' }>
export type SinkHeader = Extract<SinkLine, { kind: 'header' }>

export const sinkEvidenceFile = (connector: string): string => `connectors/${connector}.jsonl`

/** Whole or not at all. */
export function writeSinkEvidence(runDir: string, lines: readonly [SinkHeader, ...SinkLine[]]): void {
  writeDigestedLines(runDir, sinkEvidenceFile(lines[0].connector), lines)
}

export interface SinkEvidence {
  readonly file: string
  readonly header: SinkHeader | null
  /** null: a run of before it was kept. */
  readonly drained: DrainedLine | null
  readonly offsets: Extract<SinkLine, { kind: 'offsets' }> | null
  /** null: it went to no other region. */
  readonly left: Extract<SinkLine, { kind: 'left' }> | null
  readonly rows: readonly SinkRow[]
  readonly dead: readonly Extract<SinkLine, { kind: 'dead' }>['records'][number][]
  /** Why it is not whole; null when it is. */
  readonly trouble: string | null
}

export async function readSinkEvidence(runDir: string, connector: string): Promise<SinkEvidence> {
  const read = await readDigestedLines(runDir, sinkEvidenceFile(connector), 'a sink', sinkLine)
  const { file, lines } = read
  const [first] = lines
  const isHeader = first?.kind === 'header' && first.connector === connector
  return {
    file,
    header: first?.kind === 'header' ? first : null,
    drained: lines.find(line => line.kind === 'drained') ?? null,
    offsets: lines.find(line => line.kind === 'offsets') ?? null,
    left: lines.find(line => line.kind === 'left') ?? null,
    rows: lines.flatMap(line => (line.kind === 'rows' ? line.rows : [])),
    dead: lines.flatMap(line => (line.kind === 'dead' ? line.records : [])),
    trouble: read.trouble ?? (isHeader ? null : `its first line is no header of ${connector}`),
  }
}
