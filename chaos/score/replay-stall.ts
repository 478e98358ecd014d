import type { Evidence } from './evidence.ts'
import { type Measured, known, notKnown } from '../record/measured.ts'
import type { LineTime, ReplayHistory } from './replay-reads.ts'
import type { ActionLife } from './timeline.ts'

/** The reader was given nothing from one instant to the next. */
interface Gap {
  /** No shorter: since it was last given partitions, if that was meanwhile. */
  readonly lowMs: number
  /** No longer. */
  readonly highMs: number
  readonly to: LineTime
}

const BOUNDS = 'bounds: what came before the reader was replaced may be its own waiting for partitions'

/**
 * The longest time in which a replay was given no record at all, of whatever partition: clients of a platform whose
 * history is out of reach hear no error, they wait. From the reader's own history: it counts from when it was first
 * given partitions to its last record. A reader that was replaced meanwhile has waited for its new group too, so of such
 * a gap only the part after that is certain, and the whole is the most that it can have been.
 */
export function longestStall(evidence: Evidence, process: string, action: ActionLife): Measured {
  const history = evidence.replayHistories.get(process)
  const shard = evidence.shards.find(one => one.process === process)
  const file = `history/${process}.jsonl`
  if (!history || !history.joins[0]) return notKnown('the replay was never given partitions')
  if (shard && shard.trouble !== null) return notKnown(`${file}: ${shard.trouble}`)
  const gaps = gapsOf(history, history.joins[0])
  const longest = gaps.toSorted((a, b) => b.highMs - a.highMs)[0]
  const proof = ({ to, highMs }: Gap) => ({ file, selector: `line ${to.line}`, value: highMs })
  if (action.ok !== true) {
    const lowMs = Math.max(0, ...gaps.map(gap => gap.lowMs), waitedInVain(history, action))
    const why = 'the replay did not come to its end, and may have stood still for longer'
    return { value: null, why, atLeast: lowMs / 1000, from: longest ? [proof(longest)] : [] }
  }
  if (!longest) return notKnown('the replay read nothing')
  const low = Math.max(...gaps.map(gap => gap.lowMs)) / 1000
  const high = longest.highMs / 1000
  if (low === high) return known(high, proof(longest))
  const interval = {
    value: high,
    low,
    high,
    confidence: 1,
    n: history.arrivals.length,
    samples: [history.arrivals.length, history.joins.length] as [number, number],
    method: BOUNDS,
    why: null,
  }
  return { ...known(high, proof(longest)), interval }
}

function gapsOf({ joins, arrivals }: ReplayHistory, first: LineTime): Gap[] {
  return arrivals.map((to, index) => {
    const from = arrivals[index - 1] ?? first
    const rejoined = joins.findLast(({ t }) => t > from.t && t <= to.t)
    return { lowMs: to.t - (rejoined ?? from).t, highMs: to.t - from.t, to }
  })
}

/** From the last that it was given, or the last time that it was given partitions, to the end of the attempt. */
function waitedInVain({ joins, arrivals }: ReplayHistory, { finishedAt }: ActionLife): number {
  const last = Math.max(joins.at(-1)?.t ?? 0, arrivals.at(-1)?.t ?? 0)
  return finishedAt === null ? 0 : finishedAt - last
}
