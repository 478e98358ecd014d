import type { NodeId } from '../core/topology.ts'

export interface Routed {
  readonly topic: string
  readonly partition: number
  /** Its last request was not acknowledged. */
  readonly suspect: boolean
}

export interface RequestPlan<Q extends Routed> {
  /** null: nobody knows the leader now. */
  readonly leader: NodeId | null
  readonly suspect: boolean
  readonly queues: readonly Q[]
}

/**
 * One request per leader for all healthy partitions, and one of its own for each suspect partition: a
 * partition that its leader refuses must neither hide which partition was refused nor take the others'
 * records into doubt with it.
 */
export function planRequests<Q extends Routed>(
  queues: Iterable<Q>,
  leaderOf: (topic: string, partition: number) => NodeId | null,
): RequestPlan<Q>[] {
  const healthy = new Map<NodeId | null, Q[]>()
  const plans: RequestPlan<Q>[] = []
  for (const queue of queues) {
    const leader = leaderOf(queue.topic, queue.partition)
    if (queue.suspect) {
      plans.push({ leader, suspect: true, queues: [queue] })
      continue
    }
    const group = healthy.get(leader)
    if (group) {
      group.push(queue)
    } else {
      const fresh = [queue]
      healthy.set(leader, fresh)
      plans.push({ leader, suspect: false, queues: fresh })
    }
  }
  return plans
}
