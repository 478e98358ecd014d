import { join } from 'node:path'
import type { HistoryLine } from '../record/history.ts'
import { eachLine, parseLine } from '../record/json-lines.ts'
import { shardFile, shardNames } from '../record/shards.ts'

/** What repair jobs say that they made of which record. */
export interface Repairs {
  /** By `topic/partition/offset` of what could not be read: the ids that were made of it. */
  readonly idsOf: ReadonlyMap<string, ReadonlySet<string>>
  readonly files: readonly string[]
  /** Why that may not be all; null when it is. */
  readonly trouble: string | null
}

const JOB = /^repair(-\d+)?\.jsonl$/

export async function readRepairs(runDir: string): Promise<Repairs> {
  const idsOf = new Map<string, Set<string>>()
  const files: string[] = []
  let trouble: string | null = null
  for (const name of shardNames(runDir).filter(one => JOB.test(one))) {
    const file = shardFile(name)
    files.push(file)
    let last: HistoryLine | undefined
    const { lines, torn } = await eachLine(join(runDir, file), text => {
      last = parseLine(text) as HistoryLine | undefined
      if (last?.kind !== 'repair') return
      const { topic, of } = last
      last.records.forEach((id, index) => {
        const [partition, offset] = of[index] ?? [-1, -1]
        const place = `${topic}/${partition}/${offset}`
        idsOf.set(place, (idsOf.get(place) ?? new Set()).add(id))
      })
    })
    if (torn || last?.kind !== 'end' || last.lines !== lines - 1) trouble ??= `${file} is not whole`
  }
  return { idsOf, files, trouble }
}
