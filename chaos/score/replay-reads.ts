import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { eachLine } from '../evidence/json-lines.ts'

/** A stretch of records of one partition, as a recovery consumer was given it. */
export interface ReplayRead {
  readonly partition: string
  /** When it had them. */
  readonly t: number
  /**
   * When it had what it was given before, of the same partition: these records were asked for after that. null for the
   * first.
   */
  readonly askedAfter: number | null
  readonly firstOffset: number
  readonly records: number
}

const poll = z.object({
  kind: z.literal('poll'),
  t: z.number(),
  runs: z.array(z.tuple([z.string(), z.number(), z.number(), z.array(z.string())])),
})

/** Of every recovery shard, by its process (`recovery`, `recovery-2`, …): the first replay, the second, … */
export async function readReplayReads(runDir: string): Promise<Map<string, ReplayRead[]>> {
  const directory = join(runDir, 'history')
  const byProcess = new Map<string, ReplayRead[]>()
  const files = existsSync(directory) ? readdirSync(directory) : []
  for (const name of files.filter(file => /^recovery(-\d+)?\.jsonl$/.test(file)).toSorted())
    byProcess.set(name.slice(0, -'.jsonl'.length), await readShard(join(directory, name)))
  return byProcess
}

async function readShard(path: string): Promise<ReplayRead[]> {
  const reads: ReplayRead[] = []
  const before = new Map<string, number>()
  await eachLine(path, text => {
    if (!text.startsWith('{"kind":"poll"')) return
    const line = poll.safeParse(parsed(text))
    if (!line.success) return
    const { t, runs } = line.data
    for (const [topic, index, firstOffset, ids] of runs) {
      const partition = `${topic}/${index}`
      const askedAfter = before.get(partition) ?? null
      reads.push({ partition, t, askedAfter, firstOffset, records: ids.length })
    }
    for (const [topic, index] of runs) before.set(`${topic}/${index}`, t)
  })
  return reads
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
