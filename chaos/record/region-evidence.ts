import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { endLine, readDigestedLines, writeDigestedLines } from './digested-lines.ts'

/** `regions/checkpoints.jsonl`: every place of a group that a mirror translated, as it is stored in the target. */
const count = z.int().min(0)

const header = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(1),
  from: z.literal('a'),
  to: z.literal('b'),
})
const checkpoints = z.strictObject({
  kind: z.literal('checkpoints'),
  checkpoints: z
    .array(z.tuple([z.string(), z.string(), count, count, count, z.number()]))
    .describe(
      '[group, topic as region b calls it, partition, offset committed in region a, what that is in region b, wall milliseconds]: in the order in which they were stored.',
    ),
})
export const regionLine = z.discriminatedUnion('kind', [header, checkpoints, endLine])
export type RegionLine = Immutable<z.output<typeof regionLine>>
export type CheckpointRow = Extract<RegionLine, { kind: 'checkpoints' }>['checkpoints'][number]

export const CHECKPOINTS_FILE = 'regions/checkpoints.jsonl'
/** Shards of region b: what it had in the end, and what consumers there were given. */
export const REGION_STORED_FILE = 'regions/stored.jsonl'
export const REGION_TAIL_FILE = 'regions/tail.jsonl'

export const writeRegionEvidence = (runDir: string, lines: readonly RegionLine[]): void =>
  writeDigestedLines(runDir, CHECKPOINTS_FILE, lines)

export interface CheckpointEvidence {
  readonly rows: readonly CheckpointRow[]
  /** Why they are not all; null when they are. */
  readonly trouble: string | null
}

export async function readCheckpointEvidence(runDir: string): Promise<CheckpointEvidence> {
  const { lines, trouble } = await readDigestedLines(runDir, CHECKPOINTS_FILE, 'a mirror', regionLine)
  return {
    rows: lines.flatMap(line => (line.kind === 'checkpoints' ? line.checkpoints : [])),
    trouble: trouble ?? (lines[0]?.kind === 'header' ? null : 'its first line is no header'),
  }
}
