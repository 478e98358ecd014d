import type { Clock } from '../core/clock.ts'
import type { NodeId } from '../core/topology.ts'

/**
 * A broker of a shared platform that was cut off halts by itself about a second after its links are back: it
 * finds its log fenced (measured on AutoMQ 1.7.3). The rest is for a busy machine.
 */
const STAY_MS = 5000
const EVERY_MS = 250

export interface StayOptions {
  readonly nodes: readonly NodeId[]
  readonly answers: (node: NodeId) => Promise<boolean>
  readonly clock: Clock
  /** For all of it: a broker that ended has to be started again and to be ready. */
  readonly deadlineMs: number
}

/**
 * Resolves to no node once all of them have answered for a while without a break, and after the deadline to those
 * that were the last to be silent.
 */
export async function brokersStay({ nodes, answers, clock, deadlineMs }: StayOptions): Promise<NodeId[]> {
  const deadline = clock.now() + deadlineMs
  let sinceMs: number | null = null
  let lastSilent: NodeId[] = []
  for (;;) {
    const heard = await Promise.all(nodes.map(async node => ({ node, answered: await answers(node) })))
    const silent = heard.flatMap(({ node, answered }) => (answered ? [] : [node]))
    if (silent.length > 0) {
      lastSilent = silent
      sinceMs = null
    } else {
      sinceMs ??= clock.now()
      if (clock.now() - sinceMs >= STAY_MS) return []
    }
    if (clock.now() >= deadline) return lastSilent
    await clock.sleep(EVERY_MS)
  }
}
