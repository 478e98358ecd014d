import { join } from 'node:path'
import { z } from 'zod'
import { namesIn } from '../record/bounded-files.ts'
import { eachLine } from '../record/json-lines.ts'

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

/** What one recovery consumer wrote of itself. */
export interface ReplayHistory {
  readonly reads: readonly ReplayRead[]
  /** When it had been given partitions: at first, and whenever it was replaced or its group was rebalanced. */
  readonly joins: readonly LineTime[]
  /** When records came, whatever their partition. */
  readonly arrivals: readonly LineTime[]
}
export interface LineTime {
  readonly t: number
  readonly line: number
}

const assign = z.object({ kind: z.literal('assign'), t: z.number() })
const poll = z.object({
  kind: z.literal('poll'),
  t: z.number(),
  runs: z.array(z.tuple([z.string(), z.number(), z.number(), z.array(z.string())])),
})

/** Of every recovery shard, by its process (`recovery`, `recovery-2`, …): the first replay, the second, … */
export async function readReplayHistories(runDir: string): Promise<Map<string, ReplayHistory>> {
  const directory = join(runDir, 'history')
  const byProcess = new Map<string, ReplayHistory>()
  for (const name of namesIn(directory).filter(file => /^recovery(-\d+)?\.jsonl$/.test(file)))
    byProcess.set(name.slice(0, -'.jsonl'.length), await readShard(join(directory, name)))
  return byProcess
}

async function readShard(path: string): Promise<ReplayHistory> {
  const reads: ReplayRead[] = []
  const joins: LineTime[] = []
  const arrivals: LineTime[] = []
  const before = new Map<string, number>()
  await eachLine(path, (text, line) => {
    if (text.startsWith('{"kind":"assign"')) {
      const joined = assign.safeParse(parsed(text))
      if (joined.success) joins.push({ t: joined.data.t, line })
    }
    if (!text.startsWith('{"kind":"poll"')) return
    const polled = poll.safeParse(parsed(text))
    if (!polled.success) return
    const { t, runs } = polled.data
    arrivals.push({ t, line })
    for (const [topic, index, firstOffset, ids] of runs) {
      const partition = `${topic}/${index}`
      const askedAfter = before.get(partition) ?? null
      reads.push({ partition, t, askedAfter, firstOffset, records: ids.length })
    }
    for (const [topic, index] of runs) before.set(`${topic}/${index}`, t)
  })
  return { reads, joins, arrivals }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
