import { assignLine, pollLine } from '../record/history.ts'
import { parseLine } from '../record/json-lines.ts'

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

/** Whether a shard is that of a replay: `recovery`, `recovery-2`, `recovery-dashboards`, `governed`, … */
export const isReplayShard = (process: string): boolean => /^(recovery|governed)(-.+)?$/.test(process)

/** Takes the lines of one recovery shard as they are read. */
export class ReplayReader {
  private readonly reads: ReplayRead[] = []
  private readonly joins: LineTime[] = []
  private readonly arrivals: LineTime[] = []
  /** When each partition was last given something. */
  private readonly before = new Map<string, number>()

  get history(): ReplayHistory {
    return { reads: this.reads, joins: this.joins, arrivals: this.arrivals }
  }

  take(text: string, line: number): void {
    if (text.startsWith('{"kind":"assign"')) {
      const joined = assignLine.safeParse(parseLine(text))
      if (joined.success) this.joins.push({ t: joined.data.t, line })
    }
    if (!text.startsWith('{"kind":"poll"')) return
    const polled = pollLine.safeParse(parseLine(text))
    if (!polled.success) return
    const { t, runs } = polled.data
    this.arrivals.push({ t, line })
    for (const [topic, index, firstOffset, ids] of runs) {
      const partition = `${topic}/${index}`
      const askedAfter = this.before.get(partition) ?? null
      this.reads.push({ partition, t, askedAfter, firstOffset, records: ids.length })
    }
    for (const [topic, index] of runs) this.before.set(`${topic}/${index}`, t)
  }
}
