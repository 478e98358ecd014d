import { join } from 'node:path'
import { namesIn } from './bounded-files.ts'
import { type ShardHeader, shardHeader } from './history.ts'
import { firstLine, parseLine } from './json-lines.ts'

/** The names of a run's shards, in order; none when it has no histories. */
export function shardNames(runDir: string): string[] {
  return namesIn(join(runDir, 'history')).filter(name => name.endsWith('.jsonl'))
}

export const shardFile = (name: string): string => `history/${name}`

/** Reads one line of a shard, however long the shard is; null when that is no header. */
export function readShardHeader(runDir: string, name: string): ShardHeader | null {
  const parsed = shardHeader.safeParse(parseLine(firstLine(join(runDir, shardFile(name)))))
  return parsed.success ? parsed.data : null
}
