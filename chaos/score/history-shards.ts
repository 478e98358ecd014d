import { join } from 'node:path'
import { z } from 'zod'
import { assertNever } from '../core/exhaustive.ts'
import { namesIn } from '../record/bounded-files.ts'
import { eachLine } from '../record/json-lines.ts'
import {
  ACKED,
  FAILED,
  REFUSED,
  type SendLog,
  type SendLogWriter,
  type SendOutcome,
  UNKNOWN,
  sendLogWriter,
} from './send-log.ts'

/** What one file of `history/` holds, and whether it is whole. */
export interface ShardReading {
  readonly file: string
  readonly process: string
  readonly role: string
  readonly zone: string
  readonly lines: number
  /** Why the shard is not whole; null when it is. */
  readonly trouble: string | null
  readonly droppedRecords: number
  /** Records that devices gave up because brokers refused them. */
  readonly refusedRecords: number
}

const header = z.object({
  kind: z.literal('header'),
  process: z.string(),
  role: z.enum(['gateway', 'tail', 'recovery', 'final-read']),
  zone: z.string(),
})
const SETTLED = { acked: ACKED, failed: FAILED, unknown: UNKNOWN, refused: REFUSED } as const

/** Checked by hand below what zod would check per line: histories have millions of lines. */
type Line =
  | { kind: 'invoke'; op: number; t: number; parts: [string, number, number, string[]][] }
  | { kind: 'ok' | 'fail' | 'info'; op: number; t: number }
  | { kind: 'settled'; op: number; t: number; parts: [keyof typeof SETTLED, unknown][] }
  | { kind: 'drop'; t: number; records: string[] }
  | { kind: 'end'; t: number; lines: number }

/** Streams every shard once; of readers' shards only the first and the last line matter here. */
export async function readHistory(
  runDir: string | null,
): Promise<{ readonly sends: SendLog; readonly shards: readonly ShardReading[] }> {
  const directory = join(runDir ?? '', 'history')
  const writer = sendLogWriter()
  const shards: ShardReading[] = []
  const files = runDir === null ? [] : namesIn(directory).filter(name => name.endsWith('.jsonl'))
  for (const name of files) shards.push(await readShard(directory, name, writer))
  return { sends: writer.finish(), shards }
}

async function readShard(directory: string, name: string, writer: SendLogWriter): Promise<ShardReading> {
  const shard = new ShardReader(name, writer)
  const { lines, torn } = await eachLine(join(directory, name), (text, line) => shard.take(text, line))
  return shard.finish(lines, torn)
}

class ShardReader {
  private readonly file: string
  private readonly writer: SendLogWriter
  private head: z.output<typeof header> | null = null
  private lastLine = ''
  private trouble: string | null = null
  private dropped = 0
  private refused = 0
  /** Rows of requests without an outcome yet: the first row and how many follow. */
  private readonly pending = new Map<number, readonly [first: number, count: number]>()

  constructor(name: string, writer: SendLogWriter) {
    this.file = `history/${name}`
    this.writer = writer
  }

  take(text: string, line: number): void {
    if (this.trouble) return
    this.lastLine = text
    if (line === 1) {
      const parsed = header.safeParse(tryJson(text))
      if (parsed.success) this.head = parsed.data
      else this.trouble = 'its first line is no header'
      return
    }
    if (this.head?.role !== 'gateway') return
    const json = tryJson(text) as Line | undefined
    if (json === undefined || typeof json.t !== 'number') {
      this.trouble = `line ${line} is not an operation`
      return
    }
    this.takeOperation(json, line)
  }

  private takeOperation(json: Line, line: number): void {
    if (json.kind === 'invoke') {
      let first = -1
      for (const [topic, partition, due, records] of json.parts) {
        const row = this.writer.open({
          partition: `${topic}/${partition}`,
          zone: this.head?.zone ?? '',
          shard: this.file,
          invokeT: json.t,
          due,
          records: records.length,
          invokeLine: line,
        })
        if (first < 0) first = row
      }
      this.pending.set(json.op, [first, json.parts.length])
      return
    }
    if (json.kind === 'drop') this.dropped += json.records.length
    if (json.kind !== 'ok' && json.kind !== 'fail' && json.kind !== 'info' && json.kind !== 'settled') return
    const rows = this.pending.get(json.op)
    if (!rows) {
      this.trouble = `line ${line} ends an operation that never began`
      return
    }
    this.pending.delete(json.op)
    const [first, count] = rows
    if (json.kind === 'settled' && json.parts.length !== count) {
      this.trouble = `line ${line} settles ${json.parts.length} parts of ${count}`
      return
    }
    for (let part = 0; part < count; part++) {
      const outcome = outcomeOf(json, part)
      this.writer.close(first + part, outcome, json.t, line)
      // Of a larger part the halves go apart next; a record that is refused alone is given up.
      if (outcome === REFUSED && this.writer.recordsOf(first + part) === 1) this.refused++
    }
  }

  finish(lines: number, torn: boolean): ShardReading {
    return {
      file: this.file,
      process: this.head?.process ?? this.file.replace(/^history\/|\.jsonl$/g, ''),
      role: this.head?.role ?? 'unknown',
      zone: this.head?.zone ?? '',
      lines,
      trouble: this.trouble ?? (torn ? 'its last line was cut short' : this.endTrouble(lines)),
      droppedRecords: this.dropped,
      refusedRecords: this.refused,
    }
  }

  private endTrouble(lines: number): string | null {
    const last = tryJson(this.lastLine) as Line | undefined
    if (last?.kind !== 'end') return 'it has no end line'
    return last.lines === lines - 1 ? null : `it ends after ${lines - 1} lines and claims ${last.lines}`
  }
}

function outcomeOf(
  line: Extract<Line, { kind: 'ok' | 'fail' | 'info' | 'settled' }>,
  part: number,
): SendOutcome {
  switch (line.kind) {
    case 'ok':
      return ACKED
    case 'fail':
      return FAILED
    case 'info':
      return UNKNOWN
    case 'settled':
      return SETTLED[line.parts[part]?.[0] ?? 'unknown'] ?? UNKNOWN
    default:
      return assertNever(line)
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
