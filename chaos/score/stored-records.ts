import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryLine } from '../record/history.ts'
import { eachLine, parseLine } from '../record/json-lines.ts'
import { shardFile } from '../record/shards.ts'
import type { ProcessorEvidence } from '../record/processor-evidence.ts'
import type { SinkEvidence } from '../record/sink-evidence.ts'
import type { Repairs } from './repairs.ts'

export interface StoredRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** `device/epoch/sequence`; `?…` for a value that is no record of the fleet. */
  readonly id: string
}

export interface StoredRecords {
  readonly file: string
  readonly records: readonly StoredRecord[]
  /** Why they are not all; null when they are. */
  readonly trouble: string | null
}

const FINAL_READ = 'stored'

/** What the final read found in these topics, in the order of each partition. */
export async function readStoredRecords(runDir: string, topics: ReadonlySet<string>): Promise<StoredRecords> {
  return readStoredFile(runDir, shardFile(`${FINAL_READ}.jsonl`), topics)
}

/** The same of any shard of a final read. @param topics null: all */
export async function readStoredFile(
  runDir: string,
  file: string,
  topics: ReadonlySet<string> | null,
): Promise<StoredRecords> {
  const path = join(runDir, file)
  const records: StoredRecord[] = []
  if (!existsSync(path)) return { file, records, trouble: 'there is no final read' }
  let last: HistoryLine | undefined
  const { lines, torn } = await eachLine(path, text => {
    last = parseLine(text) as HistoryLine | undefined
    if (last?.kind !== 'poll') return
    for (const [topic, partition, first, ids] of last.runs)
      if (topics === null || topics.has(topic))
        ids.forEach((id, index) => records.push({ topic, partition, offset: first + index, id }))
  })
  const isWhole = !torn && last?.kind === 'end' && last.lines === lines - 1
  return { file, records, trouble: isWhole ? null : 'the final read is not whole' }
}

/** What a run keeps of its sinks. */
export interface Sinks {
  readonly sinks: readonly SinkEvidence[]
  readonly stored: StoredRecords
  /** What region b had, where sinks go there with their devices. @default null: they do not */
  readonly storedInB?: StoredRecords | null
  readonly repairs: Repairs
}

/** What a run keeps of its stateful processor. */
export interface KeptProcessor {
  readonly evidence: ProcessorEvidence
  readonly stored: StoredRecords
  /** The same of region b; absent: it stayed where it was. */
  readonly inB?: KeptProcessor
}
