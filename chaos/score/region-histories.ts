import { join } from 'node:path'
import type { RegionName } from '../core/regions.ts'
import { type HistoryLine, shardHeader } from '../record/history.ts'
import { eachLine, parseLine } from '../record/json-lines.ts'
import {
  type CheckpointEvidence,
  readCheckpointEvidence,
  REGION_STORED_FILE,
} from '../record/region-evidence.ts'
import { shardFile, shardNames } from '../record/shards.ts'
import type { AckedRecord, PlaceInTime } from './region-audit.ts'
import { readStoredFile, type StoredRecords } from './stored-records.ts'

/** What of a run with two regions tells which cluster had what. */
export interface RegionEvidence {
  readonly acked: readonly AckedRecord[]
  /** What the tail's groups committed in region a, by group. */
  readonly commits: ReadonlyMap<string, readonly PlaceInTime[]>
  readonly a: StoredRecords
  readonly b: StoredRecords
  readonly checkpoints: CheckpointEvidence
}

export async function readRegions(runDir: string): Promise<RegionEvidence> {
  const { acked, commits } = await readAcked(runDir)
  return {
    acked,
    commits,
    a: await readStoredFile(runDir, shardFile('stored.jsonl'), null),
    b: await readStoredFile(runDir, REGION_STORED_FILE, null),
    checkpoints: await readCheckpointEvidence(runDir),
  }
}

/** What devices were told, when each record was first sent (by topic and id), and what the tail's groups committed. */
export async function readAcked(runDir: string): Promise<{
  readonly acked: readonly AckedRecord[]
  readonly sent: ReadonlyMap<string, number>
  readonly commits: RegionEvidence['commits']
}> {
  const acked: AckedRecord[] = []
  const sent = new Map<string, number>()
  const commits = new Map<string, PlaceInTime[]>()
  for (const name of shardNames(runDir)) {
    const reader = new ShardReader(acked, sent, commits)
    await eachLine(join(runDir, shardFile(name)), text => reader.take(text))
  }
  return { acked, sent, commits }
}

type Parts = Extract<HistoryLine, { kind: 'invoke' }>['parts']

/** Whether each shard is whole is found where histories are read for everything else. */
class ShardReader {
  readonly #acked: AckedRecord[]
  readonly #sent: Map<string, number>
  readonly #commits: Map<string, PlaceInTime[]>
  readonly #pending = new Map<number, Parts>()
  #role = ''
  #region: RegionName = 'a'
  #isFirst = true

  constructor(acked: AckedRecord[], sent: Map<string, number>, commits: Map<string, PlaceInTime[]>) {
    this.#acked = acked
    this.#sent = sent
    this.#commits = commits
  }

  take(text: string): void {
    if (this.#isFirst) {
      this.#isFirst = false
      const head = shardHeader.safeParse(parseLine(text)).data
      this.#role = head?.role ?? ''
      this.#region = head?.region ?? 'a'
      return
    }
    if (this.#role !== 'gateway' && this.#role !== 'tail') return
    const line = parseLine(text) as HistoryLine | undefined
    if (line === undefined) return
    if (this.#role === 'tail') {
      if (line.kind === 'commit') this.#committed(line)
      return
    }
    if (line.kind === 'invoke') this.#invoked(line)
    if (line.kind === 'ok') this.#settled(line.op, line.t, () => true)
    if (line.kind === 'settled') this.#settled(line.op, line.t, at => line.parts[at]?.[0] === 'acked')
    if (line.kind === 'fail' || line.kind === 'info') this.#pending.delete(line.op)
  }

  #invoked({ op, t, parts }: Extract<HistoryLine, { kind: 'invoke' }>): void {
    this.#pending.set(op, parts)
    for (const [topic, , , ids] of parts)
      for (const id of ids) {
        const key = `${topic} ${id}`
        if (t < (this.#sent.get(key) ?? Number.POSITIVE_INFINITY)) this.#sent.set(key, t)
      }
  }

  #settled(op: number, at: number, isAcked: (part: number) => boolean): void {
    const parts = this.#pending.get(op) ?? []
    this.#pending.delete(op)
    for (const [index, [topic, partition, , ids]] of parts.entries())
      if (isAcked(index))
        for (const id of ids) this.#acked.push({ region: this.#region, topic, partition, id, at })
  }

  #committed({ group, t, offsets }: Extract<HistoryLine, { kind: 'commit' }>): void {
    const mine = this.#commits.get(group) ?? []
    for (const [topic, partition, offset] of offsets)
      mine.push({ partition: `${topic}/${partition}`, offset, at: t })
    this.#commits.set(group, mine)
  }
}
