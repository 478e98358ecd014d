import { messageOf } from '../core/errors.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { NodeId } from '../core/topology.ts'
import type { AdminWork, StartedEnvironment } from '../drivers/environment.ts'
import type { Journal } from '../record/journal.ts'
import type { ReadyOptions } from './target-ready.ts'

export interface Move {
  readonly topic: string
  readonly partition: number
  readonly from: NodeId
  readonly to: NodeId
}

/**
 * Which partitions go to brokers that lead nothing, so that each leads about as much as the others: from whoever leads
 * most. For platforms with one copy of a record, where who keeps a partition leads it, and nobody brings leaders home.
 */
export function movesTo(
  idle: readonly NodeId[],
  partitions: Readonly<Record<string, PartitionState>>,
  nodes: readonly NodeId[],
): Move[] {
  const led = new Map<NodeId, string[]>(nodes.map(node => [node, []]))
  for (const [key, { leader }] of Object.entries(partitions).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    led.get(leader)?.push(key)
  const all = [...led.values()].reduce((sum, keys) => sum + keys.length, 0)
  const share = Math.floor(all / nodes.length)
  const moves: Move[] = []
  for (const to of idle) {
    for (let count = 0; count < share; count++) {
      const [from, keys] = [...led].reduce((most, one) => (one[1].length > most[1].length ? one : most))
      const key = keys.pop()
      if (key === undefined || from === to) break
      led.get(to)?.push(key)
      const slash = key.lastIndexOf('/')
      moves.push({ topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)), from, to })
    }
  }
  return moves
}

/** What a balancer would do, which is off: without it, a broker that was away leads nothing from then on. */
export function leadersFor(
  { driver, admin }: Pick<StartedEnvironment, 'driver' | 'admin'>,
  journal: Pick<Journal, 'append'>,
): NonNullable<ReadyOptions['giveLeaders']> {
  const nodes = driver.topology.nodes.map(node => node.id)
  return async (idle, { partitions }) => {
    const moves = movesTo(idle, partitions, nodes)
    try {
      await move(moves, admin)
      journal.append({ kind: 'leaders.moved', moves })
    } catch (error) {
      // Whoever waits looks again, and says in the end that they lead nothing.
      journal.append({ kind: 'leaders.moved', moves: [], error: messageOf(error) })
    }
  }
}

/** Does it, as an operator would. Whether they lead is seen by whoever looks next. */
async function move(moves: readonly Move[], admin: AdminWork): Promise<void> {
  const topics = [...new Set(moves.map(({ topic }) => topic))].map(topic => ({
    topic,
    partitionAssignment: moves
      .filter(one => one.topic === topic)
      .map(({ partition, to }) => ({ partition, replicas: [to] })),
  }))
  if (topics.length > 0) await admin(client => client.alterPartitionReassignments({ topics }))
}
