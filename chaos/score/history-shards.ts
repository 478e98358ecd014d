import { join } from 'node:path'
import { assertNever } from '../core/exhaustive.ts'
import { type HistoryLine, type ShardHeader, shardHeader } from '../record/history.ts'
import { eachLine, edgeLines, firstLine, type LinesRead, parseLine } from '../record/json-lines.ts'
import { shardFile, shardNames } from '../record/shards.ts'
import { type RefusedDevices, RefusedDevicesReader } from './refused-devices.ts'
import { isReplayShard, type ReplayHistory, ReplayReader } from './replay-reads.ts'
import { type ErrorSum, SendErrors } from './send-errors.ts'
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
  /** null for readers. */
  readonly refusedDevices: RefusedDevices | null
}

const SETTLED = { acked: ACKED, failed: FAILED, unknown: UNKNOWN, refused: REFUSED } as const

type Operation = Exclude<HistoryLine, ShardHeader>

/** What scoring takes from the histories of a run. */
export interface Histories {
  readonly sends: SendLog
  readonly shards: readonly ShardReading[]
  /** What each recovery consumer was given, and when, by its shard's process. */
  readonly replayHistories: ReadonlyMap<string, ReplayHistory>
  /** What was not acknowledged, and what was said of it, in the order of time. */
  readonly sendErrors: readonly ErrorSum[]
}

/** Streams every shard once; of other readers' shards only the first and the last line matter here. */
export async function readHistory(runDir: string): Promise<Histories> {
  const writer = sendLogWriter()
  const errors = new SendErrors()
  const shards: ShardReading[] = []
  const replayHistories = new Map<string, ReplayHistory>()
  for (const name of shardNames(runDir)) {
    const process = name.slice(0, -'.jsonl'.length)
    const shard = new ShardReader(shardFile(name), writer, errors)
    const replay = isReplayShard(process) ? new ReplayReader() : null
    const path = join(runDir, shardFile(name))
    const take = (text: string, line: number) => {
      shard.take(text, line)
      replay?.take(text, line)
    }
    const { lines, torn } =
      replay === null && isOtherReader(path) ? await takeEdges(path, take) : await eachLine(path, take)
    shards.push(shard.finish(lines, torn))
    if (replay) replayHistories.set(process, replay.history)
  }
  return { sends: writer.finish(), shards, replayHistories, sendErrors: errors.sums }
}

/** Whether its first line says, beyond doubt, that it sends nothing. */
function isOtherReader(path: string): boolean {
  const { data } = shardHeader.safeParse(parseLine(firstLine(path)))
  return data !== undefined && data.role !== 'gateway'
}

async function takeEdges(path: string, take: (text: string, line: number) => void): Promise<LinesRead> {
  const { first, last, ...read } = await edgeLines(path)
  if (read.lines > 0) take(first, 1)
  if (read.lines > 1) take(last, read.lines)
  return read
}

/** Of a run whose histories are not asked for. */
export const noHistories = (): Histories => ({
  sends: sendLogWriter().finish(),
  shards: [],
  replayHistories: new Map(),
  sendErrors: [],
})

class ShardReader {
  private readonly file: string
  private readonly writer: SendLogWriter
  private readonly errors: SendErrors
  private head: ShardHeader | null = null
  private lastLine = ''
  private trouble: string | null = null
  private dropped = 0
  private refused = 0
  private readonly refusedDevices = new RefusedDevicesReader()
  /** Records of the next request whose part has none of a device with a right clock. */
  private readonly ofWrongClocks = new Set<string>()
  /** Rows of requests without an outcome yet: the first row and how many follow. */
  private readonly pending = new Map<number, readonly [first: number, count: number]>()

  constructor(file: string, writer: SendLogWriter, errors: SendErrors) {
    this.file = file
    this.writer = writer
    this.errors = errors
  }

  take(text: string, line: number): void {
    if (this.trouble) return
    this.lastLine = text
    if (line === 1) {
      const parsed = shardHeader.safeParse(parseLine(text))
      if (parsed.success) this.head = parsed.data
      else this.trouble = 'its first line is no header'
      return
    }
    if (this.head?.role !== 'gateway') return
    // Trusted, since a schema for each line takes longer than all the rest: histories have millions of lines.
    const json = parseLine(text) as Operation | undefined
    if (json === undefined || typeof json.t !== 'number') {
      this.trouble = `line ${line} is not an operation`
      return
    }
    this.takeOperation(json, line)
  }

  private takeOperation(json: Operation, line: number): void {
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
          isOfWrongClocks:
            this.ofWrongClocks.size > 0 && records.every(id => this.ofWrongClocks.has(`${topic} ${id}`)),
        })
        if (first < 0) first = row
      }
      this.pending.set(json.op, [first, json.parts.length])
      this.refusedDevices.begins(json.op, json.parts)
      this.ofWrongClocks.clear()
      return
    }
    if (json.kind === 'faulty' && json.what === 'clock')
      for (const id of json.records) this.ofWrongClocks.add(`${json.topic} ${id}`)
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
    this.refusedDevices.ends(json.op, part => outcomeOf(json, part))
    for (let part = 0; part < count; part++) {
      const outcome = outcomeOf(json, part)
      this.writer.close(first + part, outcome, json.t, line)
      if (outcome !== ACKED) this.takeError(json, part, first + part, outcome)
      // Of a larger part the halves go apart next; a record that is refused alone is given up.
      if (outcome === REFUSED && this.writer.recordsOf(first + part) === 1) this.refused++
    }
  }

  private takeError(json: Settling, part: number, row: number, outcome: SendOutcome): void {
    const said = json.kind === 'settled' ? json.parts[part]?.[1] : json.kind === 'ok' ? '' : json.error
    const { partition, invokeT, records } = this.writer.told(row)
    const isFailed = outcome === FAILED || outcome === REFUSED
    this.errors.add(String(said ?? 'no reason given'), partition, invokeT, json.t, records, isFailed)
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
      refusedDevices: this.head?.role === 'gateway' ? this.refusedDevices.found : null,
    }
  }

  private endTrouble(lines: number): string | null {
    const last = parseLine(this.lastLine) as HistoryLine | undefined
    if (last?.kind !== 'end') return 'it has no end line'
    return last.lines === lines - 1 ? null : `it ends after ${lines - 1} lines and claims ${last.lines}`
  }
}

type Settling = Extract<Operation, { kind: 'ok' | 'fail' | 'info' | 'settled' }>

function outcomeOf(line: Settling, part: number): SendOutcome {
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
