import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { FENCINGS } from '../core/processor.ts'
import { endLine, readDigestedLines, writeDigestedLines } from './digested-lines.ts'

/** How a reader takes records of transactions: those that were committed, or all as they are stored. */
export const ISOLATIONS = ['read_committed', 'read_uncommitted'] as const

/**
 * `processor/device-twin.jsonl`: all that the stateful processor had in the end, as the brokers and its instances say
 * it. A file without its end, or with another digest than that says, is no evidence.
 */
const count = z.int().min(0)
const text = z.string()

const header = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(1),
  topic: text.describe('Whose records it keeps the last of.'),
  commands: text.describe('The topic of its commands.'),
  acknowledgements: text.describe('The topic of what devices answer.'),
  every: z
    .int()
    .min(1)
    .describe('A command is due each time the sequence of an epoch passes a multiple of it.'),
  untold: z.literal(true).optional().describe('A program of the drill’s own that does not tell its twins.'),
  left: z
    .literal(true)
    .optional()
    .describe(
      'Its instances were ended when devices went to region b: what it had there is in regions/device-twin.jsonl.',
    ),
  mirrored: z
    .array(z.tuple([text, count, count]))
    .optional()
    .describe(
      'Of region b: [topic, partition, end] of what had been copied there when devices came. What stands behind was written there.',
    ),
})
const offsets = z.strictObject({
  kind: z.literal('offsets'),
  t: z.number(),
  partitions: z
    .array(z.tuple([text, count, count, count, count.nullable()]))
    .describe('[topic, partition, low, high, committed] of what it reads; null: nothing was committed.'),
})
const sent = z.strictObject({
  kind: z.literal('sent'),
  isolation: z.enum(ISOLATIONS).describe('Whether what an aborted transaction left is among them.'),
  records: z
    .array(z.tuple([text, count, count, text]))
    .describe('[topic, partition, offset, id] of commands and acknowledgements: `device/epoch/number`.'),
})
const twins = z.strictObject({
  kind: z.literal('twins'),
  node: count.describe('The instance that told them.'),
  twins: z
    .array(z.tuple([text, z.int(), z.int(), count, count]))
    .describe('[device, epoch, sequence, commands sent, commands acknowledged], each as its newest number.'),
})
const given = z.strictObject({
  kind: z.literal('given'),
  commands: z
    .array(z.tuple([z.enum(['a', 'b']), count, count, text]))
    .describe('[region, partition, offset, id] of each command as devices were given it, in their order.'),
})
const rebuild = z.strictObject({
  kind: z.literal('rebuild'),
  events: z
    .array(z.tuple([count, z.number(), text, count.nullable(), count.nullable()]))
    .describe(
      '[instance, wall clock in ms, what, partition, records]: how state was restored from its changelog, as each instance wrote it down.',
    ),
})
const writer = z.strictObject({
  kind: z.literal('writer'),
  fencing: z.enum(FENCINGS).describe('Whether the database refuses a writer that another one has followed.'),
  partitions: offsets.shape.partitions.describe('As above, of the group of the writers.'),
  claims: z
    .array(z.tuple([count, count, count, count]))
    .describe('[arrival, partition, epoch, instance]: each claim of a partition, by the database.'),
  refusals: z
    .array(z.tuple([count, count, count, count, count]))
    .describe('[partition, epoch, newest epoch, instance, records]: each batch that the database refused.'),
})
const writes = z.strictObject({
  kind: z.literal('writes'),
  writes: z
    .array(z.tuple([count, count, count, text, count, count]))
    .describe(
      '[arrival, partition, offset, id, epoch, instance]: each record that was written, in the order of the database; claims and writes are counted together.',
    ),
})
export const processorLine = z.discriminatedUnion('kind', [
  header,
  offsets,
  sent,
  twins,
  given,
  rebuild,
  writer,
  writes,
  endLine,
])
export type ProcessorLine = Immutable<z.output<typeof processorLine>>
export type ProcessorHeader = Extract<ProcessorLine, { kind: 'header' }>
/** A command or an acknowledgement, by where it is stored. */
export type SentRecord = Extract<ProcessorLine, { kind: 'sent' }>['records'][number]
export type KeptTwin = Extract<ProcessorLine, { kind: 'twins' }>['twins'][number]
/** A command as a device was given it: where that was stored. */
export type GivenCommand = Extract<ProcessorLine, { kind: 'given' }>['commands'][number]
export type RebuildEvent = Extract<ProcessorLine, { kind: 'rebuild' }>['events'][number]

export type WriterLine = Extract<ProcessorLine, { kind: 'writer' }>
export type Write = Extract<ProcessorLine, { kind: 'writes' }>['writes'][number]

export const PROCESSOR_FILE = 'processor/device-twin.jsonl'
/** The same of region b, once the processor went there. */
export const PROCESSOR_FILE_IN_B = 'regions/device-twin.jsonl'

/** Whole or not at all. */
export function writeProcessorEvidence(
  runDir: string,
  lines: readonly [ProcessorHeader, ...ProcessorLine[]],
  file = PROCESSOR_FILE,
): void {
  writeDigestedLines(runDir, file, lines)
}

export interface ProcessorEvidence {
  readonly file: string
  readonly header: ProcessorHeader | null
  readonly offsets: Extract<ProcessorLine, { kind: 'offsets' }> | null
  readonly committed: readonly SentRecord[]
  readonly stored: readonly SentRecord[]
  readonly twins: readonly KeptTwin[]
  /** Empty where nobody wrote it down. */
  readonly given: readonly GivenCommand[]
  readonly rebuild: readonly RebuildEvent[]
  /** null: its instances write to no database. */
  readonly writer: WriterLine | null
  readonly writes: readonly Write[]
  /** Why it is not whole; null when it is. */
  readonly trouble: string | null
}

export async function readProcessorEvidence(
  runDir: string,
  path = PROCESSOR_FILE,
): Promise<ProcessorEvidence> {
  const { file, lines, trouble } = await readDigestedLines(runDir, path, 'a processor', processorLine)
  const [first] = lines
  const sentAs = (isolation: string) =>
    lines.flatMap(line => (line.kind === 'sent' && line.isolation === isolation ? line.records : []))
  return {
    file,
    header: first?.kind === 'header' ? first : null,
    offsets: lines.find(line => line.kind === 'offsets') ?? null,
    committed: sentAs('read_committed'),
    stored: sentAs('read_uncommitted'),
    twins: lines.flatMap(line => (line.kind === 'twins' ? line.twins : [])),
    given: lines.flatMap(line => (line.kind === 'given' ? line.commands : [])),
    rebuild: lines.flatMap(line => (line.kind === 'rebuild' ? line.events : [])),
    writer: lines.find(line => line.kind === 'writer') ?? null,
    writes: lines.flatMap(line => (line.kind === 'writes' ? line.writes : [])),
    trouble: trouble ?? (first?.kind === 'header' ? null : 'its first line is no header'),
  }
}
